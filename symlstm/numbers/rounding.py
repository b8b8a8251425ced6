"""Round rational numbers, and proven enclosures, to the nearest float.

Zero has a sign: -0.0 is the float nearest to a number below zero that is too small for the format,
and 0.0 that nearest to zero itself, and to such a number above it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from symlstm.numbers.exact import rational
from symlstm.numbers.floats import FORMATS, Format
from symlstm.numbers.precision import precision


def nearest_float(value: fmpq, format_: Format) -> float:
    """Return the float nearest to a rational number, of two the one with an even significand.

    Beyond the largest float by half a unit in its last place, it is an infinity.

    >>> from symlstm.numbers.floats import FORMATS
    >>> nearest_float(fmpq(1, 3), FORMATS["float16"])
    0.333251953125
    """
    return _nearest(int(value.p), int(value.q), 0, format_)


def decided(value: arb | fmpq, format_: Format) -> float | None:
    """Return the float nearest to a rational number, or to all that a ball encloses.

    ``None`` means that the ball encloses numbers with different nearest floats, of which 0.0 and
    -0.0 are two.
    """
    low, high = _nearest_ends(value, format_)
    return low if _alike(low, high) else None


def _alike(one: float, other: float) -> bool:
    """Whether two floats are the same, the signs of zeros as well."""
    return one == other and math.copysign(1, one) == math.copysign(1, other)


class Rounding:
    """The floats nearest to values of which more and more becomes known, each decided once.

    A zero whose sign stays open is 0.0, as that of a true zero is, which no ball with a radius
    proves.
    """

    def __init__(self, shape: tuple[int, ...], format_: Format) -> None:
        self._format = format_
        self._floats: NDArray[Any] = np.zeros(shape, dtype=format_.dtype)
        self._open = list(range(self._floats.size))
        self._zeros: set[int] = set()

    def narrow(self, values: Any) -> bool:
        """Decide what some more precise values decide; return whether nothing is open then."""
        entries = np.asarray(values, dtype=object).ravel()
        balls = np.array([k for k in self._open if isinstance(entries[k], arb)], dtype=int)
        told, undecided = set[int](), list[int]()
        for first in range(0, len(balls), BLOCK):
            block = balls[first : first + BLOCK]
            nearest, wide = _by_middles(entries[block].tolist(), self._format)
            known = ~np.isnan(nearest)
            self._floats.flat[block[known]] = nearest[known]
            told.update(block[known | wide].tolist())
            undecided += block[wide].tolist()
        left = [k for k in self._open if k not in told and not self._decides(k, entries[k])]
        self._open = sorted([*left, *undecided])
        return not self._open

    def floats(self) -> Any:
        """Return the floats, or ``None`` when one of them is open, and not by its sign alone."""
        if not self._zeros.issuperset(self._open):
            return None
        return self._floats if self._floats.ndim else self._floats[()]

    def _decides(self, k: int, entry: Any) -> bool:
        value = entry if isinstance(entry, arb) else rational(entry)
        low, high = _nearest_ends(value, self._format)
        if _alike(low, high):
            self._floats.flat[k] = low
            return True
        if low == high == 0:
            self._zeros.add(k)
        return False


def _by_middles(
    balls: Sequence[arb], format_: Format
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the floats nearest to all that balls enclose, or nan, and which balls have several.

    A ball within half a unit in the last place of a float has that one; below a power of two, units
    are half as large. One that is wider than units are has several. Of others, and of those near
    zero or the ends of the format's range, neither is told.
    """
    with precision(FLOAT64.precision), np.errstate(over="ignore", invalid="ignore"):
        middles = np.fromiter(map(float, balls), dtype=np.float64, count=len(balls))
        fractions, exponents = np.frexp(middles)
        wholes = np.rint(np.ldexp(fractions, format_.precision))
        units = np.ldexp(1.0, exponents - format_.precision)
        nearest = wholes * units
        beside = [ball - float_ for ball, float_ in zip(balls, nearest.tolist(), strict=True)]
        radii = np.array([float(ball.rad()) for ball in beside])
        reach = np.array([abs(float(ball)) for ball in beside]) + radii
        lowest = abs(wholes) == 2.0 ** (format_.precision - 1)
        inside = reach * ROUNDED_UP < units * np.where(lowest, 0.25, 0.5)
        least, greatest = max(format_.least + 1, -SMALLEST), format_.greatest
        inside &= (wholes != 0) & (exponents > least) & (exponents < greatest)
        furthest = abs(middles) + radii
        wide = radii > furthest * 2.0 ** (2 - format_.precision)
        wide &= (2.0**least < radii) & (furthest < 2.0**greatest)
    return np.where(inside, nearest, np.nan), wide


