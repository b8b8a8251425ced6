"""Heat maps: units by time steps, a map for each gate and state, with its range beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from symlstm.cells.colours import gate_colours
from symlstm.figures.axes import spelled, step_marks
from symlstm.figures.panels import SMALL
from symlstm.figures.readings import Course, courses, is_number
from symlstm.figures.scene import TEXT, Curve, Group, Label, Meaning, Piece, Point, Scene, pieces
from symlstm.figures.spelling import symbol, words
from symlstm.figures.tiles import FEWER_SHADES, MANY, SHADES, Range, range_of, scale, tiles
from symlstm.notation.palette import Colour
from symlstm.runs.trace import Trace

LEFT, RIGHT = 72, 96
"""The room for the names, and for the ranges."""
SPAN, TALL = 400, 112
"""About how wide a map is, and how high."""
WIDEST, HIGHEST, LOWEST = 24, 20, 2
"""How wide the square of a time step may be, and how high that of a unit, at most and at least."""
LEGEND = 42
"""How high a map has to be for its range to stand beside it."""
BETWEEN = 16
"""The room from one map to the next."""
FOR_A_STEP = 34
"""How far marks of the time axis are from one another."""
NARROWEST = 240
"""The width of a figure of few time steps."""


def heat_map(trace: Trace[Any], name: str | None = None, sequence: int = 0) -> Scene:
    """Return the gates and the states of a run over time, or one value ``name``, as heat maps.

    A row is a unit and a column a time step. The range of each map stands beside it: in the gate's
    colour or, where there are negative numbers, from blue through zero to vermillion. Balls are
    shown by their middles, and what is no number is left blank.

    Raises `CellError` for a symbolic trace or an unknown name, and `TooLargeError` for more numbers
    than a page may be about.
    """
    names = [one.lhs.name for one in trace.cell.equations] if name is None else [name]
    found = courses(trace, names, sequence)
    first = min(course.first for course in found)
    columns = len(trace) + 1 - first
    width = max(1, min(WIDEST, SPAN // columns))
    groups, bottom = _maps(trace, found, first, width)
    marks = [*_time_marks(first, len(trace), width, bottom)]
    if not all(is_number(*course.middle).all() for course in found):
        bottom += BETWEEN
        place = Point(LEFT, bottom + 14)
        marks.append(Label(place, words("blank: no number"), size=SMALL, faint=True))
    shown = ", ".join(symbol(name).plain for name in names)
    return Scene(
        max(LEFT + width * columns + RIGHT, NARROWEST, _right_end(groups)),
        bottom + 26,
        f"{trace.cell.named()} over {len(trace)} time steps, unit by unit",
        f"Heat maps, a row a unit and a column a time step: {shown}.",
        (*groups, Group("time", tuple(marks))),
    )


def _maps(
    trace: Trace[Any], found: Sequence[Course], first: int, width: int
) -> tuple[list[Group], int]:
    """Return the maps, each beneath the one before, and where the last one ends."""
    squares = sum(course.middle.value.size for course in found)
    shades = FEWER_SHADES if squares > MANY else SHADES
    groups, top = [], BETWEEN
    for course in found:
        left = LEFT + width * (course.first - first)
        map_ = _Map(trace, course, top, left, width, shades)
        groups.append(Group(course.name, tuple(map_.pieces())))
        top += max(map_.height, LEGEND) + BETWEEN
    return groups, top - BETWEEN


def _right_end(groups: list[Group]) -> float:
    """Return how far to the right the texts reach, with a margin."""
    labels = (piece for piece in pieces(groups) if isinstance(piece, Label) and piece.head)
    return 6 + max(one.at.x + one.head.width * one.size / TEXT for one in labels if one.head)


class _Map(NamedTuple):
    """One map: a value, where it begins, and how wide a time step is."""

    trace: Trace[Any]
    course: Course
    top: int
    left: int
    width: int
    shades: int

    def pieces(self) -> Iterator[Piece | Group]:
        """Yield the map, its name, and its range."""
        numbers = self.course.middle
        range_ = range_of(numbers, self.shades)
        levels = range_.levels(numbers)
        colour = self.colour
        yield self._name(range_)
        if self.rows > 1:
            yield self._unit(1, self.row / 2)
            yield self._unit(self.rows, self.height - self.row / 2)
        shown = None if range_.both else colour
        corner = Point(self.left, self.top)
        yield from tiles(levels, self.shades, corner, (self.width, self.row), shown)
        yield Group(f"{self.course.name}-range", tuple(self._range(range_, shown)))

    @property
    def colour(self) -> Colour | None:
        """The colour of a gate."""
        return gate_colours(self.trace.cell).get(self.course.name)

    @property
    def rows(self) -> int:
        """How many units there are."""
        return len(self.course.middle.value)

    @property
    def row(self) -> int:
        """How high a unit is."""
        return max(LOWEST, min(HIGHEST, TALL // self.rows))

    @property
    def height(self) -> int:
        """How high the map is."""
        return self.row * self.rows

    def _name(self, range_: Range) -> Label:
        low, high = (range_.spelled(end).plain for end in (range_.low, range_.high))
        program = self.trace.cell.program
        equation = next((str(one) for one in program if one.lhs.name == self.course.name), "")
        meaning = Meaning(self.course.name, None, f"{low} to {high}", equation, "is from")
        place = Point(10, self.top + self.height / 2)
        return Label(place, symbol(self.course.name, "t"), colour=self.colour, meaning=meaning)

    def _unit(self, number: int, down: float) -> Label:
        place = Point(LEFT - 6, self.top + down)
        return Label(place, words(str(number)), anchor="end", size=SMALL)

    def _range(self, range_: Range, colour: Colour | None) -> Iterator[Piece]:
        """Yield the shades, from the highest to the lowest, with the numbers at their ends."""
        height = max(self.height, LEGEND)
        left = self.left + self.width * self.course.middle.value.shape[1] + 14
        yield from scale(range_, Point(left, self.top), (9, height), colour)
        marks = {0.0: range_.spelled(range_.high), 1.0: range_.spelled(range_.low)}
        if range_.low == range_.high:
            marks = {0.5: range_.spelled(range_.high)}
        if range_.both and height > 5 * SMALL:
            marks[0.5] = spelled("0")
        for part, name in marks.items():
            yield Label(Point(left + 15, self.top + 5 + (height - 10) * part), name, size=SMALL)
        if range_.logarithmic:
            place = Point(left + 15, self.top + height * (0.25 if 0.5 in marks else 0.5))
            yield Label(place, words("log"), size=9.0, faint=True)


def _time_marks(first: int, last: int, width: int, bottom: float) -> Iterator[Piece]:
    columns = last - first + 1
    for step in step_marks(first, last, most=min(10, max(1, columns * width // FOR_A_STEP))):
        x = LEFT + width * (step - first + 0.5)
        yield Curve((Point(x, bottom + 2), Point(x, bottom + 6)), width=0.8, faint=True)
        place = Point(x, bottom + 14)
        yield Label(place, words(str(step)), anchor="middle", size=SMALL)
    yield Label(Point(LEFT + width * columns + 18, bottom + 14), symbol("t"), size=SMALL)
