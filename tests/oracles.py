"""LSTMs written by hand from the literature, which share no code with symlstm.

Greff et al., "LSTM: A Search Space Odyssey" (2017), section II, with and without peepholes; the
weights are Keras's stacked arrays, gates in the order i, f, c, o and peepholes i, f, o.
"""

from fractions import Fraction

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
}

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
}


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
