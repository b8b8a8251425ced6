"""The picture of the backward pass: the same cell, with gradients on its wires."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.equations.expression import Quantity, before
from symlstm.figures.dresses import Dresses, emptied, faint, has_blanks, labelled
from symlstm.figures.geometry import Geometry
from symlstm.figures.pictures import (
    Frame,
    afford_steps,
    assembled,
    at_time,
    captioned,
    described,
    fitted,
    planned,
    require_step,
)
from symlstm.figures.readings import BEYOND, middle, reading
from symlstm.figures.scene import Label, Meaning, Point, Scene
from symlstm.figures.spelling import formula, symbol
from symlstm.figures.values import Adjoints, Values
from symlstm.figures.wiring import Dress
from symlstm.gradients.gradients import Gradients
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.numbers.arrays import Array
from symlstm.numbers.asked import NO_BLANKS, Places
from symlstm.passes.differentiate import adjoint
from symlstm.passes.unroll import times

THINNEST, THICKEST = 1.2, 4.0
"""The widths of the wires of the smallest and of the largest gradient of a picture."""
ORDERS = 4.0
"""How many times ten smaller than the largest a gradient is whose wire is the thinnest."""


def backward_frames(
    gradients: Gradients, sequence: int = 0, blanks: Places = NO_BLANKS
) -> list[Frame]:
    """Return the frames of the backward pass, from the first time step to the last.

    Where gradients are ``blanks``, all wires of their time step are empty, and those of a step that
    a mask leaves out are faint.
    """
    afford_steps(gradients.adjoints)
    computed, _ = gradients.adjoints.computed(sequence)
    dressed = {step: dict(_dressed(gradients, step, sequence)) for step in computed}
    sizes = [size for each in dressed.values() for _, size in each.values() if size is not None]
    most = max(sizes, default=0.0)
    taken = {adjoint(value).name for value in gradients.cell.computed.values()}
    left_out = frozenset(place for place in blanks if place[0] in taken)
    frames = []
    for step in range(1, len(gradients) + 1):
        each = dressed.get(step, {})
        dresses: Dresses = {value: dress for value, (dress, _) in each.items()}
        if step not in dressed:
            dresses = faint(planned(gradients.cell)[0])
        elif has_blanks(left_out, step):
            dresses = {value: emptied(dress) for value, dress in dresses.items()}
        elif gradients.adjoints.given is not None:
            dresses = _drawn_wide(each, most)
        frames.append(Frame(f"backward-{step}", at_time(step), dresses, backward=True))
    return frames


def backward_picture(gradients: Gradients, step: int | None = None, sequence: int = 0) -> Scene:
    """Return the picture of the backward pass at a time step, or at all of them.

    Raises `IndexError` for a step that there is not.
    """
    if step is not None:
        require_step(gradients.adjoints, step)
    frames = backward_frames(gradients, sequence)
    if step is not None:
        geometry = fitted(gradients.cell, frames)
        return _of_step(gradients.cell, frames[step - 1], step, geometry, ENGLISH)
    title = ENGLISH.words("figure.backwards_title", count=len(frames))
    return assembled(gradients.cell, frames, title, described(frames))


def backward_pictures(
    gradients: Gradients,
    sequence: int = 0,
    *,
    captions: bool = True,
    catalogue: Catalogue = ENGLISH,
    blanks: Places = NO_BLANKS,
) -> list[Scene]:
    """Return a picture for each time step, the first one first, all with one layout.

    Steps with ``blanks`` have empty wires.
    """
    frames = captioned(backward_frames(gradients, sequence, blanks), captions)
    cell, geometry = gradients.cell, fitted(gradients.cell, frames)
    return [
        _of_step(cell, frame, k, geometry, catalogue) for k, frame in enumerate(frames, start=1)
    ]


def _of_step(
    cell: Cell, frame: Frame, step: int, geometry: Geometry, catalogue: Catalogue
) -> Scene:
    title = catalogue.words("figure.backward_title", t=step)
    return assembled(cell, [frame], title, described([frame]), geometry)


def _drawn_wide(dressed: Mapping[Quantity, tuple[Dress, float | None]], most: float) -> Dresses:
    """Return dresses whose wires are as wide as gradients are large; zero is faint."""
    wide = {}
    for value, (dress, size) in dressed.items():
        if size is None:
            wide[value] = replace(dress, width=THINNEST, faint=True)
            continue
        share = max(0.0, 1 - (most - size) / ORDERS)
        wide[value] = replace(dress, width=THINNEST + share * (THICKEST - THINNEST))
    return wide


def _dressed(
    gradients: Gradients, step: int, sequence: int
) -> Iterator[tuple[Quantity, tuple[Dress, float | None]]]:
    """Yield what stands on each wire of a time step, and the size of the gradient there."""
    graph, _ = planned(gradients.cell)
    adjoints = Adjoints(Values(graph, gradients.adjoints, sequence), gradients)
    for value in (*graph.sources, *graph.operations):
        if not adjoints.reach(value):
            continue
        part = value.time == before and step > 1
        named = value not in graph.unnamed and not part
        bar = adjoint(value)
        time = step - (value.time == before)
        head = symbol(bar.name, str(time)) if named else None
        if gradients.adjoints.given is None:
            label = Label(Point(0, 0), head) if head else None
            meaning = Meaning(bar.name if named else "", time)
            yield value, (Dress(label, meaning=meaning), None)
            continue
        entries = adjoints.entries(value, step)
        equation = adjoints.formula(value).xreplace(times(step))
        told = str(equation) if named else formula(equation.rhs).plain
        meaning = adjoints.numbers.meaning(bar.name if named else "", time, entries, told)
        along = tuple((one.name, step) for one in adjoints.along(value))
        meaning = replace(meaning, along=along)
        label = labelled(adjoints.numbers, entries, head)
        yield value, (Dress(label, meaning=meaning), magnitude(entries))


def magnitude(entries: Array) -> float | None:
    """Return the logarithm to base 10 of the largest entry's size; ``None`` where all are zero."""
    sizes = reading([entries[:, 0]], len(entries), middle).size
    most = float(np.nanmax(sizes, initial=-math.inf))
    return None if most == -math.inf else BEYOND if most == math.inf else most
