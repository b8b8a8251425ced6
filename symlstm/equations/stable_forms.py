"""What algebras compute of activation functions whose textbook formulas lose digits.

Where the form of a function in the table is a difference of nearly equal numbers, in a saturated
gate or next to zero, a form of the same function stands here in which nothing cancels. A page shows
the one, and algebras compute the other. N. J. Higham, "Accuracy and Stability of Numerical
Algorithms", 2nd ed. (2002), section 1.7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Abs, Expr, Function, Integer, Max, Min, Rational, exp, pi, sech, sqrt, tanh

from symlstm.equations.activation_table import SELU_ALPHA, SELU_SCALE

# SymPy rewrites its own functions of these names by others: erfc(-z) as 2 - erfc(z), which cancels.


class Expm1(Function):
    """e^z - 1, which is as small as z where that is near zero."""


class Log1p(Function):
    """The logarithm of 1 + z, likewise."""


class Erfc(Function):
    """1 - erf(z), which vanishes where z is large."""


class TanhShrink(Function):
    """The difference of z and tanh(z), which near zero is z^3/3."""


class WherePositive(Function):
    """Of three, the second where the first is above zero, and the third elsewhere."""


@dataclass(frozen=True)
class Stable:
    """What is computed of a family: of its form, its derivative, and the derivative of that.

    What is missing is computed as the table has it. Where a value is rational, as some are at zero,
    the form here gives it as exactly as the table's does.
    """

    form: Callable[..., Expr] | None = None
    derivative: Callable[..., Expr] | None = None
    second: Callable[..., Expr] | None = None


def _sigmoid(z: Expr) -> Expr:
    return 1 / (1 + exp(-z))


def _softplus(z: Expr) -> Expr:
    return Max(z, 0) + Log1p(exp(-Abs(z)))


def _sigmoid_slope(z: Expr) -> Expr:
    return sech(z / 2) ** 2 / 4


def _sigmoid_second(z: Expr) -> Expr:
    return -tanh(z / 2) * _sigmoid_slope(z)


def _tanh_second(z: Expr) -> Expr:
    return -2 * tanh(z) * sech(z) ** 2


def _elu(z: Expr, alpha: Rational) -> Expr:
    return Max(z, 0) + alpha * Expm1(Min(z, 0))


def _elu_slope(z: Expr, alpha: Rational) -> Expr:
    below = alpha * exp(Min(z, 0))
    return below if alpha == 1 else WherePositive(z, Integer(1), below)


def _elu_second(z: Expr, alpha: Rational) -> Expr:
    return WherePositive(-z, alpha * exp(Min(z, 0)), Integer(0))


def _silu_slope(z: Expr) -> Expr:
    return _sigmoid(z) * (1 + z * _sigmoid(-z))


def _silu_second(z: Expr) -> Expr:
    return (2 - z * tanh(z / 2)) * _sigmoid_slope(z)


def _normal(z: Expr) -> Expr:
    """How probable a standard normal variable below ``z`` is."""
    return Erfc(-z / sqrt(2)) / 2


def _gelu_slope(z: Expr) -> Expr:
    return _normal(z) + z * exp(-(z**2) / 2) / sqrt(2 * pi)


def _gelu_second(z: Expr) -> Expr:
    return (2 - z**2) * exp(-(z**2) / 2) / sqrt(2 * pi)


def _mish_slope(z: Expr) -> Expr:
    return tanh(_softplus(z)) + z * _sigmoid(z) * sech(_softplus(z)) ** 2


def _mish_second(z: Expr) -> Expr:
    bent = _sigmoid_slope(z) - 2 * tanh(_softplus(z)) * _sigmoid(z) ** 2
    return (2 * _sigmoid(z) + z * bent) * sech(_softplus(z)) ** 2


def _squareplus(z: Expr, b: Rational) -> Expr:
    root = sqrt(z**2 + b)
    return WherePositive(-z, b / (2 * (root + Abs(z))), (z + root) / 2)


def _squareplus_slope(z: Expr, b: Rational) -> Expr:
    root = sqrt(z**2 + b)
    return WherePositive(-z, b / (2 * root * (root + Abs(z))), (1 + z / root) / 2)


def _squareplus_second(z: Expr, b: Rational) -> Expr:
    return b / (2 * sqrt(z**2 + b) ** 3)


STABLE: dict[str, Stable] = {
    "sigmoid": Stable(derivative=_sigmoid_slope, second=_sigmoid_second),
    "tanh": Stable(derivative=lambda z: sech(z) ** 2, second=_tanh_second),
    "elu": Stable(_elu, _elu_slope, _elu_second),
    "celu": Stable(
        lambda z, alpha: Max(z, 0) + alpha * Expm1(Min(z, 0) / alpha),
        second=lambda z, alpha: _elu_second(z / alpha, 1 / alpha),
    ),
    "selu": Stable(
        lambda z: SELU_SCALE * _elu(z, SELU_ALPHA),
        lambda z: SELU_SCALE * _elu_slope(z, SELU_ALPHA),
        lambda z: SELU_SCALE * _elu_second(z, SELU_ALPHA),
    ),
    "softplus": Stable(_softplus, second=_sigmoid_slope),
    "silu": Stable(derivative=_silu_slope, second=_silu_second),
    "gelu": Stable(lambda z: z * _normal(z), _gelu_slope, _gelu_second),
    "tanh_shrink": Stable(TanhShrink, second=lambda z: -_tanh_second(z)),
    "mish": Stable(lambda z: z * tanh(_softplus(z)), _mish_slope, _mish_second),
    "log_sigmoid": Stable(
        lambda z: Min(z, 0) - Log1p(exp(-Abs(z))),
        second=lambda z: -_sigmoid_slope(z),
    ),
    "squareplus": Stable(_squareplus, _squareplus_slope, _squareplus_second),
    "sigmoid_plus": Stable(
        derivative=lambda z: WherePositive(-z, _sigmoid_slope(z), Integer(1)),
        second=lambda z: WherePositive(-z, _sigmoid_second(z), Integer(0)),
    ),
    "scaled_tanh": Stable(
        derivative=lambda z, alpha, beta: alpha * beta * sech(beta * z) ** 2,
        second=lambda z, alpha, beta: alpha * beta**2 * _tanh_second(beta * z),
    ),
}
"""By family, for those of the table's that need it."""
