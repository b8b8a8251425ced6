"""Print numbers and matrices of them: exact ones, decimals and enclosures, long ones in part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np
import sympy
from flint import arb, fmpq

from symlstm.notation import ENCLOSED, Notation, Token, Tokens
from symlstm.numbers import decimals
from symlstm.numbers.arrays import Array
from symlstm.numbers.asked import Blank, Filled
from symlstm.numbers.exact import Interval, real

LARGEST_MATRIX = 8
"""Matrices with more rows or columns are elided."""
WIDEST_MATRIX = 72.0
"""Matrices wider than this many digits show fewer columns."""


@dataclass(frozen=True)
class Numerals:
    """Prints numbers in a notation.

    Integers of more than ``longest_number`` digits are abbreviated; the notation knows how many.
    With ``digits``, numbers are certified decimals of so many significant digits: what is a short
    decimal or fraction is exact, another one the nearest decimal, and what is not known well enough
    for that is an interval that encloses it.

    A `Decimal` is printed as it is, with the zeros at its end. Where numbers are ``blank`` there is
    room for them. What has been printed is kept: a document has the same matrix in many places.
    """

    notation: Notation
    longest_number: int | None = None
    digits: int | None = None
    blank: bool = False
    _printed: dict[Any, tuple[Array, Tokens]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By the shape of a matrix and the numbers in it, which are kept so that they stay the same."""

    def value(self, entries: Array) -> Tokens:
        """Return a matrix or, for a single entry, a number.

        Entries are SymPy rationals; with ``digits``, they may be intervals and balls, too;
        and any of them may be decimals. What a page asks for is blank, or filled in.
        """
        if isinstance(entries, Blank):
            return replace(self, blank=True).value(entries.view(np.ndarray))
        if isinstance(entries, Filled):
            shown = self.value(entries.view(np.ndarray))
            return [token._replace(strong=True) for token in shown]
        key = (entries.shape, *map(id, entries.flat))
        if key not in self._printed:
            self._printed[key] = entries.copy(), self._print(entries)
        return [*self._printed[key][1]]

    def fraction(self, value: sympy.Rational) -> Token:
        """Return a rational number as it is."""
        return self._fraction(value, self._longest)

    def _print(self, entries: Array) -> Tokens:
        if entries.size == 1:
            return [self._number(entries.flat[0], self._longest)]
        return self._matrix(entries)

    @property
    def _longest(self) -> int:
        return self.longest_number or self.notation.longest_number

    def _number(self, value: Any, longest: int, *, enclosed: bool = False) -> Token:
        number = self._spelled(value, longest, enclosed=enclosed)
        return self.notation.blank(number) if self.blank else number

    def _spelled(self, value: Any, longest: int, *, enclosed: bool) -> Token:
        if isinstance(value, Decimal):
            return self.notation.decimal(value)
        if self.digits is None:
            return self._fraction(value, longest)
        known = _known(value)
        exact = decimals.exact(known, self.digits) if isinstance(known, fmpq) else None
        if isinstance(exact, Decimal):
            return self.notation.decimal(exact)
        if exact is not None:
            return self._fraction(exact, longest)
        nearest = None if enclosed else decimals.nearest_decimal(known, self.digits)
        if nearest is not None:
            return self.notation.decimal(nearest, rounded=True)
        if isinstance(known, arb) and not known.is_finite():
            return self.notation.unbounded
        return self.notation.enclosure(*decimals.enclosing(real(known), self.digits))

    def _fraction(self, value: sympy.Rational | fmpq, longest: int) -> Token:
        above, below = int(value.p), int(value.q)
        if below == 1:
            return self.notation.integer(above, digits=longest)
        magnitude = self.notation.integer(abs(above), digits=longest)
        denominator = self.notation.integer(below, digits=longest)
        return self.notation.fraction(magnitude, denominator, negative=above < 0)

    def _matrix(self, entries: Array) -> Tokens:
        rows, columns = entries.shape
        shown_rows = _shown(rows, LARGEST_MATRIX)
        most = min(columns, LARGEST_MATRIX)
        while True:
            tokens = self._elided(entries, shown_rows, _shown(columns, most))
            if max(token.width for token in tokens) <= WIDEST_MATRIX or most <= 2:
                return tokens
            most -= 1

    def _elided(self, entries: Array, rows: list[int | None], columns: list[int | None]) -> Tokens:
        longest = self._longest if len(columns) == 1 else min(24, self._longest)
        shown = self._entries(entries, rows, columns, longest)
        if any(entry.certainty == ENCLOSED for row in shown for entry in row):
            # A matrix is near the true one or around it, as a whole.
            shown = self._entries(entries, rows, columns, longest, enclosed=True)
        whole = None not in rows and None not in columns
        return self.notation.matrix(shown, None if whole else entries.shape)

    def _entries(
        self,
        entries: Array,
        rows: list[int | None],
        columns: list[int | None],
        longest: int,
        *,
        enclosed: bool = False,
    ) -> list[Tokens]:
        across, down, both = self.notation.ellipsis
        return [
            [
                (both if row is None else across)
                if column is None
                else (
                    down
                    if row is None
                    else self._number(entries[row, column], longest, enclosed=enclosed)
                )
                for column in columns
            ]
            for row in rows
        ]


def is_enclosed(value: Any, digits: int) -> bool:
    """Say whether a number is not known to so many digits, so that an interval stands for it."""
    return decimals.nearest_decimal(_known(value), digits) is None


def is_rounded(value: sympy.Rational, digits: int) -> bool:
    """Say whether a number is rounded where there are so many digits."""
    return decimals.exact(fmpq(int(value.p), int(value.q)), digits) is None


def _known(value: Any) -> fmpq | Interval | arb:
    """Return what is known of a number: itself, or an interval or a ball that it is in."""
    exact = not isinstance(value, arb) or (value.is_exact() and value.is_finite())
    return real(value) if exact else value


def _shown(size: int, most: int) -> list[int | None]:
    """Return the indices to show of ``size``, with ``None`` where some are left out."""
    if size <= most:
        return list(range(size))
    return [*range(most - 2), None, size - 1]
