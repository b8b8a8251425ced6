"""LSTMs written by hand from the literature, which share no code with symlstm.

Greff et al., "LSTM: A Search Space Odyssey" (2017), section II, with and without peepholes; the
weights are Keras's stacked arrays, gates in the order i, f, c, o and peepholes i, f, o.
"""

from fractions import Fraction

import mpmath
import numpy as np


def clip(value, low, high):
    return low if value < low else high if value > high else value


FRACTION_ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: z if z > 0 else Fraction(0),
    "relu6": lambda z: clip(z, Fraction(0), Fraction(6)),
    "leaky_relu": lambda z: z if z > 0 else z / 5,
    "hard_sigmoid": lambda z: clip(z / 6 + Fraction(1, 2), Fraction(0), Fraction(1)),
    "hard_tanh": lambda z: clip(z, Fraction(-1), Fraction(1)),
    "sparse_sigmoid": lambda z: clip(z / 2 + Fraction(1, 2), Fraction(0), Fraction(1)),
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_silu": lambda z: Fraction(0) if z < -3 else z if z > 3 else z * (z + 3) / 6,
    "hard_shrink": lambda z: z if abs(z) > Fraction(1, 2) else Fraction(0),
    "soft_shrink": lambda z: z - clip(z, Fraction(-1, 2), Fraction(1, 2)),
    "sparse_plus": lambda z: Fraction(0) if z < -1 else z if z > 1 else (z + 1) ** 2 / 4,
    "threshold(threshold=1/3, default_value=2)": lambda z: z if z > Fraction(1, 3) else Fraction(2),
    "affine(alpha=-1/2, beta=3)": lambda z: 3 - z / 2,
    "thresholded_relu": lambda z: z if z > 1 else Fraction(0),
    "clip(limit=2/3)": lambda z: clip(z, Fraction(-2, 3), Fraction(2, 3)),
    "leaky_relu(negative_slope=3/100)": lambda z: z if z > 0 else z * Fraction(3, 100),
    "leaky_relu(negative_slope=2)": lambda z: z if z > 0 else 2 * z,
    "hard_sigmoid(alpha=1/5)": lambda z: clip(z / 5 + Fraction(1, 2), Fraction(0), Fraction(1)),
    "hard_sigmoid(alpha=-2/7, beta=1)": lambda z: clip(1 - z * 2 / 7, Fraction(0), Fraction(1)),
}
"""The rational ones, those with parameters by the names that they are to have."""

CORNERS = [-3, "-5/2", -1, "-2/3", "-1/2", 0, "1/3", "1/2", "2/3", 1, "5/2", 3, "7/2", 6]
CORNERS = [Fraction(corner) for corner in CORNERS]
"""Where any of the tables' functions has a corner or a jump."""

NUMPY_ACTIVATIONS = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "relu6": lambda z: np.clip(z, 0, 6),
    "leaky_relu": lambda z: np.where(z > 0, z, z / 5),
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "hard_tanh": lambda z: np.clip(z, -1, 1),
    "sparse_sigmoid": lambda z: np.clip((z + 1) / 2, 0, 1),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "hard_silu": lambda z: z * np.clip(z + 3, 0, 6) / 6,
    "hard_shrink": lambda z: np.where(np.abs(z) > 0.5, z, 0.0),
    "soft_shrink": lambda z: z - np.clip(z, -0.5, 0.5),
    "sparse_plus": lambda z: np.where(z > 1, z, np.clip(z + 1, 0, 2) ** 2 / 4),
    "threshold(threshold=1/3, default_value=2)": lambda z: np.where(z > 1 / 3, z, 2.0),
    "affine(alpha=-1/2, beta=3)": lambda z: 3 - z / 2,
    "thresholded_relu": lambda z: np.where(z > 1, z, 0.0),
    "clip(limit=2/3)": lambda z: np.clip(z, -2 / 3, 2 / 3),
    "leaky_relu(negative_slope=3/100)": lambda z: np.where(z > 0, z, z * 0.03),
    "leaky_relu(negative_slope=2)": lambda z: np.where(z > 0, z, 2 * z),
    "hard_sigmoid(alpha=1/5)": lambda z: np.clip(z / 5 + 0.5, 0, 1),
    "hard_sigmoid(alpha=-2/7, beta=1)": lambda z: np.clip(1 - z * 2 / 7, 0, 1),
}
"""In float64: the rational ones, and those of Keras's usual cell."""