BLOCK = 10_000
"""How many balls are looked at together: more would take memory, and not less time."""
FLOAT64 = FORMATS["float64"]
ROUNDED_UP = 1 + 2.0**-40
"""Covers what float64 rounds where it adds up how far a ball reaches."""
SMALLEST = 900
"""Below two to the minus so many, the distance from a float64 may be no float64 itself."""
FURTHEST = 10_000
"""How many bits the middle and the radius of a ball may be apart to be added exactly."""


def _nearest_ends(value: arb | fmpq, format_: Format) -> tuple[float, float]:
    """Return the floats nearest to the ends of a ball; of a number, both are its own."""
    if isinstance(value, fmpq):
        return (nearest_float(value, format_),) * 2
    if not value.is_finite():
        return -math.inf, math.inf
    low, high = (_nearest(end, 1, exponent, format_) for end, exponent in _ends(value))
    return low, high


def _ends(ball: arb) -> list[tuple[int, int]]:
    """Return the ends of a ball, as integers times powers of two.

    They are exact, or rounded outward where middle and radius are of very different sizes.
    """
    (middle, at), (radius, by) = (map(int, end.man_exp()) for end in (ball.mid(), ball.rad()))
    if not radius:
        return [(middle, at)] * 2
    largest = max(middle.bit_length() + at if middle else by, radius.bit_length() + by)
    exponent = max(min(at, by) if middle else by, largest - FURTHEST)
    low = _floor(middle, at - exponent) + _floor(-radius, by - exponent)
    high = -_floor(-middle, at - exponent) - _floor(-radius, by - exponent)
    return [(low, exponent), (high, exponent)]


def _floor(number: int, power: int) -> int:
    """Return the integer at or below ``number`` times a power of two."""
    return number << power if power >= 0 else number >> -power


def _nearest(numerator: int, denominator: int, exponent: int, format_: Format) -> float:
    """Return the float nearest to ``numerator / denominator * 2**exponent``."""
    magnitude, sign = abs(numerator), -1.0 if numerator < 0 else 1.0
    size = magnitude.bit_length() - denominator.bit_length() + exponent
    if not magnitude or size < format_.least - format_.precision - 1:
        return sign * 0.0
    if size > format_.greatest + 1:
        return sign * math.inf
    # The leading bit of the quotient is the one of 2^size or the one below it.
    leading = size if _at_least(magnitude, denominator, size - exponent) else size - 1
    unit = max(leading, format_.least) - format_.precision + 1
    shift = exponent - unit
    whole, rest = divmod(magnitude << max(shift, 0), denominator << max(-shift, 0))
    half = 2 * rest - (denominator << max(-shift, 0))
    if half > 0 or (half == 0 and whole % 2):
        whole += 1
    rounded = math.inf if _at_least(whole, 1, format_.greatest + 1 - unit) else whole
    return sign * math.ldexp(rounded, unit)


def _at_least(numerator: int, denominator: int, power: int) -> bool:
    """Say whether ``numerator / denominator`` is 2^power or more."""
    return numerator << max(-power, 0) >= denominator << max(power, 0)
