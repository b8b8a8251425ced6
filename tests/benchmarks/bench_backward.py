"""A backward pass, against its forward pass: reverse mode's bound is a factor of about four.

The exact cell is one that saturates: its numbers stay small, as no other exact cell's do for long.
"""

import numpy as np
from timing import compare, report

from symlstm import LSTM

UNITS, STEPS = 32, 50
SATURATED = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}


def measure(what, algebra, steps=STEPS, **options):
    rng = np.random.default_rng(0)
    layer = LSTM(UNITS, UNITS, **options).bind(
        kernel=6 * rng.integers(-2, 3, (UNITS, 4 * UNITS)),
        recurrent_kernel=6 * rng.integers(-2, 3, (UNITS, 4 * UNITS)),
        bias=3,
    )
    inputs = rng.integers(-2, 3, (steps, UNITS))
    trace = layer.run(inputs, algebra=algebra)
    forward, back = compare(lambda: layer.run(inputs, algebra=algebra), trace.backward, rounds=5)
    report(f"backward / forward, {what}", back, forward, bound=4)
    return back


def of_references(units, dim, steps):
    """Measure the nearest floats of gradients, against those of the outputs; return both times."""
    rng = np.random.default_rng(0)
    layer = LSTM(units, dim).bind(
        kernel=rng.normal(size=(dim, 4 * units)) / np.sqrt(dim),
        recurrent_kernel=rng.normal(size=(units, 4 * units)) / np.sqrt(units),
        bias=rng.normal(size=4 * units),
    )
    inputs = rng.normal(size=(steps, dim)).astype(np.float32)
    references = []

    def forward():
        references.append(layer.reference(inputs))
        return references[-1].sequence_out

    def back():
        gradients = references.pop().backward()
        return [gradients[group] for group in gradients.cell.groups], gradients.inputs

    times = compare(forward, back, rounds=3)
    what = f"reference, units {units}, T = {steps}"
    report(f"backward / forward, {what}", times[1], times[0], bound=4)
    return times


if __name__ == "__main__":
    measure("exact, units 32, T = 50", "exact", **SATURATED)
    short = measure("float, units 32, T = 200", "float", steps=200)
    long = measure("float, units 32, T = 2000", "float", steps=2000)
    report("backward, T = 2000 / T = 200", long, short, bound=13)
    of_references(128, 64, 100)
    short, long = (of_references(64, 4, steps) for steps in (200, 400))
    # Twice as many steps take twice as many bits, of which attempts have 1, 2, 4, ... times some.
    report("reference, forward, T = 400 / T = 200", long[0], short[0], bound=8)
    report("reference, backward, T = 400 / T = 200", long[1], short[1], bound=8)
