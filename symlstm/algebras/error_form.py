"""Values beside all that rounding may have made of them, told by where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.running_error import SLACK, Arithmetic

Floats = NDArray[np.float64]


@dataclass
class ErrorForm:
    """A matrix of values, and how far off a run in some arithmetic may be.

    That is ``parts @ e`` for a vector ``e`` of numbers within ±1, one for each earlier error that
    is told apart, of shape (rows, how many), in a column alone; within ±``box``; and what the last
    operations round: up to ``roundings`` roundings of each of the terms whose sizes are added up in
    ``sizes``. They are not among the first two before it is known which sum they end up in, since
    its terms may be added in any order.

    Of a value that was replaced by one that a run has, ``expected`` is what it was before.
    """

    value: Floats
    box: Floats
    parts: Floats | None = None
    roundings: int = 0
    sizes: Any = 0.0
    expected: ErrorForm | None = None

    @cached_property
    def radius(self) -> Floats:
        """How far off the values may be at most, but for the last roundings."""
        return self.box if self.parts is None else self.box + abs(self.parts).sum(axis=1)[:, None]

    @property
    def reach(self) -> Floats:
        """What the values are in size at most."""
        return abs(self.value) + self.radius

    def settled(self, arithmetic: Arithmetic) -> ErrorForm:
        """Return the form with its last roundings among its errors."""
        if not self.roundings:
            return self
        # Higham, section 3.1: products and sums of n terms in any order, fused or not.
        share = self.roundings * arithmetic.unit
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
