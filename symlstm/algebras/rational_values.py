"""Where functions that are not rational have rational values: σ(0), or elu(z) for z above zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import sympy
from flint import fmpq, fmpz

from symlstm.algebras.forms import Compiled, Compiler, Operations
from symlstm.algebras.rational import RationalAlgebra
from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation

Operation = Callable[..., fmpq | None]


def rational_value(function: Activation, argument: fmpq) -> fmpq | None:
    """Return a function's value at a number if that is seen to be rational, or else ``None``.

    That exp(z), tanh(z) and erf(z) are not for a rational z other than 0 is a theorem of Lindemann
    and one of Siegel.

    >>> from symlstm.equations.activations import activation
    >>> [rational_value(activation("sigmoid"), fmpq(z)) for z in (0, 1)]
    [1/2, None]
    """
    value: fmpq | None = _compiled(function)(argument)
    return value


@lru_cache(maxsize=256)
def _compiled(function: Activation) -> Compiled:
    return Compiler(OPERATIONS, lambda constant: constant).compile(function.form)


def _of_rational(operation: Operation) -> Operation:
    """Return an operation that has no value where one of its operands has none."""
    return lambda *operands: None if None in operands else operation(*operands)


def _only(argument: int, value: int) -> Operation:
    """Return a function that is rational in one place."""
    return lambda operand: fmpq(value) if operand == argument else None


def _product(left: fmpq | None, right: fmpq | None) -> fmpq | None:
    if 0 in (left, right):
        return fmpq(0)
    return None if left is None or right is None else left * right


def _root(square: fmpq) -> fmpq | None:
    root = fmpq(*(fmpz(part).isqrt() for part in (square.p, square.q)))
    return root if root * root == square else None


OPERATIONS: Operations = {
    **{kind: _of_rational(of) for kind, of in RationalAlgebra.operations.items()},
    sympy.Mul: _product,
    sympy.sqrt: _of_rational(_root),
    sympy.exp: _only(0, 1),
    sympy.tanh: _only(0, 0),
    sympy.log: _only(1, 0),
    sympy.erf: _only(0, 0),
    type(sympy.pi): lambda: None,
}
"""What the parts of a form are of rational numbers, and of ``None`` for what is not seen to be."""


def rational_entry(function: VectorActivation, arguments: Sequence[fmpq], k: int) -> fmpq | None:
    """Return an entry of a function of a whole vector where it is rational, and else nothing."""
    return _ENTRIES[function.family](arguments, k, **dict(function.settings))


def _softmax(arguments: Sequence[fmpq], _k: int) -> fmpq | None:
    """Return 1/n for equal entries: by the theorem of Lindemann and Weierstrass, no other is."""
    return fmpq(1, len(arguments)) if len(set(arguments)) == 1 else None


def _log_softmax(arguments: Sequence[fmpq], _k: int) -> fmpq | None:
    """Return 0 for a single entry, the logarithm of 1, by the same theorem."""
    return fmpq(0) if len(arguments) == 1 else None


def _norm(arguments: Sequence[fmpq], k: int, epsilon: sympy.Rational) -> fmpq | None:
    """Return a deviation over a root that is rational; one that is zero over any root."""
    mean = sum(arguments, fmpq(0)) / len(arguments)
    squares = sum(((z - mean) * (z - mean) for z in arguments), fmpq(0))
    below = squares / len(arguments) + fmpq(epsilon.p, epsilon.q)
    if arguments[k] == mean and below:
        return fmpq(0)
    if not (below and fmpz(below.p).is_square() and fmpz(below.q).is_square()):
        return None
    return (arguments[k] - mean) * fmpq(fmpz(below.q).isqrt(), fmpz(below.p).isqrt())


_ENTRIES: Mapping[str, Operation] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "norm": _norm,
}
