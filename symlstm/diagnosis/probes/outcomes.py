"""What mistakes come to, side by side: which give the same, and how near the others are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.diagnosis.screening.forward import Floats, Stacked
from symlstm.diagnosis.screening.observed import alike
from symlstm.diagnosis.setup import Setup
from symlstm.numbers.remembered import cached_property

OUTPUT = "sequence_out"
SAME = 2.0**-36
"""Outputs in float64 that are no further apart, relative to the largest, count as the same."""
NEAR = 2.0**-16
"""Of many outcomes, those are compared that are no further apart."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outputs over time as they are seen, a row each, relative to the largest right one."""

    rows: Floats

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """A number for each row, the same for rows that are the same: that of the first."""
        labels = np.arange(len(self.rows))
        for one, other, apart in self._near:
            if apart <= SAME:
                first, last = sorted((labels[one], labels[other]))
                labels[labels == last] = first
        return labels

    @cached_property
    def closest(self) -> list[tuple[float, int, int]]:
        """The rows that are near each other and not the same, the nearest first: how far, which."""
        labels = self.labels
        found = [
            (apart, int(labels[one]), int(labels[other]))
            for one, other, apart in self._near
            if labels[one] != labels[other]
        ]
        return sorted(found)

    @property
    def count(self) -> int:
        """How many different outcomes there are."""
        return len(np.unique(self.labels))

    @property
    def distance(self) -> float:
        """How far apart any two different outcomes are at least."""
        return self.closest[0][0] if self.closest else NEAR

    @cached_property
    def _near(self) -> list[tuple[int, int, float]]:
        """All rows that are near each other; of those that are the same, each with the next."""
        return list(near(self.rows, NEAR))


def near(rows: Floats, most: float) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of rows that are at most so far apart in any entry, with how far.

    Rows are ordered by a sum that tells them apart, so that near ones are near in the order. A row
    that is the same as the one before it is compared with nothing else.
    """
    weights = np.linspace(0.5, 1, rows.shape[1])
    with np.errstate(all="ignore"):  # where a mistake divides by zero
        sums = rows @ weights
    order = np.argsort(sums, kind="stable")
    order = order[np.isfinite(sums[order])]
    alone = np.ones(len(order), dtype=bool)
    for k in range(1, len(order)):
        distance = float(_apart(rows[order[k - 1]], rows[order[k]]))
        if distance <= SAME:
            alone[k] = False
            yield int(order[k - 1]), int(order[k]), distance
    order = order[alone]
    window = most * len(weights)
    for step in range(1, len(order)):
        close = np.flatnonzero(sums[order[step:]] - sums[order[:-step]] <= window)
        if not close.size:
            return
        ones, others = order[close], order[close + step]
        apart = _apart(rows[ones], rows[others])
        for at in np.flatnonzero(apart <= most):
            yield int(ones[at]), int(others[at]), float(apart[at])


def _apart(one: Floats, other: Floats) -> Any:
    return np.max(abs(one - other), axis=-1)


def outcomes(setups: Sequence[Setup], right: Setup) -> Outcomes:
    """Return what setups come to in float64, those of ``right`` first."""
    shape = right.inputs.shape[:2]
    found: list[Floats | None] = [None] * (len(setups) + 1)
    every = [right, *setups]
    for group in alike(every):
        chosen = [every[k] for k in group]
        with np.errstate(all="ignore"):
            values = Stacked(chosen).run([OUTPUT])[OUTPUT]
        for k, setup, one in zip(group, chosen, values, strict=True):
            found[k] = setup.shown(OUTPUT, one, (*shape, one.shape[-1]))
    assert found[0] is not None
    size, largest = found[0].size, abs(found[0]).max() or 1.0
    rows = np.full((len(every), size), np.nan)
    for row, one in zip(rows, found, strict=True):
        if one is not None and one.size == size:
            row[:] = one.ravel() / largest
    return Outcomes(rows)
