"""The table of activation functions: a family each, most of them with a single member.

Definitions follow Keras 3 (``keras.activations``) and, for those that only ONNX's LSTM has, the
operator specification of ONNX. The forms are written so that they can be computed in floats as they
stand: no exponential of anything large that a later operation would have to undo. Where they lose
digits, `symlstm.equations.stable_forms` has what algebras compute instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Abs, Expr, Heaviside, Integer, Max, Min, Rational, erf, exp, log, pi, sqrt, tanh


@dataclass(frozen=True)
class Parameter:
    """A number that tells the members of a family apart, a rational one.

    ``accepts`` says whether a number makes sense, and ``wanted`` which ones do, in words.
    """

    default: Rational
    accepts: Callable[[Rational], bool] = lambda _: True
    wanted: str = "a number"


@dataclass(frozen=True)
class Family:
    """Functions of one kind: ``define`` takes the argument, and the parameters by name."""

    name: str
    latex: str
    text: str
    define: Callable[..., Expr]
    define_derivative: Callable[..., Expr]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def _any(default: Any) -> Parameter:
    return Parameter(Rational(default))


def _positive(default: Any) -> Parameter:
    return Parameter(Rational(default), lambda value: value > 0, "a number above 0")


def _not_negative(default: Any) -> Parameter:
    return Parameter(Rational(default), lambda value: value >= 0, "a number not below 0")


def _clip(low: Any, value: Expr, high: Any) -> Expr:
    return Min(Max(value, low), high)


def _inside(low: Any, value: Expr, high: Any) -> Expr:
    """One strictly between ``low`` and ``high``, zero elsewhere."""
    return Heaviside(value - low, 0) * Heaviside(high - value, 0)


def _outside(value: Expr, threshold: Rational) -> Expr:
    """One where the magnitude is above the threshold, zero elsewhere; everywhere for none."""
    return Heaviside(Abs(value) - threshold, 0) if threshold else Integer(1)


def _sigmoid(z: Expr) -> Expr:
    return 1 / (1 + exp(-z))


def _softplus(z: Expr) -> Expr:
    return Max(z, 0) + log(1 + exp(-Abs(z)))


def _leaky_relu(z: Expr, negative_slope: Rational) -> Expr:
    bend = Max if negative_slope <= 1 else Min
    return bend(z, negative_slope * z)


def _elu(z: Expr, alpha: Rational) -> Expr:
    return Max(z, 0) + alpha * (exp(Min(z, 0)) - 1)


def _elu_slope(z: Expr, alpha: Rational) -> Expr:
    return alpha * exp(Min(z, 0)) + (1 - alpha) * Heaviside(z, 0)


def _hard_sigmoid(z: Expr, alpha: Rational, beta: Rational) -> Expr:
    """Clip a line to [0, 1], by whole numbers where its slope is one over such: (z + 3) / 6."""
    if alpha.p == 1:
        return _clip(0, z + beta / alpha, 1 / alpha) * alpha
    return _clip(0, alpha * z + beta, 1)


def _hard_sigmoid_slope(z: Expr, alpha: Rational, beta: Rational) -> Expr:
    if alpha.p == 1:
        return alpha * _inside(-beta / alpha, z, (1 - beta) / alpha)
    return alpha * _inside(0, alpha * z + beta, 1)


def _sigmoid_plus_slope(z: Expr) -> Expr:
    """Return 1 at the corner, as the code of its paper has it."""
    below = _sigmoid(Min(z, 0))
    return below * (1 - below) + Rational(3, 4) * Heaviside(z, 1)


def _gelu_slope(z: Expr) -> Expr:
    return (1 + erf(z / sqrt(2))) / 2 + z * exp(-(z**2) / 2) / sqrt(2 * pi)


def _mish_slope(z: Expr) -> Expr:
    return tanh(_softplus(z)) + z * _sigmoid(z) * (1 - tanh(_softplus(z)) ** 2)


SELU_ALPHA = Rational("1.6732632423543772848170429916717")
SELU_SCALE = Rational("1.0507009873554804934193349852946")
"""G. Klambauer et al., "Self-Normalizing Neural Networks" (2017), section 2, to these digits."""

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("linear", "", "", lambda z: z, lambda z: z**0),
        Family("sigmoid", r"\sigma", "σ", _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
        Family("tanh", r"\tanh", "tanh", tanh, lambda z: 1 - tanh(z) ** 2),
        Family("relu", r"\mathrm{relu}", "relu", lambda z: Max(z, 0), lambda z: Heaviside(z, 0)),
        Family(
            "relu6",
            r"\mathrm{relu6}",
            "relu6",
            lambda z: _clip(0, z, 6),
            lambda z: _inside(0, z, 6),
        ),
        Family(
            "leaky_relu",
            r"\mathrm{lrelu}",
            "lrelu",
            _leaky_relu,
            lambda z, negative_slope: negative_slope + (1 - negative_slope) * Heaviside(z, 0),
            {"negative_slope": _any("1/5")},
        ),
        Family(
            "hard_sigmoid",
            r"\sigma_{\mathrm{hard}}",
            "σ_hard",
            _hard_sigmoid,
            _hard_sigmoid_slope,
            {"alpha": _any("1/6"), "beta": _any("1/2")},
        ),
        Family(
            "hard_tanh",
            r"\tanh_{\mathrm{hard}}",
            "tanh_hard",
            lambda z: _clip(-1, z, 1),
            lambda z: _inside(-1, z, 1),
        ),
        Family(
            "sparse_sigmoid",
            r"\sigma_{\mathrm{sparse}}",
            "σ_sparse",
            lambda z: _clip(0, (z + 1) / 2, 1),
            lambda z: _inside(-1, z, 1) / 2,
        ),
        Family(
            "softsign",
            r"\mathrm{softsign}",
            "softsign",
            lambda z: z / (1 + Abs(z)),
            lambda z: 1 / (1 + Abs(z)) ** 2,
        ),
        Family("elu", r"\mathrm{elu}", "elu", _elu, _elu_slope, {"alpha": _any(1)}),
        Family(
            "celu",
            r"\mathrm{celu}",
            "celu",
            lambda z, alpha: Max(z, 0) + alpha * (exp(Min(z, 0) / alpha) - 1),
            lambda z, alpha: exp(Min(z, 0) / alpha),
            {"alpha": _positive(1)},
        ),
        Family(
            "selu",
            r"\mathrm{selu}",
            "selu",
            lambda z: SELU_SCALE * _elu(z, SELU_ALPHA),
            lambda z: SELU_SCALE * _elu_slope(z, SELU_ALPHA),
        ),
        Family("softplus", r"\mathrm{softplus}", "softplus", _softplus, _sigmoid),
        Family(
            "silu",
            r"\mathrm{silu}",
            "silu",
            lambda z: z * _sigmoid(z),
            lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z))),
        ),
        Family(
            "gelu",
            r"\mathrm{gelu}",
            "gelu",
            lambda z: z * (1 + erf(z / sqrt(2))) / 2,
            _gelu_slope,
        ),
        Family("exponential", r"\exp", "exp", exp, exp),
        Family(
            "hard_silu",
            r"\mathrm{silu}_{\mathrm{hard}}",
            "silu_hard",
            lambda z: z * _clip(0, z + 3, 6) / 6,
            lambda z: (2 * z + 3) * _inside(-3, z, 3) / 6 + Heaviside(z - 3, 1),
        ),
        Family(
            "hard_shrink",
            r"\mathrm{shrink}_{\mathrm{hard}}",
            "shrink_hard",
            lambda z, threshold: z * _outside(z, threshold),
            _outside,
            {"threshold": _not_negative("1/2")},
        ),
        Family(
            "soft_shrink",
            r"\mathrm{shrink}_{\mathrm{soft}}",
            "shrink_soft",
            lambda z, threshold: Max(z - threshold, 0) + Min(z + threshold, 0),
            _outside,
            {"threshold": _not_negative("1/2")},
        ),
        Family(
            "tanh_shrink",
            r"\mathrm{shrink}_{\tanh}",
            "shrink_tanh",
            lambda z: z - tanh(z),
            lambda z: tanh(z) ** 2,
        ),
        Family("mish", r"\mathrm{mish}", "mish", lambda z: z * tanh(_softplus(z)), _mish_slope),
        Family(
            "log_sigmoid",
            r"\log\sigma",
            "logσ",
            lambda z: Min(z, 0) - log(1 + exp(-Abs(z))),
            lambda z: _sigmoid(-z),
        ),
        Family(
            "squareplus",
            r"\mathrm{squareplus}",
            "squareplus",
            lambda z, b: (z + sqrt(z**2 + b)) / 2,
            lambda z, b: (1 + z / sqrt(z**2 + b)) / 2,
            {"b": _positive(4)},
        ),
        Family(
            "sparse_plus",
            r"\mathrm{plus}_{\mathrm{sparse}}",
            "plus_sparse",
            lambda z: (_clip(-1, z, 1) + 1) ** 2 / 4 + Max(z - 1, 0),
            lambda z: (_clip(-1, z, 1) + 1) / 2,
        ),
        Family(
            "sigmoid_plus",  # g in L. Feng et al., "Were RNNs All We Needed?" (2024), appendix B
            r"\mathrm{plus}_{\sigma}",
            "plus_σ",
            lambda z: Max(z, 0) + _sigmoid(Min(z, 0)),
            _sigmoid_plus_slope,
        ),
        Family(
            "threshold",
            r"\mathrm{threshold}",
            "threshold",
            lambda z, threshold, default_value: (
                z * Heaviside(z - threshold, 0) + default_value * Heaviside(threshold - z, 1)
            ),
            lambda z, threshold, **_: Heaviside(z - threshold, 0),
            {"threshold": _any(0), "default_value": _any(0)},
        ),
        Family(
            "affine",
            r"\mathrm{affine}",
            "affine",
            lambda z, alpha, beta: alpha * z + beta,
            lambda _z, alpha, **_: alpha,
            {"alpha": _any(1), "beta": _any(0)},
        ),
        Family(
            "thresholded_relu",
            r"\mathrm{trelu}",
            "trelu",
            lambda z, alpha: z * Heaviside(z - alpha, 0),
            lambda z, alpha: Heaviside(z - alpha, 0),
            {"alpha": _any(1)},
        ),
        Family(
            "scaled_tanh",
            r"\tanh_{\mathrm{scaled}}",
            "tanh_scaled",
            lambda z, alpha, beta: alpha * tanh(beta * z),
            lambda z, alpha, beta: alpha * beta * (1 - tanh(beta * z) ** 2),
            {"alpha": _any(1), "beta": _any(1)},
        ),
        Family(
            "clip",
            r"\mathrm{clip}",
            "clip",
            lambda z, limit: _clip(-limit, z, limit),
            lambda z, limit: _inside(-limit, z, limit),
            {"limit": _positive(1)},
        ),
    )
}
"""Every family by name."""

ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}
"""Other names that Keras gives to members of the table."""
