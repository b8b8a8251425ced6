"""Figures of many steps and units: how long it takes to draw and write one, and how large it is."""

import numpy as np
from timing import compare

from symlstm import LSTM, SimpleRNN
from symlstm.figures.heat import heat_map
from symlstm.figures.lines import lines
from symlstm.figures.norms import norms
from symlstm.figures.svg import svg
from symlstm.figures.tikz import tikz

SECONDS, BYTES = 1.0, 300_000


def run(cell, steps=200):
    rng = np.random.default_rng(0)
    shapes = {group: cell.stack(group, lambda w: np.zeros(w.shape)).shape for group in cell.groups}
    spread = 1 / np.sqrt(cell.units)
    layer = cell.bind(**{group: rng.normal(scale=spread, size=shapes[group]) for group in shapes})
    return layer.run(rng.normal(size=(steps, cell.input_dim)), algebra="float")


def report(what, draw):
    (seconds,) = compare(lambda: svg(draw()), rounds=3)
    size = len(svg(draw()).encode())
    verdict = "ok" if seconds <= SECONDS and size <= BYTES else "TOO MUCH"
    print(
        f"{what}: {seconds:.2f} s, {size / 1000:.0f} kB (at most {SECONDS:.0f} s, "
        f"{BYTES / 1000:.0f} kB); TikZ {len(tikz(draw())) / 1000:.0f} kB {verdict}"
    )


if __name__ == "__main__":
    one, eight, many = run(LSTM(1)), run(LSTM(8)), run(LSTM(64, 16))
    gradients = [run(LSTM(16)).backward(), run(SimpleRNN(16)).backward()]
    report("lines, 200 steps", lambda: lines(one))
    report("lines, 8 units, 200 steps", lambda: lines(eight))
    report("heat maps, 64 units, 200 steps", lambda: heat_map(many))
    report("norms of gradients, 200 steps", lambda: norms(gradients))
