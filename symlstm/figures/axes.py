"""Axes: the scale of numbers and its marks, for values of any size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from symlstm.figures.readings import Floats, Reading, is_number
from symlstm.figures.scene import Spelled
from symlstm.figures.spelling import room, words

Kind = Literal["linear", "signed", "log"]
"""``signed`` is logarithmic in 1 + |v| on both sides of zero, ``log`` is for positive numbers."""

MARKS = 4
"""About how many marks an axis of values has."""
LARGEST = 1e300
"""Beyond it, floats are too near to the end of their range for a linear axis."""
GROWN = 1000.0, 50.0
"""How large the largest value of a signed axis is, at least, and how large beside the median."""
FLAT = 1e-3
"""A range that is so narrow beside its values is drawn from zero."""
ZERO_FROM = 0.3
"""How wide a range is, beside its values, that is drawn from zero."""


@dataclass(frozen=True)
class Axis:
    """A scale from ``low`` to ``high``, after `coordinates`, and its marks."""

    kind: Kind
    low: float
    high: float
    marks: tuple[tuple[float, Spelled], ...]

    def along(self, numbers: Reading) -> Floats:
        """Return where numbers are, from 0 at the lower end to 1; NaN for what is no number."""
        return (coordinates(self.kind, numbers) - self.low) / (self.high - self.low)

    def part(self, coordinate: float) -> float:
        """Return where a mark is."""
        return (coordinate - self.low) / (self.high - self.low)


def coordinates(kind: Kind, numbers: Reading) -> Floats:
    """Return what is linear along an axis of a kind; NaN for what has no place on it."""
    value, size = numbers
    if kind == "linear":
        return np.where(np.isfinite(value), value, np.nan)
    if kind == "log":
        return np.where(np.isfinite(size), size, np.nan)
    small = np.minimum(size, 15)
    bent = np.where(size > 15, size, np.log10(1 + 10.0**small))
    return np.where(is_number(value, size), np.sign(value) * bent, np.nan)


def value_axis(numbers: Sequence[Reading]) -> Axis:
    """Return an axis for numbers: linear or, where they grow beyond all others, logarithmic."""
    kind: Kind = "signed" if grown(numbers) else "linear"
    found = np.concatenate([coordinates(kind, one).ravel() for one in numbers])
    found = found[~np.isnan(found)]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 0.0)
    if kind == "signed":
        low, high = min(low, 0.0), max(high, 0.0)
        return Axis(kind, 1.04 * low, 1.04 * high, tuple(_signed_marks(low, high)))
    return linear_axis(*_with_zero(low, high))


def log_axis(numbers: Sequence[Reading]) -> Axis:
    """Return a logarithmic axis of whole powers of ten; zero has no place on it."""
    found = np.concatenate([coordinates("log", one).ravel() for one in numbers])
    found = found[~np.isnan(found)]
    low, high = (math.floor(found.min()), math.ceil(found.max())) if found.size else (0, 1)
    step = max(1, int(nice((high - low) / MARKS)))
    low, high = step * math.floor(low / step), step * math.ceil(high / step)
    high = max(high, low + step)
    return Axis("log", low, high, tuple((k, power(k)) for k in range(low, high + 1, step)))


def linear_axis(low: float, high: float) -> Axis:
    """Return an axis that begins and ends with marks at round numbers."""
    step = nice((high - low) / MARKS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple((k * step, round_number(k * step, step)) for k in range(first, last + 1))
    return Axis("linear", first * step, last * step, marks)


def step_marks(first: int, last: int, most: int = 10) -> list[int]:
    """Return round time steps, at most so many and one more."""
    step = max(1, int(nice((last - first) / most)))
    return list(range(step * -(-first // step), last + 1, step))


def nice(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, ... times a power of ten that is no less.

    >>> nice(0.3), nice(7), nice(20)
    (0.5, 10.0, 20.0)
    """
    if least <= 0:
        return 1.0
    size = math.floor(math.log10(least))
    steps = (float(f"{m}e{size}") for m in (1, 2, 5, 10))
    return next(step for step in steps if step >= least * (1 - 1e-9))


def round_number(value: float, step: float) -> Spelled:
    """Spell a number to the digits of a step from one mark to the next."""
    size = math.floor(math.log10(max(abs(value), step)) + 1e-9)
    digits = -math.floor(math.log10(step) + 1e-9)
    if abs(value) < step / 2:
        return spelled("0")
    if -4 <= size < 5 and digits <= 6:
        return spelled(f"{value:.{max(digits, 0)}f}")
    return spelled(f"{value / 10.0**size:.{max(digits + size, 0)}f}", size)


def short(value: float, size: float) -> Spelled:
    """Spell a number to three digits, by itself or, beyond floats, by its logarithm."""
    if math.isnan(value) or size == math.inf:
        return words("no number")
    if value == 0:
        return spelled("0")
    if math.isfinite(value) and 1e-3 <= abs(value) < 1e5:
        return spelled(f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}")
    whole = math.floor(size)
    return spelled(f"{math.copysign(10 ** (size - whole), value):.2g}", whole)


def power(exponent: int, sign: str = "") -> Spelled:
    """Spell a power of ten."""
    if exponent in (0, 1, 2):
        return spelled(f"{sign}{10**exponent}")
    latex = f"${sign}10^{{{exponent}}}$"
    shown = f"{sign.replace('-', '−')}10^{{{exponent}}}"
    return Spelled(shown, latex, room(shown))


def spelled(digits: str, exponent: int = 0) -> Spelled:
    """Spell digits, times a power of ten."""
    plain = digits.replace("-", "−")
    if exponent == 0:
        return Spelled(plain, f"${digits}$", room(plain))
    shown = f"{plain}×10^{{{exponent}}}"
    return Spelled(shown, rf"${digits} \times 10^{{{exponent}}}$", room(shown))


def grown(numbers: Sequence[Reading]) -> bool:
    """Say whether the largest numbers leave nothing to be seen of the others."""
    sizes = np.concatenate([one.size.ravel() for one in numbers])
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size:
        return False
    largest, beside = float(sizes.max()), float(sizes.max() - np.median(sizes))
    least, ratio = map(math.log10, GROWN)
    return largest > math.log10(LARGEST) or (largest >= least and beside >= ratio)


def _with_zero(low: float, high: float) -> tuple[float, float]:
    """Return a range for an axis: with zero in it unless it is far from there, and not empty."""
    largest = max(abs(low), abs(high))
    if largest < 1 / LARGEST:
        return -1.0, 1.0
    spread = high - low
    if spread < FLAT * largest or spread > ZERO_FROM * largest:
        return min(low, 0.0), max(high, 0.0)
    return low, high


def _signed_marks(low: float, high: float) -> list[tuple[float, Spelled]]:
    step = max(1, int(nice(max(high, -low) / (MARKS + 1))))
    marks = [(0.0, spelled("0"))]
    for end, sign in ((high, 1), (-low, -1)):
        for k in range(step, int(end + 1e-9) + 1, step):
            place = k if k > 15 else math.log10(1 + 10.0**k)
            marks.append((sign * place, power(k, "-" if sign < 0 else "")))
    return sorted(marks)
