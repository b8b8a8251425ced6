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


if __name__ == "__main__":
    measure("exact, units 32, T = 50", "exact", **SATURATED)
    short = measure("float, units 32, T = 200", "float", steps=200)
    long = measure("float, units 32, T = 2000", "float", steps=2000)
    report("backward, T = 2000 / T = 200", long, short, bound=13)
