"""Exact runs."""

from flint import fmpz
from measuring import Measurement

from symlstm import LSTM

STEPS = 15


def bare():
    """The article's network as one would write it in FLINT's integers."""
    h = c = fmpz(0)
    x = W = U = fmpz(1)
    b = fmpz(0)
    for _ in range(STEPS):
        i = f = c_tilde = o = W * x + U * h + b
        c = f * c + i * c_tilde
        h = o * c
    return h


def ours():
    cell = LSTM(units=1, activation="linear", recurrent_activation="linear")
    layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
    return layer.run([1] * STEPS).state_h


def sides():
    assert ours() == int(bare())
    return {"symlstm": ours, "bare python-flint": bare}


MEASUREMENTS = [
    Measurement("the article's network, T = 15", sides, bound=3, small=True),
]
