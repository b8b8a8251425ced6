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

__all__ = [
    "Equation",
    "Equations",
    "Quantity",
    "add",
    "apply",
    "hadamard",
    "multiply",
    "ones",
    "scale",
    "subtract",
    "t",
    "transpose",
]
