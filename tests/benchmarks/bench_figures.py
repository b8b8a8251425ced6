"""Figures: how long it takes to draw and write one, and how large it is."""

import numpy as np
from timing import compare

from symlstm import LSTM, SimpleRNN
from symlstm.errors import OutputError
from symlstm.figures.backward import backward_picture
from symlstm.figures.heat import heat_map
from symlstm.figures.lines import lines
from symlstm.figures.norms import norms
from symlstm.figures.pictures import cell_picture, step_picture, steps_picture
from symlstm.figures.svg import svg
from symlstm.figures.tikz import tikz

SECONDS, BYTES = 1.0, 300_000
A_STEP = 30_000
"""How large the picture of a step may be; lines and heat maps have no pictures of steps."""


def run(cell, steps=200):
    rng = np.random.default_rng(0)
    shapes = {group: cell.stack(group, lambda w: np.zeros(w.shape)).shape for group in cell.groups}
    spread = 1 / np.sqrt(cell.units)
    layer = cell.bind(**{group: rng.normal(scale=spread, size=shapes[group]) for group in shapes})
    return layer.run(rng.normal(size=(steps, cell.input_dim)), algebra="float")


def report(what, draw, most=BYTES):
    (seconds,) = compare(lambda: svg(draw()), rounds=3)
    size = len(svg(draw()).encode())
    try:
        in_tex = f"{len(tikz(draw())) / 1000:.0f} kB"
    except OutputError:
        in_tex = "more than TeX can count"
    verdict = "ok" if seconds <= SECONDS and size <= most else "TOO MUCH"
    print(
        f"{what}: {seconds:.2f} s, {size / 1000:.0f} kB (at most {SECONDS:.0f} s, "
        f"{most / 1000:.0f} kB); TikZ {in_tex}; {verdict}"
    )


if __name__ == "__main__":
    one, eight, many = run(LSTM(1)), run(LSTM(8)), run(LSTM(64, 16))
    gradients = [run(LSTM(16)).backward(), run(SimpleRNN(16)).backward()]
    short, strip = run(LSTM(2), 3), run(LSTM(1), 64)
    report("a cell", lambda: cell_picture(LSTM(2)))
    report("step 2 of 3", lambda: step_picture(short, 2))
    report("a strip of 64 steps", lambda: steps_picture(strip), 64 * A_STEP)
    report("the backward pass of 3 steps", lambda: backward_picture(short.backward()))
    report("lines, 200 steps", lambda: lines(one))
    report("lines, 8 units, 200 steps", lambda: lines(eight))
    report("heat maps, 64 units, 200 steps", lambda: heat_map(many))
    report("norms of gradients, 200 steps", lambda: norms(gradients))
