"""Tiles: numbers as squares of a few shades, in as few runs as will do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symlstm.figures.axes import coordinates, grown, short
from symlstm.figures.readings import Reading
from symlstm.figures.scene import Point, Spelled, Tiles
from symlstm.notation.palette import Colour

SHADES, FEWER_SHADES = 8, 5
"""How many shades there are for numbers above zero, and as many for those below."""
MANY = 30_000
"""From so many squares on, there are fewer shades: a figure stays small, and reads as well."""
NONE = 100
"""The level of what is no number."""
NEAR_ZERO = 0.25
"""A range on one side of zero begins there if its nearer end is so small beside the other one."""

Levels = NDArray[np.int64]


class Range(NamedTuple):
    """What the shades of a map reach from and to, after `coordinates`."""

    logarithmic: bool
    low: float
    high: float
    shades: int = SHADES

    @property
    def both(self) -> bool:
        """Whether there are numbers on both sides of zero, which is in the middle then."""
        return self.low < 0 < self.high

    @property
    def scale(self) -> Levels:
        """The levels of the shades, from the lowest to the highest."""
        least = -self.shades if self.low < 0 else 0
        most = 0 if self.high <= 0 and self.low < self.high else self.shades
        return np.arange(least, max(most, least) + 1)

    def levels(self, numbers: Reading) -> Levels:
        """Return the level of each number, and `NONE` for what is none."""
        places = coordinates("signed" if self.logarithmic else "linear", numbers)
        width = self.high - self.low
        if self.both:
            parts = places / self.high
        elif self.high > 0 or width == 0:
            parts = (
                (places - self.low) / width if width else np.where(np.isnan(places), np.nan, 1.0)
            )
        else:
            parts = (places - self.high) / width
        levels = np.rint(self.shades * np.nan_to_num(parts)).astype(np.int64)
        return np.where(np.isnan(places), NONE, levels)

    def spelled(self, place: float) -> Spelled:
        """Spell the number at a place of the range."""
        if not self.logarithmic or place == 0:
            return short(place, math.log10(abs(place)) if place else 0.0)
        size = abs(place) if abs(place) > 15 else math.log10(10 ** abs(place) - 1)
        return short(math.copysign(10**size if size < 300 else math.inf, place), size)


def range_of(numbers: Reading, shades: int = SHADES) -> Range:
    """Return the range of a map of numbers: with zero in it unless that is far away."""
    logarithmic = grown([numbers])
    places = coordinates("signed" if logarithmic else "linear", numbers)
    known = places[~np.isnan(places)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    if low < 0 < high:
        return Range(logarithmic, -max(high, -low), max(high, -low), shades)
    near, far = sorted((low, high), key=abs)
    if low != high and abs(near) < NEAR_ZERO * abs(far):
        low, high = min(far, 0.0), max(far, 0.0)
    return Range(logarithmic, low, high, shades)


def tiles(
    levels: Levels,
    shades: int,
    corner: Point,
    size: tuple[float, float],
    colour: Colour | None = None,
) -> Iterator[Tiles]:
    """Yield the squares of levels, each so wide and so high; what has the level `NONE` is left out.

    A level is one of so many ``shades`` on each side of zero.
    Those of a frequent level are drawn first, and so may reach beneath those that follow.
    """
    width, height = size
    known, counts = np.unique(levels[levels != NONE], return_counts=True)
    order = known[np.argsort(-counts, kind="stable")].tolist()
    rank = np.full(levels.shape, -1)
    for place, level in enumerate(order):
        rank[levels == level] = place
    for place, level in enumerate(order):
        shown = colour if level >= 0 else None
        if place == 0 and (rank >= 0).all():
            whole = ((corner, width * levels.shape[1]),)
            yield Tiles(level / shades, height * len(levels), whole, shown)
            continue
        runs = tuple(
            (Point(corner.x + width * start, corner.y + height * row), width * (end - start))
            for row, start, end in _runs(rank, place)
        )
        yield Tiles(level / shades, height, runs, shown)


def scale(
    range_: Range, corner: Point, size: tuple[float, float], colour: Colour | None
) -> Iterator[Tiles]:
    """Yield the shades of a range, the highest at the top; each reaches beneath those below it."""
    width, height = size
    levels = range_.scale[::-1].tolist()
    for k, level in enumerate(levels):
        down = k * height / len(levels)
        run = Point(corner.x, corner.y + down), width
        yield Tiles(level / range_.shades, height - down, (run,), colour if level >= 0 else None)


def _runs(rank: Levels, place: int) -> Iterator[tuple[int, int, int]]:
    """Yield the row, the start and the end of what covers one rank, and at most later ones."""
    for number, row in enumerate(rank):
        free = np.concatenate([[False], row >= place, [False]])
        edges = np.flatnonzero(free[1:] != free[:-1])
        wanted = np.flatnonzero(row == place)
        first = np.searchsorted(wanted, edges[::2])
        last = np.searchsorted(wanted, edges[1::2])
        inside = first < last
        starts, ends = wanted[first[inside]].tolist(), (wanted[last[inside] - 1] + 1).tolist()
        for start, end in zip(starts, ends, strict=True):
            yield number, start, end
