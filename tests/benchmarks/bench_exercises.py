"""What it takes to draw a copy, to find that there is none, and to mark answers, in processor time.

Of a cell of two units and five steps; none may take two seconds.
"""

import tempfile
import time
from pathlib import Path

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
MOST = 2.0


def read(**parts):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.derivation.toml"
        path.write_text(FILE.format(**parts), encoding="utf-8")
        return load(path)


def draw(derivation, seed):
    start, found = time.process_time(), True
    try:
        variation(derivation, seed=seed)
    except SpecError:
        found = False
    return time.process_time() - start, found


for activation, recurrent, run in CELLS:
    for backward in ("", "[backward]"):
        for size in ("100", '"1/10"'):
            parts = {"activation": activation, "recurrent": recurrent, "run": run}
            derivation = read(**parts, backward=backward, size=size)
            taken = [draw(derivation, seed) for seed in range(8)]
            longest = max(seconds for seconds, _ in taken)
            found = sum(how for _, how in taken)
            verdict = "ok" if longest < MOST else "TOO SLOW"
            what = f"{activation}, {recurrent}{' with gradients' if backward else ''}, below {size}"
            print(f"{what}: {found} of 8 found, at most {longest:.2f} s {verdict}")
            start = time.process_time()
            mark(derivation, {"i_1": [1, 0], "c_2": [3, 4]})
            print(f"  marked in {time.process_time() - start:.3f} s")
