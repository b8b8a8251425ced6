"""A certified run and its gradients, against a bare python-flint loop over the layer and mpmath."""

from functools import partial

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx
from timing import compare, report

from symlstm import LSTM
from symlstm.algebras.ball import BallAlgebra
from symlstm.numbers.exact import rational

UNITS, DIM, STEPS, BITS = 64, 32, 50, 128
rng = np.random.default_rng(0)
kernel, recurrent = rng.normal(size=(DIM, 4 * UNITS)) / 6, rng.normal(size=(UNITS, 4 * UNITS)) / 8
bias, inputs = rng.normal(size=4 * UNITS), rng.normal(size=(STEPS, DIM))
layer = LSTM(UNITS, DIM).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
given = layer.run(inputs, algebra="float").given


def ours():
    return given.run(BallAlgebra(BITS))


def with_gradients():
    """Certify 15 digits of every value and gradient, at whatever precision that takes."""
    return layer.run(inputs, algebra="ball", digits=15).backward()


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


def in_mpmath(product, kind=list):
    """The same in mpmath, where nothing is certified; ``product`` is of weights and a vector."""
    with mpmath.workprec(BITS):
        h = c = [mpmath.mpf(0)] * UNITS
        rows = np.hstack([kernel.T, recurrent.T])
        weights = kind([[mpmath.mpf(v) for v in row] for row in rows])
        for x in inputs:
            stacked = [mpmath.mpf(v) for v in x] + h
            sums = product(weights, stacked)
            z = [value + mpmath.mpf(b) for value, b in zip(sums, bias, strict=True)]
            i, f, g, o = (z[k * UNITS : (k + 1) * UNITS] for k in range(4))
            i, f, o = ([1 / (1 + mpmath.exp(-v)) for v in gate] for gate in (i, f, o))
            c = [f[k] * c[k] + i[k] * mpmath.tanh(g[k]) for k in range(UNITS)]
            h = [o[k] * mpmath.tanh(c[k]) for k in range(UNITS)]
    return h


def by_sums(rows, vector):
    """Multiply as a person would write it."""
    return [sum(w * v for w, v in zip(row, vector, strict=True)) for row in rows]


def by_matrices(matrix, vector):
    """Multiply with the matrices that mpmath has."""
    return list(matrix * mpmath.matrix(vector))


def by_fdot(rows, vector):
    """Multiply with the sum of products that mpmath has for speed, which rounds once."""
    return [mpmath.fdot(row, vector) for row in rows]


if __name__ == "__main__":
    ways = {by_sums: list, by_matrices: mpmath.matrix, by_fdot: list}
    others = [partial(in_mpmath, *way) for way in ways.items()]
    certified, gradients, loop, *times = compare(ours, with_gradients, bare, *others)
    report("certified forward / bare python-flint loop", certified, loop, bound=1.5)
    report("15 digits of all gradients / bare forward loop", gradients, loop, bound=8)
    for way, seconds in zip(ways, times, strict=True):
        print(
            f"mpmath ({mpmath.libmp.BACKEND}), {way.__name__} / certified forward: "
            f"{seconds:.2f} s / {certified:.4f} s = {seconds / certified:.0f}"
        )
