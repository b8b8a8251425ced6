"""Equations: quantities and operations in; what a cell is written in, and its print, out.

>>> from symlstm.equations import Equation, Quantity, add, hadamard, t
>>> c, f, g = (Quantity(name, 2, time=t) for name in ("c", "f", "g"))
>>> print(Equation(c, add(hadamard(f, c.previous), g)))
c_t = f_t ⊙ c_{t-1} + g_t
"""

from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Quantity,
    add,
    apply,
    hadamard,
    multiply,
    ones,
    scale,
    subtract,
    t,
    transpose,
)
from symlstm.equations.system import Equations
from symlstm.equations.vocabulary import (
    absolute,
    divide,
    exp,
    log,
    log_softmax,
    maximum,
    mean,
    norm,
    reciprocal_root,
    softmax,
    square,
    square_root,
    summed,
)

__all__ = [
    "Equation",
    "Equations",
    "Quantity",
    "absolute",
    "add",
    "apply",
    "divide",
    "exp",
    "hadamard",
    "log",
    "log_softmax",
    "maximum",
    "mean",
    "multiply",
    "norm",
    "ones",
    "reciprocal_root",
    "scale",
    "softmax",
    "square",
    "square_root",
    "subtract",
    "summed",
    "t",
    "transpose",
]
