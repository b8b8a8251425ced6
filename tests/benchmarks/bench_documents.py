"""Documents of 200 steps of four units, with the backward pass."""

import tempfile
from functools import cache, partial
from itertools import product
from pathlib import Path

import numpy as np
from measuring import Measurement

from symlstm import load

STEPS, UNITS = 200, 4
CELLS = {
    "exact": 'activation = "hard_tanh"\nrecurrent_activation = "hard_sigmoid"',
    "ball": 'activation = "tanh"\nrecurrent_activation = "sigmoid"',
}
RUNS = {"exact": "", "ball": 'algebra = "ball"\ndigits = 6'}
FORMATS = {"Markdown": ".md", "LaTeX": ".tex"}


def eighths(rng, *shape, spread=8):
    """Return numbers of three binary digits, as a derivation file has them."""
    return (rng.integers(-spread, spread, shape, endpoint=True) / 8).tolist()


def derivation(algebra):
    """Return a derivation with its backward pass; exact activations are saturated."""
    rng = np.random.default_rng(0)
    bias = np.repeat([4, 4, 4, 4], UNITS) * rng.choice([-1, 1], 4 * UNITS)
    return f"""
[cell]
units = {UNITS}
input_dim = 2
{CELLS[algebra]}
[weights]
kernel = {eighths(rng, 2, 4 * UNITS, spread=4)}
recurrent_kernel = {eighths(rng, UNITS, 4 * UNITS, spread=2)}
bias = {bias.tolist() if algebra == "exact" else eighths(rng, 4 * UNITS)}
[run]
inputs = {eighths(rng, STEPS, 2)}
{RUNS[algebra]}
[backward]
"""


@cache
def folder():
    return tempfile.TemporaryDirectory()


def written(file, suffix):
    load(file, written=True).page(file.with_suffix(suffix)).write()


def sides(algebra, suffix):
    file = Path(folder().name) / f"{algebra}.toml"
    file.write_text(derivation(algebra), encoding="utf-8")
    return {"symlstm": partial(written, file, suffix)}


MEASUREMENTS = [
    Measurement(f"{algebra}, {form}", partial(sides, algebra, suffix), bound=3, rounds=2)
    for algebra, (form, suffix) in product(CELLS, FORMATS.items())
]
