"""How lines are set out in LaTeX: in rows that stay together, and in columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from symlstm.notation import LATEX, Tokens, width
from symlstm.writers.line import Line, left_width

TOGETHER = 16
"""So many rows of lines stay on one page; of more, none is broken between two."""
TALL = 1.5
"""A row that is higher than so many lines of text, as one with fractions, has air around it."""
WORK = 24
"""How many points of room there are below what asks for a number, to work it out."""
ASKS = WORK / 12
"""The same, in lines of text."""
GAP = 6
"""The room between columns of lines, in digits."""

Spelled = Callable[[Tokens], str]


class _Row(NamedTuple):
    """A row as it is spelled, with its height, and that of those that its line goes on in.

    Below what ``asks`` for a number there is room to work it out.
    """

    shown: str
    height: float
    goes_on: float = 0.0
    asks: bool = False


def aligned(
    lines: Sequence[Line],
    room: float,
    spelled: Spelled,
    end: Callable[[int], str] | None = None,
    goes_on: str = "",
    pages: bool = True,
) -> str:
    """Return lines as the body of an ``align*`` or ``aligned``, a row for each row.

    ``end`` says what stands at the end of each line, by its number from 1, and ``goes_on`` what
    does at the end of each row with which its line does not end. Where there are ``pages``, none
    ends within a line, within few rows, or after the first or before the last of many.
    """
    shown: list[_Row] = []
    for number, (line, rows) in enumerate(zip(lines, broken(lines, room), strict=True), start=1):
        left = f"  {spelled(line.left)} &"
        heights = [row_height(row) for row in rows]
        for place, row in enumerate(rows, start=1):
            further = sum(heights[place:])
            closed = goes_on if further else end(number) if end else ""
            row_shown = f"{left}{spelled(row).lstrip()}{closed}"
            asks = not further and line.has_blanks
            shown.append(_Row(row_shown, heights[place - 1] + ASKS * asks, further, asks))
            left = "   &"
    return "".join(_separated(shown)) if pages else " \\\\\n".join(row.shown for row in shown)


def room_below(lines: Sequence[Line]) -> str:
    """Return the room below lines whose last one asks for a number."""
    return rf"\vspace{{{WORK}pt}}" if lines and lines[-1].has_blanks else ""


def in_columns(lines: Sequence[Line], room: float, spelled: Spelled) -> str:
    """Return lines as the body of an ``align*``, in as many columns as have room, one by one."""
    count = _columns(lines, room)
    if count < 2:
        return aligned(lines, room, spelled)
    height = -(-len(lines) // count)
    shown = []
    for row in range(height):
        pairs = [(line.left, line.rows(room, LATEX)[0]) for line in lines[row::height]]
        cells = (f"{spelled(left)} &{spelled(right).lstrip()}" for left, right in pairs)
        shown.append(_Row("  " + " & ".join(cells), max(row_height(right) for _, right in pairs)))
    return "".join(_separated(shown))


def broken(lines: Sequence[Line], room: float) -> list[list[Tokens]]:
    """Return the rows of each line, next to the widest left side."""
    right = room - left_width(lines)
    return [line.rows(right, LATEX) for line in lines]


def natural(lines: Sequence[Line], room: float) -> float:
    """Return how wide lines are that have so much room."""
    return left_width(lines) + max(width(row) for rows in broken(lines, room) for row in rows)


def height(lines: Sequence[Line], room: float) -> float:
    """Return how many lines of text lines are as high as that have so much room."""
    return sum(row_height(row) for rows in broken(lines, room) for row in rows)


def _columns(lines: Sequence[Line], room: float) -> int:
    if not lines or any(len(rows) > 1 for rows in broken(lines, room)):
        return 1
    count = int((room + GAP) // (natural(lines, room) + GAP))
    return max(1, min(count, len(lines) // 2))


def row_height(row: Tokens) -> float:
    """Return how many lines of text a row is as high as: of one with fractions, nearly two."""
    return 1 + 0.8 * max((token.height for token in row), default=0)


def _separated(rows: Sequence[_Row]) -> Iterator[str]:
    """Yield rows and, between them, where they begin and whether a page may end there."""
    last, together = len(rows), sum(row.height for row in rows) <= TOGETHER
    for number, row in enumerate(rows, start=1):
        yield row.shown
        if number < last:
            within = row.goes_on and row.height + row.goes_on <= TOGETHER
            alone = number in {1, last - 1} and row.height + rows[number].height <= TOGETHER
            tall = max(row.height, rows[number].height) > TALL
            air = f"[{WORK}pt]" if row.asks else "[4pt]" if tall else ""
            yield f" \\\\{'*' if together or within or alone else ''}{air}\n"
