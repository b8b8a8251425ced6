"""How far values are from their references, and the report on what went wrong first."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symlstm.numbers.ulps import counted, plain

WIDTH = 80

AXES = {"over time": {1: (0, 2), 2: (0,), 3: ()}, "last": {0: (0, 1, 2), 1: (0, 1), 2: (1,)}}
"""The axes of (batch, T, units) that values over time, or after the last step, may leave out."""


class Position(NamedTuple):
    """Where a number stands: the step counts from 1, the sequence and the unit from 0.

    A last step of which nobody knows the number is infinity.
    """

    step: float
    sequence: int
    unit: int


@dataclass(frozen=True)
class Deviation:
    """A value by name, its reference and the ulps between them, each of shape (batch, T, units).

    ``first_step`` is the step that the first along T belongs to.
    """

    name: str
    actual: NDArray[Any]
    reference: NDArray[Any]
    ulps: NDArray[np.float64]
    first_step: float

    @property
    def worst(self) -> Position:
        """Where the largest distance is, the first of equals."""
        return self._place(np.unravel_index(np.argmax(self.ulps), self.ulps.shape))

    def beyond(self, max_ulp: float) -> int:
        """Return how many numbers are more than ``max_ulp`` from their references."""
        return int(np.count_nonzero(self.ulps > max_ulp))

    def first_beyond(self, max_ulp: float) -> Position:
        """Return the first place, in time, of a number that is."""
        return min(self._place(index) for index in np.argwhere(self.ulps > max_ulp))

    def at(self, place: Position) -> tuple[Any, Any, float]:
        """Return the number at a place, its reference and the ulps between them."""
        step = int(place.step - self.first_step) if math.isfinite(place.step) else 0
        index = place.sequence, step, place.unit
        return self.actual[index], self.reference[index], float(self.ulps[index])

    def _place(self, index: Any) -> Position:
        sequence, step, unit = map(int, index)
        return Position(self.first_step + step, sequence, unit)


def first_wrong(deviations: Sequence[Deviation], max_ulp: float) -> tuple[Deviation, Position]:
    """Return what is too far off first: in time, then in the order of ``deviations``."""
    wrong = [deviation for deviation in deviations if deviation.beyond(max_ulp)]
    first = min(wrong, key=lambda deviation: deviation.first_beyond(max_ulp).step)
    return first, first.first_beyond(max_ulp)


def report(deviations: Sequence[Deviation], max_ulp: float, dtype: str) -> str:
    """Return what to say of values of which some are too far off."""
    first, place = first_wrong(deviations, max_ulp)
    actual, reference, ulps = first.at(place)
    opening = (
        f"{first.name} is wrong first: at {where(place, first)} it is {counted(ulps)} of {dtype} "
        f"from its reference, and max_ulp is {plain(max_ulp)}. Steps count from 1, units and "
        "sequences from 0."
    )
    numbers = table(
        ["actual", str(actual), float(actual).hex()],
        ["reference", str(reference), float(reference).hex()],
    )
    rows = [["value", "too far off", "worst", "at"]]
    rows += [_row(deviation, max_ulp) for deviation in deviations]
    return "\n".join([textwrap.fill(opening, WIDTH), "", numbers, "", table(*rows)])


def _row(deviation: Deviation, max_ulp: float) -> list[str]:
    place = deviation.worst
    worst = counted(deviation.at(place)[2])
    off = f"{deviation.beyond(max_ulp)} of {deviation.ulps.size}"
    return [deviation.name, off, worst, where(place, deviation)]


def where(place: Position, deviation: Deviation) -> str:
    """Return a place in words; a sequence is named where there are several."""
    step = f"step {place.step}" if math.isfinite(place.step) else "the last step"
    sequence = f", sequence {place.sequence}" if len(deviation.ulps) > 1 else ""
    return f"{step}, unit {place.unit}{sequence}"


def table(*rows: Sequence[str]) -> str:
    """Return rows of text in columns, two spaces in and two between."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return textwrap.indent("\n".join(lines), "  ")