def _mp_gelu(z):
    return z * (1 + mpmath.erf(z / mpmath.sqrt(2))) / 2


def _mp_elu(z, alpha=1):
    return z if z > 0 else alpha * mpmath.expm1(z)


def _mp_selu(z):
    scale = mpmath.mpf("1.0507009873554804934193349852946")
    return scale * _mp_elu(z, mpmath.mpf("1.6732632423543772848170429916717"))


TRANSCENDENTAL = {
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "elu": _mp_elu,
    "elu(alpha=5/2)": lambda z: _mp_elu(z, mpmath.mpf(5) / 2),
    "celu": _mp_elu,
    "celu(alpha=1/3)": lambda z: z if z > 0 else mpmath.expm1(3 * z) / 3,
    "selu": _mp_selu,
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "gelu": _mp_gelu,
    "exponential": mpmath.exp,
    "tanh_shrink": lambda z: z - mpmath.tanh(z),
    "mish": lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))),
    "log_sigmoid": lambda z: -mpmath.log1p(mpmath.exp(-z)),
    "squareplus": lambda z: (z + mpmath.sqrt(z * z + 4)) / 2,
    "sigmoid_plus": lambda z: z + 0.5 if z >= 0 else 1 / (1 + mpmath.exp(-z)),
    "squareplus(b=1/9)": lambda z: (z + mpmath.sqrt(z * z + mpmath.mpf(1) / 9)) / 2,
    "scaled_tanh(alpha=2, beta=-1/3)": lambda z: 2 * mpmath.tanh(-z / 3),
}
"""The others, in mpmath at whatever precision it works with."""


def true_value(name, z):
    """Return an activation of a Fraction in mpmath, at its working precision."""
    if name in FRACTION_ACTIVATIONS:
        value = FRACTION_ACTIVATIONS[name](z)
        return mpmath.mpf(value.numerator) / value.denominator
    return TRANSCENDENTAL[name](mpmath.mpf(z.numerator) / z.denominator)


def fraction_lstm(inputs, kernel, recurrent, bias, gate, cell, *, peephole=None, state=None):
    """Step in Fractions; returns a list of dicts of lists, one a time step."""
    s, a = FRACTION_ACTIVATIONS[gate], FRACTION_ACTIVATIONS[cell]
    units = len(recurrent)
    h, c = state or ([Fraction(0)] * units, [Fraction(0)] * units)
    p = [Fraction(0)] * (3 * units) if peephole is None else peephole
    steps = []
    for x in inputs:
        each = range(units)
        z = [
            bias[column]
            + sum(row[column] * value for row, value in zip(kernel, x, strict=True))
            + sum(row[column] * value for row, value in zip(recurrent, h, strict=True))
            for column in range(4 * units)
        ]
        i = [s(z[j] + p[j] * c[j]) for j in each]
        f = [s(z[units + j] + p[units + j] * c[j]) for j in each]
        g = [a(z[2 * units + j]) for j in each]
        new_c = [c[j] * f[j] + g[j] * i[j] for j in each]
        o = [s(z[3 * units + j] + p[2 * units + j] * new_c[j]) for j in each]
        h, c = [a(new_c[j]) * o[j] for j in each], new_c
        steps.append({"i": i, "f": f, "c_tilde": g, "o": o, "c": c, "h": h})
    return steps


def numpy_lstm(inputs, kernel, recurrent, bias, gate, cell, *, peephole=None, state=None):
    """Step in float64; returns a list of dicts of arrays, one a time step."""
    s, a = NUMPY_ACTIVATIONS[gate], NUMPY_ACTIVATIONS[cell]
    units = recurrent.shape[0]
    h, c = state if state is not None else (np.zeros(units), np.zeros(units))
    p_i, p_f, p_o = np.split(np.zeros(3 * units) if peephole is None else peephole, 3)
    steps = []
    for x in inputs:
        z_i, z_f, z_g, z_o = np.split(x @ kernel + h @ recurrent + bias, 4)
        i = s(z_i + p_i * c)
        f = s(z_f + p_f * c)
        g = a(z_g)
        c = f * c + i * g
        o = s(z_o + p_o * c)
        h = o * a(c)
        steps.append({"i": i, "f": f, "c_tilde": g, "o": o, "c": c, "h": h})
    return steps
