"""Round rational numbers, and proven enclosures, to the nearest float."""

from __future__ import annotations

import math

from flint import arb, fmpq

from symlstm.numbers.floats import Format


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

    ``None`` means that the ball encloses numbers with different nearest floats. Zero is one float:
    it has the sign of the numbers enclosed, and where they are on both sides of it, none.
    """
    if isinstance(value, fmpq):
        return nearest_float(value, format_)
    if not value.is_finite():
        return None
    low, high = (_nearest(end, 1, exponent, format_) for end, exponent in _ends(value))
    return max(low, high, key=lambda end: math.copysign(1, end)) if low == high else None


FURTHEST = 10_000
"""How many bits the middle and the radius of a ball may be apart to be added exactly."""


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
