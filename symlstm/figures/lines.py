"""Lines over time: the gates and the states of a run, each a line in a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.cells.colours import gate_colours
from symlstm.figures.axes import Axis, short, value_axis
from symlstm.figures.heat import heat_map
from symlstm.figures.panels import LEFT, SMALL, Line, Panel, height_for, time_marks, width_for
from symlstm.figures.readings import Course, Floats, courses, is_number
from symlstm.figures.scene import TEXT, Area, Group, Label, Meaning, Piece, Point, Scene
from symlstm.figures.shades import DASHES
from symlstm.figures.spelling import symbol, words
from symlstm.runs.trace import Trace

MOST_UNITS = 8
"""Of more units, lines are a tangle: a heat map shows them."""
SAME_RANGE = 5.0
"""Gates stand in one panel if the largest of their values are within such a factor."""
HEIGHT = 88.0
"""The usual height of a panel."""
THICK, THIN = 1.6, 1.0
"""The widths of lines, and of those that are close together."""
FEW, MANY_STEPS = 3, 100
"""Up to so many lines of units, and of so many time steps, are thick."""
TOP = 14.0
"""The room above the first panel."""
BETWEEN = 20.0
"""The room from one panel to the next, and above one that has a heading."""
THINNEST = 0.8
"""How high what encloses a line is, in units of a scene, to be drawn."""


def lines(trace: Trace[Any], sequence: int = 0) -> Scene:
    """Return the gates and the states of a run over time, as lines; of many units, a heat map.

    Of one unit, gates of one range share a panel; of several, each quantity has a panel with a line
    a unit. Balls have what encloses them drawn behind the line of their middles, where it can be
    seen. Where there is no number, lines have gaps.

    Raises `CellError` for a symbolic trace, and `TooLargeError` for more numbers than a page may
    be about.
    """
    names = [equation.lhs.name for equation in trace.cell.equations]
    if any(trace.cell.computed[name].shape[0] > MOST_UNITS for name in names):
        return heat_map(trace, sequence=sequence)
    groups, bottom, width = [], TOP, 0.0
    for together in _together(trace.cell, courses(trace, names, sequence)):
        panel, shown = _panel(trace, together, bottom)
        name = together[0].name if len(together) == 1 else "gates"
        groups.append(Group(name, tuple(_pieces(trace.cell, together, panel, shown))))
        bottom, width = panel.bottom + BETWEEN, max(width, width_for(shown))
    groups.append(Group("time", tuple(time_marks(panel))))
    return Scene(
        width,
        bottom + 12,
        f"Gates and states of {trace.cell.named()} over {len(trace)} time steps",
        f"Lines over time: {', '.join(symbol(name).plain for name in names)}.",
        tuple(groups),
    )


def _together(cell: Cell, found: Sequence[Course]) -> list[list[Course]]:
    """Return values in the order of their panels: gates of one unit by range, then the rest."""
    gates = gate_colours(cell)
    groups: list[list[Course]] = []
    largest: list[float] = []
    for course in found:
        most = _largest(course)
        single = len(course.middle.value) == 1 and course.name in gates
        alike = [k for k, other in enumerate(largest) if abs(most - other) <= np.log10(SAME_RANGE)]
        if single and alike:
            groups[alike[0]].append(course)
        else:
            groups.append([course])
            largest.append(most if single else np.inf)
    return sorted(groups, key=lambda group: group[0].name not in gates)


def _largest(course: Course) -> float:
    """Return the logarithm of the largest absolute value; of zeros alone, that of 1."""
    sizes = course.middle.size[np.isfinite(course.middle.size)]
    return float(sizes.max()) if sizes.size else 0.0


def _panel(trace: Trace[Any], together: Sequence[Course], top: float) -> tuple[Panel, list[Line]]:
    """Return the panel for values, and what is drawn in it."""
    numbers = [one for course in together for one in (course.middle, *(course.ends or ()))]
    axis = value_axis(numbers)
    shown = [line for course in together for line in _lines(trace.cell, course, axis)]
    first = 0 if trace.cell.states else 1
    top += BETWEEN * _has_heading(together)
    return Panel(top, height_for(shown, HEIGHT), first, len(trace), axis), shown


def _has_heading(together: Sequence[Course]) -> bool:
    """Say whether the lines of a panel are named by their units, and the panel by their value."""
    return len(together[0].middle.value) > 1


def _pieces(
    cell: Cell, together: Sequence[Course], panel: Panel, shown: Sequence[Line]
) -> Iterator[Piece]:
    yield from panel.ground()
    if _has_heading(together):
        yield Label(Point(LEFT, panel.top - 10), symbol(together[0].name, "t"))
    for course in together:
        yield from _bands(cell, course, panel)
    yield from panel.lines(shown)


def _lines(cell: Cell, course: Course, axis: Axis) -> Iterator[Line]:
    colours = gate_colours(cell)
    gates = [equation.lhs.name for equation in cell.equations if equation.lhs.name in colours]
    rows, steps = course.middle.value.shape
    width = THIN if rows > FEW or steps > MANY_STEPS else THICK
    for k, places in enumerate(axis.along(course.middle)):
        name = symbol(course.name, "t") if rows == 1 else words(f"unit {k + 1}")
        order = k if rows > 1 or course.name not in gates else gates.index(course.name)
        meaning = _meaning(cell, course, k)
        dashes = DASHES[order % len(DASHES)]
        size = TEXT if rows == 1 else SMALL
        colour = colours.get(course.name)
        yield Line(places, course.first, name, colour, dashes, meaning, width, size)


def _meaning(cell: Cell, course: Course, row: int) -> Meaning:
    value, size = (part[row] for part in course.middle)
    known = np.flatnonzero(is_number(value, size))
    equation = next(str(one) for one in cell.equations if one.lhs.name == course.name)
    if not known.size:
        return Meaning(course.name, None, "no number", equation, "is")
    first, last = (
        f"{short(value[k], size[k]).plain} at t = {course.first + k}" for k in (known[0], known[-1])
    )
    unit = f"unit {row + 1}: " if len(course.middle.value) > 1 else ""
    return Meaning(course.name, None, f"{unit}{first}, {last}", equation, "over time:")


def _bands(cell: Cell, course: Course, panel: Panel) -> Iterator[Piece]:
    """Yield what encloses the lines, where it is wide enough to be seen."""
    if course.ends is None:
        return
    colour = gate_colours(cell).get(course.name)
    for low, high in zip(*map(panel.axis.along, course.ends), strict=True):
        for start, end in _runs(low, high):
            inside = range(start, end)
            if panel.height * np.max(high[start:end] - low[start:end]) < THINNEST:
                continue
            x = [panel.x(course.first + k) for k in inside]
            over = [Point(at, panel.y(high[k])) for at, k in zip(x, inside, strict=True)]
            under = [Point(at, panel.y(low[k])) for at, k in zip(x, inside, strict=True)]
            yield Area((*over, *reversed(under)), colour)


def _runs(low: Floats, high: Floats) -> Iterator[tuple[int, int]]:
    """Yield where stretches of numbers begin and end."""
    there = np.concatenate([[False], ~np.isnan(low) & ~np.isnan(high), [False]])
    edges = np.flatnonzero(there[1:] != there[:-1])
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
