"""Values beside all that rounding may have made of them, told by where it comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.running_error import SLACK, Arithmetic
from symlstm.numbers.remembered import cached_property

Floats = NDArray[np.float64]

LIKELY_ROUNDING = 2.0
"""n roundings come to no more than this times √n of them. It is not proven, but for all of 1 to 4.

Independent ones of mean zero do so nearly always: for n of them that are as large as they can be, a
bound of λ √n fails with probability 2 exp(-λ²/2), and partial sums are less than half as large as
the sum of all sizes, and roundings, on average, half of a unit, which makes λ larger than 8. N. J.
Higham and T. Mary, "A New Approach to Probabilistic Rounding Error Analysis" (2019).
"""
LIKELY_ERROR = 4.0
"""The sum of earlier errors is within so many times the root of the sum of their squares, likewise:
of what they may be at most, which is several times what they are."""


@dataclass
class ErrorForm:
    """A matrix of values, and how far off a run in some arithmetic may be.

    That is ``parts @ e`` for a vector ``e`` of numbers within ±1, one for each earlier error that
    is told apart, of shape (rows, how many), in a column alone; within ±``box``; and what the last
    operations round: up to ``roundings`` roundings of each of the terms whose sizes are added up in
    ``sizes``. They are not among the first two before it is known which sum they end up in, since
    its terms may be added in any order. Where terms are ``alike``, so may their roundings be.

    Of a value that was replaced by one that a run has, ``expected`` is what it was before.
    """

    value: Floats
    box: Floats
    parts: Floats | None = None
    roundings: int = 0
    sizes: Any = 0.0
    alike: bool = False
    expected: ErrorForm | None = None

    @cached_property
    def radius(self) -> Floats:
        """How far off the values may be, but for the last roundings."""
        if self.parts is None:
            return self.box
        likely = LIKELY_ERROR * np.sqrt(np.einsum("ij,ij->i", self.parts, self.parts))
        return self.box + np.fmin(abs(self.parts).sum(axis=1), likely)[:, None]

    @cached_property
    def repeats(self) -> bool:
        """Whether most of the values are equal in size to another one."""
        return bool(2 * np.unique(abs(self.value)).size <= self.value.size)

    @property
    def reach(self) -> Floats:
        """What the values are in size at most."""
        return abs(self.value) + self.radius

    def settled(self, arithmetic: Arithmetic) -> ErrorForm:
        """Return the form with its last roundings among its errors."""
        if not self.roundings:
            return self
        # Higham, section 3.1: products and sums of n terms in any order, fused or not.
        count: float = self.roundings
        if not self.alike:
            count = min(count, LIKELY_ROUNDING * math.sqrt(count))
        share = count * arithmetic.unit
        gamma = share / (1 - share) if share < 1 else np.inf
        rounding = gamma * self.sizes + self.roundings * arithmetic.smallest
        box = (self.box + rounding) * SLACK
        overflown = ~(abs(self.value) + self.radius + rounding <= arithmetic.largest)
        return ErrorForm(self.value, np.where(overflown, np.inf, box), self.parts)

    def boxed(self) -> None:
        """Tell the earlier errors apart no longer: what was boxed takes little room."""
        if self.parts is not None:
            self.box, self.parts = self.radius, None

    def boxes(self, chosen: NDArray[np.bool_]) -> None:
        """Tell only those of the earlier errors apart that are not ``chosen``."""
        if self.parts is not None:
            known = chosen[: self.parts.shape[1]]
            self.box = self.box + abs(self.parts[:, known]).sum(axis=1)[:, None]
            self.parts = self.parts[:, ~known]


def total(left: Floats | None, right: Floats | None) -> Floats | None:
    """Return the sum of the parts of two forms, of which one may tell fewer errors apart."""
    if left is None or right is None:
        return right if left is None else left
    if left.shape[1] < right.shape[1]:
        left, right = right, left
    summed = left.copy()
    summed[:, : right.shape[1]] += right
    return summed


def of_rows(form: ErrorForm, rows: NDArray[np.bool_]) -> Floats | None:
    """Return the errors that are told apart of some rows, and zeros for the others."""
    return None if form.parts is None else np.where(rows, form.parts, 0.0)


def product(left: ErrorForm, right: ErrorForm) -> ErrorForm:
    """Return the product of two forms entry by entry, or of one entry with all, not rounded."""
    value = left.value * right.value
    if value.shape[1] > 1:
        left, right = (ErrorForm(form.value, form.radius) for form in (left, right))
    box = (
        abs(left.value) * right.box + abs(right.value) * left.box + left.radius * right.radius
    ) * SLACK
    of_left = None if left.parts is None else right.value * left.parts
    of_right = None if right.parts is None else left.value * right.parts
    return ErrorForm(value, box, total(of_left, of_right))
