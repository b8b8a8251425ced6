"""Panels: graphs over time above one another, with their axes, and names at the lines' ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from symlstm.figures.axes import Axis, spelled, step_marks
from symlstm.figures.readings import Floats
from symlstm.figures.scene import TEXT, Box, Curve, Dot, Label, Meaning, Piece, Point, Spelled
from symlstm.figures.shades import RULE
from symlstm.figures.spelling import symbol, words
from symlstm.notation.palette import Colour

LEFT, RIGHT = 66.0, 486.0
"""The edges of panels; at the left is room for the marks of an axis."""
TO_NAME = 12.0
"""How far from a panel the names of its lines are."""
SMALL = 11.0
"""The size of text at marks."""
NAMES_APART = 1.65
"""How far names are from one another, at least, in the size of their text."""
DOTTED = 20
"""Up to so many time steps, each has a dot on the line."""
UNNOTICED = 6.0
"""How far a name may be from its line's end before a thin line leads from one to the other."""


class Line(NamedTuple):
    """A line to draw: where it is at each time step, from 0 at the lower end of the axis to 1."""

    places: Floats
    first: int
    name: Spelled
    colour: Colour | None
    dashes: tuple[float, ...]
    meaning: Meaning | None = None
    width: float = 1.6
    size: float = TEXT


@dataclass(frozen=True)
class Panel:
    """A graph with time steps ``first`` to ``last`` to the right."""

    top: float
    height: float
    first: int
    last: int
    axis: Axis
    floor: float = 0.0
    """The room below the axis for what is exactly zero, where the axis has no place for it."""

    def x(self, step: float) -> float:
        """Return where a time step is; a single one is in the middle."""
        if self.first == self.last:
            return (LEFT + RIGHT) / 2
        inside = RIGHT - LEFT - 2 * _MARGIN
        return LEFT + _MARGIN + inside * (step - self.first) / (self.last - self.first)

    def y(self, part: float) -> float:
        """Return where a part of the axis is, from 0 at its lower end to 1."""
        return self.top + self.height * (1 - part)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height + self.floor

    @property
    def floor_middle(self) -> float:
        """Where zero is, below the axis."""
        return self.bottom - self.floor / 2

    def ground(self) -> Iterator[Piece]:
        """Yield what lines are drawn on: the panel, its marks, and a line at zero."""
        height = self.height + self.floor
        middle = Point((LEFT + RIGHT) / 2, self.top + height / 2)
        yield Box(middle, RIGHT - LEFT, height, 2, frame=True)
        marks = [(self.axis.part(coordinate), name) for coordinate, name in self.axis.marks]
        zero = self.axis.part(0) if self.axis.kind != "log" else None
        for part, name in marks:
            y = self.y(part)
            width = 0.9 if part == zero else 0.6
            if 0 < part < 1 or part == zero or self.floor:
                path = Point(LEFT, y), Point(RIGHT, y)
                yield Curve(path, None if part == zero else RULE, width=width, faint=part == zero)
            yield Label(Point(LEFT - 6, y), name, anchor="end", size=SMALL)
        if self.floor:
            yield Label(Point(LEFT - 6, self.floor_middle), spelled("0"), anchor="end", size=SMALL)

    def lines(self, lines: Sequence[Line]) -> Iterator[Piece]:
        """Yield lines, with their names at their right ends."""
        for line in lines:
            yield from self._line(line)
        ends = [self._end(line) for line in lines]
        between = NAMES_APART * max(line.size for line in lines)
        places = apart(ends, between, self.top + _ABOVE, self.bottom - _BELOW)
        for line, end, y in zip(lines, ends, places, strict=True):
            if abs(y - end) > UNNOTICED:
                path = Point(RIGHT + 1, end), Point(RIGHT + TO_NAME - 2, y)
                yield Curve(path, line.colour, width=0.6)
            at = Point(RIGHT + TO_NAME, y)
            yield Label(at, line.name, size=line.size, colour=line.colour, meaning=line.meaning)

    def _line(self, line: Line) -> Iterator[Piece]:
        points = [
            Point(self.x(line.first + k), self.y(place)) for k, place in enumerate(line.places)
        ]
        dotted = self.last - self.first <= DOTTED
        for there, run in groupby(points, key=lambda point: not math.isnan(point.y)):
            path = tuple(run)
            if not there:
                continue
            if len(path) > 1:
                yield Curve(path, line.colour, line.dashes, line.width, meaning=line.meaning)
            if dotted or len(path) == 1:
                yield from (Dot(point, 2.0, line.colour) for point in path)

    def _end(self, line: Line) -> float:
        """Return how high a line ends; one without numbers, in the middle."""
        known = [place for place in line.places if not math.isnan(place)]
        return self.y(known[-1] if known else 0.5)


_MARGIN = 8.0
_ABOVE, _BELOW = 2.0, 4.0


def time_marks(panel: Panel) -> Iterator[Piece]:
    """Yield the marks of the time axis below a panel, and its name."""
    for step in step_marks(panel.first, panel.last):
        x = panel.x(step)
        yield Curve((Point(x, panel.bottom), Point(x, panel.bottom + 4)), width=0.8, faint=True)
        name = words(str(step))
        yield Label(Point(x, panel.bottom + 18), name, anchor="middle", size=SMALL)
    yield Label(Point(RIGHT + TO_NAME, panel.bottom + 18), symbol("t"), size=SMALL)


def apart(places: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """Return places that are so far apart, each as near as it can be to where it was.

    They stay between ``low`` and ``high`` if there is room.

    >>> apart([10, 12, 40], 8, 0, 50)
    [7.0, 15.0, 40]
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    blocks: list[tuple[float, int]] = []  # the wanted place of a block's first name, how many
    for k in order:
        wanted, count = places[k], 1
        while blocks and blocks[-1][0] + blocks[-1][1] * distance > wanted:
            before, many = blocks.pop()
            wanted = (before * many + (wanted - many * distance) * count) / (many + count)
            count += many
        blocks.append((wanted, count))
    spread = [first + k * distance for first, count in blocks for k in range(count)]
    found = [0.0] * len(places)
    for rank, (k, place) in enumerate(zip(order, spread, strict=True)):
        after = (len(places) - 1 - rank) * distance
        found[k] = max(min(place, high - after), low + rank * distance)
    return found


def width_for(lines: Iterable[Line]) -> float:
    """Return the width of a figure in which the names of lines have room."""
    widest = max(line.name.width * line.size / TEXT for line in lines)
    return RIGHT + TO_NAME + max(62.0, 8.0 + widest)


def height_for(lines: Sequence[Line], usual: float) -> float:
    """Return the height of a panel in which the names of lines have room."""
    between = NAMES_APART * max(line.size for line in lines)
    return max(usual, (len(lines) - 1) * between + _ABOVE + _BELOW)
