"""Figures: how long it takes to draw one and write it as SVG, and how large it is."""

from functools import cache

import numpy as np
from measuring import BYTES, Measurement

from symlstm import LSTM, SimpleRNN
from symlstm.figures.backward import backward_picture
from symlstm.figures.heat import heat_map
from symlstm.figures.lines import lines
from symlstm.figures.norms import norms
from symlstm.figures.pictures import cell_picture, step_picture, steps_picture
from symlstm.figures.svg import svg

SECONDS, KILOBYTES = 1.0, 300
A_STEP = 30
"""How large the picture of a step may be; lines and heat maps have no pictures of steps."""


@cache
def run(cell, steps=200):
    rng = np.random.default_rng(0)
    shapes = {group: cell.stack(group, lambda w: np.zeros(w.shape)).shape for group in cell.groups}
    spread = 1 / np.sqrt(cell.units)
    layer = cell.bind(**{group: rng.normal(scale=spread, size=shapes[group]) for group in shapes})
    return layer.run(rng.normal(size=(steps, cell.input_dim)), algebra="float")


def gradients():
    return [run(LSTM(16)).backward(), run(SimpleRNN(16)).backward()]


# What is drawn, what that is a picture of, and how many kilobytes it may have.
PICTURES = {
    "a cell": (cell_picture, lambda: LSTM(2), KILOBYTES),
    "step 2 of 3": (lambda trace: step_picture(trace, 2), lambda: run(LSTM(2), 3), KILOBYTES),
    "a strip of 64 steps": (steps_picture, lambda: run(LSTM(1), 64), 64 * A_STEP),
    "the backward pass of 3 steps": (
        backward_picture,
        lambda: run(LSTM(2), 3).backward(),
        KILOBYTES,
    ),
    "lines, 200 steps": (lines, lambda: run(LSTM(1)), KILOBYTES),
    "lines, 8 units, 200 steps": (lines, lambda: run(LSTM(8)), KILOBYTES),
    "heat maps, 64 units, 200 steps": (heat_map, lambda: run(LSTM(64, 16)), KILOBYTES),
    "norms of gradients, 200 steps": (norms, gradients, KILOBYTES),
}


def drawn(picture, of):
    def sides():
        given = of()
        return {"symlstm": lambda: svg(picture(given))}

    return sides


def size(picture, of):
    return lambda: {"symlstm": lambda: len(svg(picture(of())).encode())}


MEASUREMENTS = [
    measurement
    for name, (picture, of, most) in PICTURES.items()
    for measurement in (
        Measurement(f"time of {name}", drawn(picture, of), bound=SECONDS, rounds=3),
        Measurement(f"size of {name}", size(picture, of), bound=most, rounds=1, meter=BYTES),
    )
]
