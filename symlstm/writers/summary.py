"""The summary: tables of every value, a row a time step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symlstm.expression import Quantity
from symlstm.notation import Notation, Token, joined
from symlstm.numbers import Array
from symlstm.printer import Printer

LONGEST_NUMBER = 24
"""Integers with more digits are abbreviated."""
GAP = 3.0
"""The room between two columns, in digits."""


@dataclass(frozen=True)
class Table:
    """Part of the summary: the values of some quantities, with the time step in front."""

    header: tuple[Token, ...]
    rows: tuple[tuple[Token, ...], ...]


def summary(
    columns: Mapping[Quantity, Sequence[Array]], notation: Notation, width: float
) -> tuple[Table, ...]:
    """Return the values of quantities over time in as many tables as ``width`` asks for."""
    notation = notation.inline
    printer = Printer(notation, longest_number=LONGEST_NUMBER)
    shown = [
        [joined(printer.formula(quantity)), *(joined(printer.value(value)) for value in values)]
        for quantity, values in columns.items()
    ]
    times = [
        notation.symbol("t"),
        *(notation.integer(step, digits=LONGEST_NUMBER) for step in range(1, len(shown[0]))),
    ]
    return tuple(
        Table(header, tuple(rows))
        for group in _fitting(shown, width - _width(times))
        for header, *rows in [list(zip(times, *group, strict=True))]
    )


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
