"""What expressions are worth, in plain NumPy: the values of a backward pass put into them."""

from functools import partial

import numpy as np
from sympy import Identity, Integer, OneMatrix, Transpose
from sympy import ZeroMatrix as Zero

from symlstm import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, Scaled, add, multiply, t
from symlstm.equations.nodes import Diagonal
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication


class Linear(GatedCell):
    """Three names for one gradient, and a weight that is used twice."""

    def define(self):
        g, c, h = map(self.vector, ("g", "c", "h"))
        seen = multiply(self.W("g"), self.x)
        return (
            Equation(g, add(seen, multiply(self.U("g"), h.previous))),
            Equation(c, add(g, self.sigma(seen))),
            Equation(h, self.phi(c)),
        )


FUNCTIONS = {
    "linear": lambda x: x,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "linear'": np.ones_like,
    "tanh'": lambda x: 1 - np.tanh(x) ** 2,
    "sigmoid'": lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
    "relu": lambda x: np.maximum(x, 0),
    "relu'": lambda x: np.where(x > 0, 1.0, 0.0),
}
for text, limit in (("3", 3), ("2", 2), ("1/2", 0.5)):
    FUNCTIONS[f"clip(limit={text})"] = partial(np.clip, a_min=-limit, a_max=limit)
    FUNCTIONS[f"clip(limit={text})'"] = lambda x, limit=limit: np.where(abs(x) < limit, 1.0, 0.0)


def worth(expression, gradients, step):
    """Return the value of an expression at time t in floats; after the last step, all is zero."""

    def of(one):
        if isinstance(one, Quantity):
            return _entries(one, gradients)
        if isinstance(one, Elementwise):
            return FUNCTIONS[one.activation.name](of(one.argument))
        if isinstance(one, Scaled):
            return float(one.factor) * of(one.argument)
        if isinstance(one, Diagonal):
            return np.diag(of(one.argument)[:, 0])
        if isinstance(one, (Zero, OneMatrix, Identity)):
            return np.array(one.as_explicit().tolist(), dtype=float)
        parts = list(map(of, one.args))
        return {
            Addition: lambda: sum(parts[1:], parts[0]),
            Multiplication: lambda: np.linalg.multi_dot(parts),
            EntrywiseProduct: lambda: np.prod(parts, axis=0),
            Transpose: lambda: parts[0].T,
        }[type(one)]()

    return of(expression.xreplace({t: Integer(step)}))


def _entries(quantity, gradients):
    trace = gradients.adjoints
    if quantity.time is None:
        return np.array(trace.given.weights[quantity.name].tolist(), dtype=float)
    if quantity.time > len(trace):
        return np.zeros(quantity.shape)
    return np.array(trace.entries(quantity.name, int(quantity.time)).tolist(), dtype=float)
