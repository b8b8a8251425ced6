"""What it takes to write a derivation of 200 steps of four units, in processor time."""

import tempfile
import time
from pathlib import Path

import numpy as np

from symlstm import load

STEPS, UNITS, SECONDS = 200, 4, 3.0
CELLS = {
    "exact": 'activation = "hard_tanh"\nrecurrent_activation = "hard_sigmoid"',
    "ball": 'activation = "tanh"\nrecurrent_activation = "sigmoid"',
}
RUNS = {"exact": "", "ball": 'algebra = "ball"\ndigits = 6'}


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


def report(file, suffix):
    start = time.process_time()
    page = load(file, written=True).page(file.with_suffix(suffix))
    page.write()
    seconds = time.process_time() - start
    verdict = "ok" if seconds <= SECONDS else "TOO SLOW"
    print(f"{file.name}, {suffix}: {seconds:.2f} s (at most {SECONDS:.0f} s) {verdict}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for algebra in CELLS:
            file = Path(folder) / f"{algebra}.toml"
            file.write_text(derivation(algebra))
            for suffix in (".md", ".tex"):
                report(file, suffix)
