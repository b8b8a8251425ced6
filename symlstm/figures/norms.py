"""Norms of gradients over time: whether what a late step wants still reaches the early ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from symlstm.errors import CellError, ShapeError, choices
from symlstm.figures.axes import Axis, log_axis, short
from symlstm.figures.panels import LEFT, Line, Panel, height_for, time_marks, width_for
from symlstm.figures.readings import Reading, over_time
from symlstm.figures.scene import Dot, Group, Label, Meaning, Point, Scene, Spelled
from symlstm.figures.shades import DASHES
from symlstm.figures.spelling import room, words
from symlstm.gradients.gradients import Gradients
from symlstm.notation.palette import PALETTE
from symlstm.notation.tex_text import escaped
from symlstm.numbers.budget import afford
from symlstm.passes.differentiate import adjoint

HEIGHT = 160.0
"""The usual height of the panel."""
TOP = 30.0
"""The room above it."""
FOR_ZERO = 26.0
"""The room below the axis for norms that are exactly zero."""

LONGEST_NAME = 24
"""How many characters of the name of a run are shown."""


def norms(
    gradients: Sequence[Gradients],
    names: Sequence[str] | None = None,
    *,
    by: str | None = None,
    sequence: int = 0,
) -> Scene:
    """Return the norms of gradients at each time step, on a logarithmic axis, a line a run.

    The norm is the square root of the sum of squares over the units, of the gradient by the output
    or by the value that is called ``by``. ``names`` are those of the runs; without them, they are
    those of the cells. Norms that are exactly zero are marked below the axis.

    Raises `ShapeError` for no runs, or another number of names; `CellError` for symbolic gradients
    and for a value that a cell does not have.
    """
    names = [one.cell.named() for one in gradients] if names is None else list(names)
    if not gradients or len(names) != len(gradients):
        message = f"there are {len(gradients)} gradients and {len(names)} names; give as many"
        raise ShapeError(message, argument="names")
    found = [_norms(one, by or one.cell.output.name, sequence) for one in gradients]
    last = max(map(len, gradients))
    floor = FOR_ZERO if any(np.isneginf(norm.size).any() for norm in found) else 0.0
    axis = log_axis(found)
    lines = [_line(axis, k, *each) for k, each in enumerate(zip(found, names, strict=True))]
    panel = Panel(TOP, height_for(lines, HEIGHT), 1, last, axis, floor)
    heading = Label(Point(LEFT, TOP - 13), words(f"norm of the gradient by {by or 'the output'}"))
    zeros = (
        dot for norm, line in zip(found, lines, strict=True) for dot in _zeros(panel, norm, line)
    )
    pieces = (heading, *panel.ground(), *zeros, *panel.lines(lines), *time_marks(panel))
    return Scene(
        width_for(lines),
        panel.bottom + 32,
        f"Norms of gradients over {last} time steps",
        f"The norm of the gradient at each time step, of {', '.join(names)}.",
        (Group("norms", pieces),),
    )


def _norms(gradients: Gradients, name: str, sequence: int) -> Reading:
    """Return the norm of the gradient by a value at each time step, of shape (1, steps)."""
    known = gradients.differentiated
    if name not in known:
        message = f"there is no gradient by {name!r}; {choices(name, known)}"
        raise CellError(message, argument="by")
    if gradients.adjoints.given is None:
        raise CellError("symbolic gradients have no norms to draw; bind the cell and run it")
    quantity = adjoint(known[name])
    rows, steps = int(quantity.shape[0]), range(1, len(gradients) + 1)
    afford("page_numbers", rows * len(steps), what=f"a figure of {len(steps)} steps")
    size = over_time(gradients.adjoints, quantity.name, rows, steps, sequence).size
    largest = size.max(axis=0)
    scale = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        norm = scale + 0.5 * np.log10((10.0 ** (2 * (size - scale))).sum(axis=0))
        return Reading(10.0 ** norm[None, :], norm[None, :])


def _line(axis: Axis, order: int, norm: Reading, name: str) -> Line:
    first, last = (short(norm.value[0, k], norm.size[0, k]).plain for k in (0, -1))
    value = f"{first} at t = 1, {last} at t = {norm.size.shape[1]}"
    meaning = Meaning("", None, f"norm of the gradient, {name}: {value}")
    colour, dashes = PALETTE[order % len(PALETTE)], DASHES[order % len(DASHES)]
    shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    spelled = Spelled(shown, escaped(shown), room(shown))
    return Line(axis.along(norm)[0], 1, spelled, colour, dashes, meaning)


def _zeros(panel: Panel, norm: Reading, line: Line) -> Iterator[Dot]:
    for k in np.flatnonzero(np.isneginf(norm.size[0])).tolist():
        yield Dot(Point(panel.x(k + 1), panel.floor_middle), 2.0, line.colour)
