"""Numbers of vectors and matrices as a table has them: few of many, each with what it claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from flint import arb, fmpz

from symlstm.figures.spelling import DIGITS, Numbers
from symlstm.notation import PLAIN
from symlstm.numbers.arrays import Array
from symlstm.numbers.decimals import nearest_decimal
from symlstm.numbers.exact import real
from symlstm.numbers.precision import precision

FEW = 4
"""Vectors and matrices of more rows or columns show the first two and the last."""
LONG = 2_000
"""Exact numbers of more bits are rounded by way of a ball, which takes no time."""
LONGEST = 30_000_000
"""Of numbers of more bits, only the size is told."""
SIGNS = "=≈∈"
"""What stands before numbers that are exact, rounded and enclosed."""


class Entry(NamedTuple):
    """A number: its text, the sign that it stands after, and all of it, where that is more."""

    text: str
    sign: str = "="
    whole: str = ""


@dataclass(frozen=True)
class Block:
    """A number, a vector or a matrix: rows of entries; ``size`` is that of a matrix that is cut."""

    rows: tuple[tuple[Entry, ...], ...]
    size: tuple[int, ...] | None = None

    @property
    def entries(self) -> list[Entry]:
        """The numbers in it, without what stands for those left out."""
        return [entry for row in self.rows for entry in row if entry not in DOTS]

    @property
    def sign(self) -> str | None:
        """The one sign that all numbers may stand after; ``None`` where each needs its own.

        What is exact may stand after ≈ in one vector with others; what is near a number is not said
        to contain it.
        """
        signs = {entry.sign for entry in self.entries}
        if len(signs) > 1 and SIGNS[2] in signs:
            return None
        return max(signs, key=SIGNS.index, default=SIGNS[0])

    @property
    def width(self) -> int:
        """How many characters its widest row has in plain text."""
        return max(len("  ".join(entry.text for entry in row)) for row in self.rows)


DOTS = ACROSS, DOWN, BOTH = Entry("⋯"), Entry("⋮"), Entry("⋱")
"""What stands for columns, rows and both that are left out."""

ELIDED = Block(((ACROSS,),))
"""What stands for whole values that are left out."""


def few(count: int, most: int = FEW) -> list[int | None]:
    """Return the indices to show of so many, with ``None`` where some are left out.

    >>> few(3), few(1000)
    ([0, 1, 2], [0, 1, None, 999])
    """
    return list(range(count)) if count <= most else [*range(most - 2), None, count - 1]


def kept(indices: Iterable[int | None]) -> list[int]:
    """Return the indices that are shown."""
    return [index for index in indices if index is not None]


def block(entries: Array, numbers: Numbers, size: tuple[int, int] | None = None) -> Block:
    """Return a matrix as a block; of one that is cut already, ``size`` is that of the whole."""
    height, width = size or entries.shape
    rows, columns = few(height), few(width)
    places = [
        {index: k if size else index for k, index in enumerate(kept(shown))}
        for shown in (rows, columns)
    ]

    def shown(row: int | None, column: int | None) -> Entry:
        if row is None or column is None:
            return DOWN if column is not None else ACROSS if row is not None else BOTH
        return entry(entries[places[0][row], places[1][column]], numbers)

    made = tuple(tuple(shown(row, column) for column in columns) for row in rows)
    return Block(made, (height, width) if width > 1 and None in [*rows, *columns] else None)


def entry(value: Any, numbers: Numbers) -> Entry:
    """Return a number of a trace, spelled as figures spell it."""
    bits = long_bits(value)
    if bits > LONGEST:
        return Entry(f"a number of about {bits * 0.30103:,.0f} digits", "≈")
    if bits > LONG:
        return Entry(_rounded(value), "≈")
    single = np.array([[value]], dtype=object)
    (spelled,), sign = numbers.column(single), numbers.relation(single).plain
    return Entry(spelled.plain, sign, "" if sign == "=" else numbers.whole(single))


def long_bits(value: Any) -> int:
    """Return how many bits an exact number has; one that is not exact has none to speak of."""
    if not hasattr(value, "p") or not hasattr(value, "q"):
        return 0
    return int(value.p).bit_length() + int(value.q).bit_length()


def _rounded(value: Any) -> str:
    """Return a long number, rounded: a ball around it decides, or else the number itself."""
    above, below = fmpz(int(value.p)), fmpz(int(value.q))
    tens = int((above.bit_length() - below.bit_length()) * 0.30103)
    with precision(128 + abs(tens).bit_length()):
        scaled = arb(above) / arb(below) / arb(10) ** tens
        known = real(scaled)
    found = nearest_decimal(known, DIGITS)
    if found is None:
        return f"a number of about {tens:,} digits"
    sign, digits, exponent = found.as_tuple()
    assert isinstance(exponent, int)
    text = PLAIN.decimal(Decimal((sign, digits, exponent + tens)), rounded=True).text
    return text.replace("-", "−")
