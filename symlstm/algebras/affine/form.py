"""What a value is that remembers its errors: a ball, and a linear map of errors that are shared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import isfinite
from typing import Self, TypeAlias

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from symlstm.numbers.remembered import cached_property

Floats: TypeAlias = NDArray[np.float64]
Symbols: TypeAlias = NDArray[np.int64]
"""The errors that the columns of a form's generators belong to, each by a number of its own."""

ZERO, AROUND = arb(0), arb(0, 1)
ROUNDING = 2.0**-50
"""What eight roundings of float64 come to, relatively."""
TINY = 2.0**-500
"""More than what underflow takes of numbers, of their squares, and of sums of either."""


@dataclass(eq=False)
class Form(ABC):
    """A matrix of balls, and generators, (rows, columns, errors), or none.

    What is worked out once is kept with it: the middles and the radii of its balls in float64, a
    bound of what its generators come to, and the balls around all that it can be.
    """

    ball: arb_mat
    generators: Floats | None = None
    symbols: Symbols | None = None

    @staticmethod
    @abstractmethod
    def norms(generators: Floats) -> Floats:
        """Return a bound of what each entry's generators come to, (rows, columns)."""

    @classmethod
    @abstractmethod
    def aligned(cls, forms: Sequence[Self]) -> Sequence[Self]:
        """Return forms of the same errors, which are told by the same ``symbols``."""

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns it has."""
        return self.ball.nrows(), self.ball.ncols()

    @cached_property
    def size(self) -> Floats:
        """A bound of what the generators of each entry come to."""
        moved = self.generators
        return np.zeros(self.shape) if moved is None else self.norms(moved)

    @cached_property
    def hull(self) -> arb_mat:
        """The balls around all that it can be, worked out in the context of the algebra."""
        return self.ball if self.generators is None else widened(self.ball, self.size)

    @property
    def exact_middles(self) -> arb_mat:
        """The middles of the balls, as they are."""
        return self.ball.mid()

    @cached_property
    def middles(self) -> Floats:
        """The middles of the balls, each rounded to a float."""
        return self._each(map(float, self.ball.entries()))

    @cached_property
    def radii(self) -> Floats:
        """The radii of the balls, or more where they are so small that products underflow."""
        entries = self.ball.entries()
        rounded = self._each(map(float, map(arb.rad, entries)))
        if rounded.all():
            return np.maximum(rounded, TINY)
        exact = self._each(map(arb.is_exact, entries))
        return np.where(exact, 0.0, np.maximum(rounded, TINY))

    @cached_property
    def beside(self) -> Floats:
        """How far the balls reach from the middles as floats, with what rounding makes of those.

        It counts a rounding for each row or column, as there are in a sum over them, and some more.
        """
        return self.radii + (max(self.shape) + 4) * ROUNDING * np.abs(self.middles) + TINY

    def _each(self, numbers: Iterable[float]) -> Floats:
        rows, columns = self.shape
        return np.fromiter(numbers, np.float64, rows * columns).reshape(rows, columns)

    @cached_property
    def _entries(self) -> tuple[list[arb], list[arb]]:
        """The entries of its balls, and of those around all that it can be."""
        return self.ball.entries(), self.hull.entries()

    def rows(self, rows: slice) -> Self:
        """Return some rows, of which is known what is worked out once of all together."""
        columns, count = self.ncols(), rows.stop - rows.start
        taken = slice(rows.start * columns, rows.stop * columns)
        ball, hull = (arb_mat(count, columns, entries[taken]) for entries in self._entries)
        moved = None if self.generators is None else self.generators[rows]
        part = type(self)(ball, moved, self.symbols)
        vars(part).update(
            size=self.size[rows], hull=hull, middles=self.middles[rows], radii=self.radii[rows]
        )
        return part

    def settled(self) -> Self:
        """Return what encloses it and shares no error with anything."""
        return self if self.generators is None else type(self)(self.hull)

    # What others ask of a matrix of balls.

    def nrows(self) -> int:
        """Return how many rows it has."""
        return int(self.ball.nrows())

    def ncols(self) -> int:
        """Return how many columns it has."""
        return int(self.ball.ncols())

    def entries(self) -> list[arb]:
        """Return the balls around all that its entries can be, row by row."""
        entries: list[arb] = self.hull.entries()
        return entries


def generators_of(forms: Sequence[Form]) -> list[Floats] | None:
    """Return the generators of forms of the same errors, zeros for one without; or none at all."""
    errors = next((one.generators.shape[-1] for one in forms if one.generators is not None), None)
    if errors is None:
        return None
    return [
        np.zeros((*form.shape, errors)) if form.generators is None else form.generators
        for form in forms
    ]


def widened(ball: arb_mat, radii: Floats) -> arb_mat:
    """Return balls that are wider by so much; by no number at all, all that there is."""
    rows, columns = radii.shape
    rest = radii.ravel().tolist()
    if isfinite(sum(rest)):  # a matrix of numbers, multiplied at once
        return ball + arb_mat(rows, columns, rest) * AROUND
    return ball + arb_mat(rows, columns, list(map(arb, repeat(ZERO), rest)))


def bounding(found: Floats) -> Floats:
    """Return a bound with what may have underflowed; of what is exact, it is zero and stays so."""
    return found + TINY * (found > 0)
