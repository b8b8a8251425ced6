"""The article's network at T = 15, against a bare FLINT loop over the same four lines."""

from flint import fmpz
from timing import compare, report

from symlstm import LSTM

STEPS = 15


def bare():
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


if __name__ == "__main__":
    assert ours() == int(bare())
    report("exact run, T = 15", *compare(ours, bare), bound=3)
