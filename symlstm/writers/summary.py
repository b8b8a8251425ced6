"""Summaries: tables of values, with a label in front of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symlstm.equations.numerals import Numerals
from symlstm.notation import Notation, Token, joined
from symlstm.numbers.arrays import Array

LONGEST_NUMBER = 24
"""Integers with more digits are abbreviated."""
GAP = 3.0
"""The room between two columns, in digits."""
BETWEEN = 4.0
"""The room between two tables, in digits."""
NOTHING = Token("", 0)
LONG = 16
"""How many rows a table may have that stands in one piece."""
LONGEST = 40
"""How many rows fit on a page."""


@dataclass(frozen=True)
class Table:
    """Part of a summary: the values of some quantities, with a label in front of each row."""

    header: tuple[Token, ...]
    rows: tuple[tuple[Token, ...], ...]

    @property
    def width(self) -> float:
        """How many digits wide it is, at least."""
        columns = zip(self.header, *self.rows, strict=True)
        return sum(_width(column) + GAP for column in columns) - GAP

    def cut(self, room: float) -> tuple[Table, ...]:
        """Return a long table in parts, as many as can stand side by side in so much room."""
        beside = int((room + BETWEEN) // (self.width + BETWEEN))
        if len(self.rows) <= LONG:
            return (self,)
        height = min(-(-len(self.rows) // max(1, beside)), LONGEST)
        starts = range(0, len(self.rows), height)
        return tuple(Table(self.header, self.rows[start : start + height]) for start in starts)


def tables(
    columns: Mapping[Token, Sequence[Array | None]],
    labels: Sequence[Token],
    notation: Notation,
    width: float,
    digits: int | None = None,
) -> tuple[Table, ...]:
    """Return the values of quantities in as many tables as ``width`` asks for.

    ``columns`` has the values by what stands above them; ``labels`` begins with what stands above
    the labels of the rows. What is ``None`` is left empty. With ``digits``, numbers are certified
    decimals; see `Numerals`.
    """
    notation = notation.inline
    numerals = Numerals(notation, LONGEST_NUMBER, digits)
    shown = [
        [header, *(NOTHING if one is None else joined(numerals.value(one)) for one in values)]
        for header, values in columns.items()
    ]
    return tuple(
        Table(header, tuple(rows))
        for group in _evenly(shown, width - _width(labels))
        for header, *rows in [list(zip(labels, *group, strict=True))]
    )


def _evenly(columns: list[list[Token]], room: float) -> list[list[list[Token]]]:
    """Return the columns in as few groups as fit, in order, none much wider than the others."""
    groups = list(_fitting(columns, room))
    widest = int(max(_width(column) + GAP for column in columns))
    for less in range(int(room), widest, -1):
        narrower = list(_fitting(columns, less))
        if len(narrower) > len(groups):
            break
        groups = narrower
    return groups


def _fitting(columns: list[list[Token]], room: float) -> Iterator[list[list[Token]]]:
    """Yield the columns in groups that fit, in order."""
    group: list[list[Token]] = []
    for column in columns:
        if group and sum(_width(one) + GAP for one in [*group, column]) > room:
            yield group
            group = []
        group.append(column)
    yield group


def _width(column: Sequence[Token]) -> float:
    return max(token.width for token in column)
