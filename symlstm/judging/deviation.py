"""How far values are from their references, and the report on what went wrong first."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
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

    ``first_step`` is the step that the first along T belongs to; NaN for what belongs to none.
    ``entry`` says what the last axis counts, where it is not units. ``backward`` says that the last
    step was computed first. ``bound`` is how far rounding explains that a number is off, if known.
    ``said`` is what people call the value.
    """

    name: str
    actual: NDArray[Any]
    reference: NDArray[Any]
    ulps: NDArray[np.float64]
    first_step: float
    entry: Callable[[int], str] | None = None
    backward: bool = False
    bound: NDArray[np.float64] | None = None
    said: str = ""

    @property
    def worst(self) -> Position:
        """Where the largest distance is, the first of equals."""
        return self.place(np.unravel_index(np.argmax(self.ulps), self.ulps.shape))

    def beyond(self, max_ulp: float) -> int:
        """Return how many numbers are more than ``max_ulp`` from their references."""
        return int(np.count_nonzero(self.ulps > max_ulp))

    def first_beyond(self, max_ulp: float) -> Position:
        """Return the first place, in the order of computation, of a number that is."""
        return self.first(self.ulps > max_ulp)

    def first(self, wrong: NDArray[np.bool_]) -> Position:
        """Return the first place, in the order of computation, where it is ``wrong``."""
        return min((self.place(index) for index in np.argwhere(wrong)), key=self.when)

    def where(self, place: Position) -> str:
        """Return a place in words; a sequence is named where there are several."""
        unit = self.entry(place.unit) if self.entry else f"unit {place.unit}"
        sequence = f", sequence {place.sequence}" if len(self.ulps) > 1 else ""
        if math.isnan(place.step):
            return f"{unit}{sequence}"
        step = f"step {place.step}" if math.isfinite(place.step) else "the last step"
        return f"{step}, {unit}{sequence}"

    def when(self, place: Position) -> tuple[float, ...]:
        """Return what places are ordered by: what belongs to no step is known last."""
        step = math.inf if math.isnan(place.step) else place.step
        is_late = math.isnan(place.step)
        return is_late, -step if self.backward and not is_late else step, *place[1:]

    def at(self, place: Position) -> tuple[Any, Any, float]:
        """Return the number at a place, its reference and the ulps between them."""
        index = self.index(place)
        return self.actual[index], self.reference[index], float(self.ulps[index])

    def index(self, place: Position) -> tuple[int, int, int]:
        """Return where in the arrays a place is."""
        step = int(place.step - self.first_step) if math.isfinite(place.step) else 0
        return place.sequence, step, place.unit

    def place(self, index: Any) -> Position:
        """Return where an index into the arrays is."""
        sequence, step, unit = map(int, index)
        return Position(self.first_step + step, sequence, unit)


def first_wrong(deviations: Sequence[Deviation], max_ulp: float) -> tuple[Deviation, Position]:
    """Return what is too far off first: in time, then in the order of ``deviations``."""
    wrong = [deviation for deviation in deviations if deviation.beyond(max_ulp)]
    first = min(wrong, key=lambda one: one.when(one.first_beyond(max_ulp))[:2])
    return first, first.first_beyond(max_ulp)


def report(deviations: Sequence[Deviation], max_ulp: float, dtype: str) -> str:
    """Return what to say of values of which some are too far off."""
    first, place = first_wrong(deviations, max_ulp)
    actual, reference, ulps = first.at(place)
    opening = (
        f"{first.said} is wrong first: at {first.where(place)} it is {counted(ulps)} of {dtype} "
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
    return [deviation.said, off, worst, deviation.where(place)]


def table(*rows: Sequence[str]) -> str:
    """Return rows of text in columns, two spaces in and two between."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return textwrap.indent("\n".join(lines), "  ")
