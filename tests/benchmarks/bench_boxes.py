"""Boxes: widths of enclosures, over what an output ranges over when inputs do within ±1e-3."""

from functools import partial
from itertools import product

import numpy as np
from measuring import WIDTH, Measurement
from sampled import Sampled

from symlstm.algebras.ball import BallAlgebra


def widths(trace):
    return np.array([2 * float(ball.rad()) for ball in trace.state_h])


def sides(scale, steps):
    """Return the widths of that output of which ours is the widest for what it ranges over."""
    sampled = Sampled(scale, steps)
    trace, reached = sampled.boxed(), sampled.high - sampled.low
    balls = trace.given.run(BallAlgebra(trace.algebra.precision))
    worst = np.argmax(widths(trace) / reached)
    return {
        "symlstm": lambda: widths(trace)[worst],
        "range": lambda: reached[worst],
        "balls alone": lambda: widths(balls)[worst],
    }


MEASUREMENTS = [
    Measurement(
        f"8 units, weights of size {scale}, T = {steps}",
        partial(sides, scale, steps),
        bound=1.2,
        rounds=1,
        meter=WIDTH,
        small=True,
    )
    for scale, steps in product((0.35, 0.6), (10, 40))
]
