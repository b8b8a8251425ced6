"""Backward passes over forward passes: reverse mode's bound is a factor of about four."""

from functools import cache, partial

import numpy as np
from measuring import Measurement, Prepared

from symlstm import LSTM

UNITS = 32
# An exact cell that saturates: its numbers stay small, as no other exact cell's do for long.
SATURATED = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}


def of_run(algebra, steps, **options):
    rng = np.random.default_rng(0)
    layer = LSTM(UNITS, UNITS, **options).bind(
        kernel=6 * rng.integers(-2, 3, (UNITS, 4 * UNITS)),
        recurrent_kernel=6 * rng.integers(-2, 3, (UNITS, 4 * UNITS)),
        bias=3,
    )
    run = partial(layer.run, rng.integers(-2, 3, (steps, UNITS)), algebra=algebra)
    return {"backward": run().backward, "forward": run}


@cache
def references(units, dim, steps):
    """Return the nearest floats of all outputs, and of all gradients of a forward pass."""
    rng = np.random.default_rng(0)
    layer = LSTM(units, dim).bind(
        kernel=rng.normal(size=(dim, 4 * units)) / np.sqrt(dim),
        recurrent_kernel=rng.normal(size=(units, 4 * units)) / np.sqrt(units),
        bias=rng.normal(size=4 * units),
    )
    inputs = rng.normal(size=(steps, dim)).astype(np.float32)

    def forward():
        reference = layer.reference(inputs)
        assert reference.sequence_out.size
        return reference

    def backward(reference):
        gradients = reference.backward()
        return [gradients[group] for group in gradients.cell.groups], gradients.inputs

    return {"backward": Prepared(forward, backward), "forward": forward}


def of_lengths(measured, long, short):
    def sides():
        return {f"T = {steps:,}": measured(steps) for steps in (long, short)}

    return sides


def float_backward(steps):
    return of_run("float", steps)["backward"]


def reference_backward(steps):
    return references(64, 4, steps)["backward"]


MEASUREMENTS = [
    Measurement(
        "reference's gradients, units 128, T = 100",
        partial(references, 128, 64, 100),
        bound=4,
        rounds=2,
        small=True,
    ),
    # Twice as many steps take twice as many bits, of which attempts have 1, 2, 4, ... times some.
    Measurement(
        "reference's gradients, units 64",
        of_lengths(reference_backward, 400, 200),
        bound=8,
        rounds=2,
    ),
    Measurement(
        "exact, units 32, T = 50", partial(of_run, "exact", 50, **SATURATED), bound=4, small=True
    ),
    Measurement("float, units 32, T = 200", partial(of_run, "float", 200), bound=4),
    Measurement("float, units 32", of_lengths(float_backward, 2000, 200), bound=13),
]
