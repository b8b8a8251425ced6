"""Exercises: the longest that a copy of a cell of two units and five steps takes to be drawn."""

import tempfile
import time
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path

from measuring import SECONDS, Measurement

from symlstm import load
from symlstm.errors import SpecError
from symlstm.exercises import mark, variation

FILE = """
[cell]
units = 2
activation = "{activation}"
recurrent_activation = "{recurrent}"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1, 1, 1, 1]
{run}
{backward}
[exercise]
vary = {{kernel = [-2, 2], recurrent_kernel = [-1, 1], bias = [-1, 1], inputs = [-2, 2]}}
bounds = {{size = {size}}}
"""
CELLS = (
    ("linear", "linear", ""),
    ("relu", "hard_sigmoid", ""),
    ("softsign", "softsign", ""),
    ("tanh", "sigmoid", 'algebra = "ball"'),
    ("tanh", "sigmoid", 'rounding = "each line"\ndigits = 4'),
)
BACKWARD, SIZES = ("", "[backward]"), ("100", '"1/10"')


def read(**parts):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.derivation.toml"
        path.write_text(FILE.format(**parts), encoding="utf-8")
        return load(path)


def draw(derivation, seed):
    """Draw a copy, or find that there is none; return how long that took."""
    start = time.process_time()
    with suppress(SpecError):
        variation(derivation, seed=seed)
    return time.process_time() - start


def each(cell):
    """Return derivations of a cell with gradients and without, of two bounds on sizes."""
    names = ("activation", "recurrent", "run")
    parts = dict(zip(names, cell, strict=True))
    return [read(**parts, backward=b, size=size) for b, size in product(BACKWARD, SIZES)]


def longest(derivations):
    return max(draw(one, seed) for one in derivations for seed in range(8))


def copies(cell):
    return {"symlstm": partial(longest, each(cell))}


def marked():
    derivation = each(CELLS[0])[0]
    return {"symlstm": lambda: mark(derivation, {"i_1": [1, 0], "c_2": [3, 4]})}


MEASUREMENTS = [
    *(
        Measurement(
            f"copies of {', '.join(filter(None, cell)).replace(chr(10), ', ')}",
            partial(copies, cell),
            bound=2,
            rounds=1,
            meter=SECONDS,
        )
        for cell in CELLS
    ),
    Measurement("marks of two answers", marked, bound=2),
]
