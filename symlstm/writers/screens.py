"""Screens: how the lines of time steps come one after another on slides, beside their figures.

Lengths are in points, of a slide that is 160 mm wide and 90 mm high.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from symlstm.notation import LATEX, Token, Tokens, width
from symlstm.writers.document import TimeStep
from symlstm.writers.latex_layout import row_height
from symlstm.writers.line import Line

WIDTH, HEIGHT = 427.0, 208.0
"""The room of a slide below its title."""
LOW = 46.0
"""So high may lines be in a larger size than that of the text."""
BELOW = 84.0
"""So high may lines be that stand below a figure; higher ones take turns with it."""
ALIKE = 0.75
"""How large a figure has to be with lines below, beside one that has a slide for itself."""
AIR = 6.0
"""The room between a figure and the lines below it."""
LARGEST = 1.5
"""So much larger than on a page a figure may be."""
SMALLEST = 0.5
"""A figure that would be smaller is left out: its text would be less than 6 points high."""
MATRIX, MATRIX_ROW = 4, 1.25
"""What is so many lines high is a matrix, and how high these lines are if they are of fractions."""
LEADING = 1.24
"""How far apart lines of text are, in their size."""


class Size(NamedTuple):
    """A size of text: what LaTeX calls it, and how many points it is."""

    name: str
    points: float

    @property
    def room(self) -> float:
        """How many digits a line has room for."""
        return WIDTH / (self.points / 2)

    def high(self, rows: Sequence[Tokens]) -> float:
        """Return how high rows are."""
        return sum(map(self.row, rows)) + 3 * (len(rows) - 1)

    def row(self, tokens: Sequence[Token]) -> float:
        """Return how high a row is; between fractions in a matrix there is more room."""
        lines = row_height(list(tokens))
        highest = max((token.height for token in tokens), default=0)
        if highest >= MATRIX:
            lines = max(lines, MATRIX_ROW * highest)
        return lines * self.points * LEADING


SIZES = Size("Large", 14.4), Size("large", 12.0), Size("normalsize", 10.95)
NORMAL = SIZES[-1]
"""The size of text, below which no calculation is."""


@dataclass(frozen=True)
class Screen:
    """What is seen at once: rows of a line, with its left side or going on; the figure, or both."""

    line: Line | None
    rows: tuple[Tokens, ...] = ()
    goes_on: bool = False
    drawn: bool = True
    number: int = 0
    """How many lines of the step have been told, this one among them."""


@dataclass(frozen=True)
class Arrangement:
    """How time steps that look alike are told: lines below the figures, or in turns with them.

    ``high`` is the room for a line below a figure, if there is any, and ``scale`` how large figures
    are.
    """

    size: Size
    high: float
    scale: float

    def screens(self, step: TimeStep) -> Iterator[Screen]:
        """Yield what is seen of a step: first what is given, then a line at a time."""
        if not step.known:
            yield Screen(None)
        for number, line in enumerate((*step.known, *step.lines), start=not step.known):
            rows = _rows(line, self.size)
            if self.size.high(rows) <= self.high:
                yield Screen(line, tuple(rows), number=number)
                continue
            for k, part in enumerate(chunks(line, self.size, HEIGHT)):
                yield Screen(line, tuple(part), k > 0, False, number)
            yield Screen(None, number=number)

    def order(self, step: TimeStep) -> dict[tuple[str, int], int]:
        """Return from which screen on a figure shows each value, by name and time step."""
        told: list[tuple[str, int] | None] = [None, *(line.of for line in step.lines)]
        found: dict[tuple[str, int], int] = {}
        for place, screen in enumerate(self.screens(step), start=1):
            value = told[screen.number]
            if screen.drawn and value is not None:
                found.setdefault(value, place)
        return found


def arranged(steps: Sequence[TimeStep], picture: tuple[float, float]) -> Arrangement:
    """Return how to tell time steps with figures of one size."""
    lines = [line for step in steps for line in step.lines]
    size, high = _sized(lines, LOW)
    below, alone = scale(picture, HEIGHT - high - AIR), scale(picture, HEIGHT)
    if high <= BELOW and below >= ALIKE * alone:
        return Arrangement(size, high, below)
    size, _ = _sized(lines, HEIGHT)
    return Arrangement(size, 0.0, alone)


def scale(picture: tuple[float, float], high: float, wide: float = WIDTH) -> float:
    """Return how large a picture can be in so much room."""
    return min(wide / picture[0], high / picture[1], LARGEST)


def chunks(
    line: Line, size: Size, high: float, left: float | None = None
) -> Iterator[list[Tokens]]:
    """Yield the rows of a line, as many at a time as are not higher than that.

    ``left`` is the room for its left side, if that is not as wide as it is itself.
    """
    chunk: list[Tokens] = []
    for row in line.rows(size.room - (width(line.left) if left is None else left), LATEX):
        if chunk and size.high([*chunk, row]) > high:
            yield chunk
            chunk = []
        chunk.append(row)
    yield chunk


def _sized(lines: Sequence[Line], high: float) -> tuple[Size, float]:
    """Return the largest size in which no line is higher than that, and how high the highest is."""
    found = NORMAL, 0.0
    for size in SIZES:
        highest = max((size.high(_rows(line, size)) for line in lines), default=0.0)
        found = size, highest
        if highest <= high:
            break
    return found


def _rows(line: Line, size: Size) -> list[Tokens]:
    """Return the rows of a line that stands for itself."""
    return line.rows(size.room - width(line.left), LATEX)
