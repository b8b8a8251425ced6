"""A certified forward pass, against a bare python-flint loop over the same layer and mpmath."""

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx
from timing import compare, report

from symlstm import LSTM
from symlstm.algebras.ball import BallAlgebra
from symlstm.numbers import rational

UNITS, DIM, STEPS, BITS = 64, 32, 50, 128
rng = np.random.default_rng(0)
kernel, recurrent = rng.normal(size=(DIM, 4 * UNITS)) / 6, rng.normal(size=(UNITS, 4 * UNITS)) / 8
bias, inputs = rng.normal(size=4 * UNITS), rng.normal(size=(STEPS, DIM))
layer = LSTM(UNITS, DIM).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
given = layer.run(inputs, algebra="float").given


def ours():
    return given.run(BallAlgebra(BITS))


def balls(array):
    return arb_mat(*array.shape, [arb(rational(value)) for value in array.flat])


def bare():
    """The loop that one would write by hand, the four gates in one product."""
    with ctx.workprec(BITS):
        weights = balls(np.hstack([kernel.T, recurrent.T]))
        biases = balls(bias[:, None])
        h = c = [arb(0)] * UNITS
        for x in inputs:
            stacked = [arb(rational(value)) for value in x] + h
            z = (weights * arb_mat(DIM + UNITS, 1, stacked) + biases).entries()
            i, f, g, o = (z[k * UNITS : (k + 1) * UNITS] for k in range(4))
            i, f, o = ([1 / (1 + (-v).exp()) for v in gate] for gate in (i, f, o))
            c = [f[k] * c[k] + i[k] * g[k].tanh() for k in range(UNITS)]
            h = [o[k] * c[k].tanh() for k in range(UNITS)]
    return h


def in_mpmath(steps=2):
    """The same in mpmath, for a few steps."""
    with mpmath.workprec(BITS):
        h = c = [mpmath.mpf(0)] * UNITS
        weights = [[mpmath.mpf(v) for v in row] for row in np.hstack([kernel.T, recurrent.T])]
        for x in inputs[:steps]:
            stacked = [mpmath.mpf(v) for v in x] + h
            z = [
                mpmath.fdot(row, stacked) + mpmath.mpf(b)
                for row, b in zip(weights, bias, strict=True)
            ]
            i, f, g, o = (z[k * UNITS : (k + 1) * UNITS] for k in range(4))
            i, f, o = ([1 / (1 + mpmath.exp(-v)) for v in gate] for gate in (i, f, o))
            c = [f[k] * c[k] + i[k] * mpmath.tanh(g[k]) for k in range(UNITS)]
            h = [o[k] * mpmath.tanh(c[k]) for k in range(UNITS)]
    return h


if __name__ == "__main__":
    certified, loop, mp = compare(ours, bare, in_mpmath)
    report("certified forward / bare python-flint loop", certified, loop, bound=1.5)
    print(f"mpmath, by step / certified, by step: {mp / 2 / (certified / STEPS):.0f}")
