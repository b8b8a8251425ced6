"""Balls: certified runs and all their gradients."""

from functools import cache, partial

import mpmath
import numpy as np
from flint import arb, arb_mat, ctx
from measuring import Measurement

from symlstm import LSTM
from symlstm.algebras.ball import BallAlgebra
from symlstm.numbers.exact import rational

UNITS, DIM, STEPS, BITS = 64, 32, 50, 128


def balls(array):
    return arb_mat(*array.shape, [arb(rational(value)) for value in array.flat])


class Certified:
    """A layer, run by us and by the loops that one would write by hand."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.kernel = rng.normal(size=(DIM, 4 * UNITS)) / 6
        self.recurrent = rng.normal(size=(UNITS, 4 * UNITS)) / 8
        self.bias, self.inputs = rng.normal(size=4 * UNITS), rng.normal(size=(STEPS, DIM))
        self.layer = LSTM(UNITS, DIM).bind(
            kernel=self.kernel, recurrent_kernel=self.recurrent, bias=self.bias
        )
        self.given = self.layer.run(self.inputs, algebra="float").given

    def forward(self):
        return self.given.run(BallAlgebra(BITS)).state_h

    def with_gradients(self):
        """Certify 15 digits of every value and gradient, at whatever precision that takes."""
        gradients = self.layer.run(self.inputs, algebra="ball", digits=15).backward()
        return [gradients[group] for group in gradients.cell.groups], gradients.inputs

    def in_flint(self):
        """The four gates in one product."""
        with ctx.workprec(BITS):
            weights = balls(np.hstack([self.kernel.T, self.recurrent.T]))
            biases = balls(self.bias[:, None])
            h = c = [arb(0)] * UNITS
            for x in self.inputs:
                stacked = [arb(rational(value)) for value in x] + h
                z = (weights * arb_mat(DIM + UNITS, 1, stacked) + biases).entries()
                i, f, g, o = (z[k * UNITS : (k + 1) * UNITS] for k in range(4))
                i, f, o = ([1 / (1 + (-v).exp()) for v in gate] for gate in (i, f, o))
                c = [f[k] * c[k] + i[k] * g[k].tanh() for k in range(UNITS)]
                h = [o[k] * c[k].tanh() for k in range(UNITS)]
        return h

    def in_mpmath(self):
        """With the sums of products that mpmath has for speed; nothing of it is certified."""
        with mpmath.workprec(BITS):
            h = c = [mpmath.mpf(0)] * UNITS
            rows = np.hstack([self.kernel.T, self.recurrent.T])
            weights = [[mpmath.mpf(v) for v in row] for row in rows]
            for x in self.inputs:
                stacked = [mpmath.mpf(v) for v in x] + h
                z = [
                    mpmath.fdot(row, stacked) + mpmath.mpf(b)
                    for row, b in zip(weights, self.bias, strict=True)
                ]
                i, f, g, o = (z[k * UNITS : (k + 1) * UNITS] for k in range(4))
                i, f, o = ([1 / (1 + mpmath.exp(-v)) for v in gate] for gate in (i, f, o))
                c = [f[k] * c[k] + i[k] * mpmath.tanh(g[k]) for k in range(UNITS)]
                h = [o[k] * mpmath.tanh(c[k]) for k in range(UNITS)]
        return h

    def validate(self):
        """The loops compute what we enclose."""
        ours = self.forward()
        assert all(a.overlaps(b) for a, b in zip(ours, self.in_flint(), strict=True))
        near = zip(ours, self.in_mpmath(), strict=True)
        assert all(abs(float(a.mid()) - float(b)) < 1e-12 for a, b in near)


@cache
def certified():
    layer = Certified()
    layer.validate()
    return layer


def against(ours):
    layer = certified()
    loops = {"bare python-flint, forward": layer.in_flint, "mpmath, forward": layer.in_mpmath}
    return {"symlstm": partial(ours, layer), **loops}


CASE = f"units {UNITS}, T = {STEPS}"
MEASUREMENTS = [
    Measurement(
        f"forward in {BITS} bits, {CASE}",
        partial(against, Certified.forward),
        bound=1.5,
        small=True,
    ),
    Measurement(
        f"15 digits of all values and gradients, {CASE}",
        partial(against, Certified.with_gradients),
        bound=8,
        small=True,
    ),
]
