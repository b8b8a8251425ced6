"""Decimals: what a page can print of a number, rounded to so many significant digits.

They are Python's, as digits and an exponent; nothing but a last rounding is computed with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from flint import arb, fmpq, fmpz

from symlstm.numbers.exact import LARGEST_EXPONENT, Interval, rational, real
from symlstm.numbers.places import Places, multiple, order, power_of_ten

SHORT = 1000
"""Fractions of integers below this are shorter than their decimals, and exact."""
SPARE = 10
"""How many digits more than are wanted nearly always say what a number rounds to."""
WRITTEN_OUT = 10**7
"""Below this, a decimal that is exact shows all digits before its point."""


def exact(value: fmpq, digits: int) -> Decimal | fmpq | None:
    """Return a number as a decimal or a fraction, if it is a short one of these.

    >>> exact(fmpq(-5, 8), 4), exact(fmpq(1, 3), 4), exact(fmpq(1, 3**9), 4)
    (Decimal('-0.625'), 1/3, None)
    """
    mantissa, place = _nearest(value, digits)
    if value == mantissa * power_of_ten(place):
        return _written_out(*_without_zeros([mantissa], place))[0]
    short = max(abs(value.p), value.q) < SHORT
    return value if short else None


def in_full(value: fmpq, places: Places) -> Decimal:
    """Return the decimal nearest to a number with all its places, zeros at the end among them.

    Zero has no significant digits, and stays 0 among numbers of so many of these.

    >>> in_full(fmpq(1, 2), Places(digits=4)), in_full(fmpq(-1, 4), Places(decimals=1))
    (Decimal('0.5000'), Decimal('-0.3'))
    """
    nearest = places.nearest(value)
    if nearest == 0:
        return Decimal((0, (0,), -(places.decimals or 0)))
    place = order(places.unit(nearest))
    return _decimal(multiple(nearest, place, places.rounding), place)


def nearest_decimal(known: fmpq | Interval | arb, digits: int) -> Decimal | None:
    """Return the decimal of so many significant digits that is nearest to a number.

    Of an interval, or a ball, it is the one nearest to every number in it; ``None`` means that
    there is none. Of two that are equally near, it is the one whose last digit is even.

    >>> nearest_decimal(fmpq(2, 3), 4), nearest_decimal(Interval("0.12345", "1e-9"), 4)
    (Decimal('0.6667'), None)
    """
    if isinstance(known, fmpq):
        return _decimal(*_nearest(known, digits))
    if isinstance(known, arb):
        if not known.is_finite():
            return None
        return _nearest_to_ball(known, digits) or nearest_decimal(real(known), digits)
    low, high = _nearest(known.low, digits), _nearest(known.high, digits)
    return _decimal(*low) if low == high else None


def _nearest_to_ball(ball: arb, digits: int) -> Decimal | None:
    """Return the decimal nearest to a ball, if some more digits are enough to tell."""
    # FLINT's decimals enclose the ball. Rounding keeps numbers in order: between two ends that
    # round to one decimal, all numbers do, and those in the ball are among them.
    middle, radius, place = ball.mid_rad_10exp(digits + SPARE)
    if abs(place) > LARGEST_EXPONENT:  # perhaps more than `real` takes
        return None
    context = _context(digits)
    whole, error = int(middle), int(radius)
    low, high = context.create_decimal(whole - error), context.create_decimal(whole + error)
    return low.scaleb(int(place), context) if low == high else None


@lru_cache(maxsize=64)
def _context(digits: int) -> Context:
    return Context(digits, ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])


def enclosing(known: fmpq | Interval, digits: int) -> tuple[Decimal, Decimal]:
    """Return decimals between which a number is, or all of an interval: rounded outward.

    They have two digits of the interval's radius, and no more than ``digits`` altogether.

    >>> enclosing(Interval("1/3", "0.01"), 10)
    (Decimal('0.323'), Decimal('0.344'))
    """
    low, high = (known, known) if isinstance(known, fmpq) else (known.low, known.high)
    place = max(order(low), order(high)) - digits + 1
    if isinstance(known, Interval):
        place = max(place, order(known.radius) - 1)
    unit = power_of_ten(place)
    ends = [_floor(low / unit), -_floor(-high / unit)]
    below, above = _written_out(*_without_zeros(ends, place))
    return below, above


def rounds_to(text: str) -> Interval | None:
    """Return all numbers that round to a decimal with as many digits as are written of it.

    ``None`` is for an integer or a fraction, which says all that there is of a number.

    >>> rounds_to("0.60"), rounds_to("3/5"), rounds_to("-1.5e3")
    (3/5 ± 1/200, None, -1500 ± 50)
    """
    if set(text) & set("/±") or not set(text) & set(".eE"):
        return None
    written = Decimal(text.strip())
    exponent = written.as_tuple().exponent
    assert isinstance(exponent, int)
    return Interval(rational(written), power_of_ten(exponent) / 2)


def rounded_to(interval: Interval) -> Decimal:
    """Return the decimal to which all numbers of an interval round: the inverse of `rounds_to`."""
    unit = 2 * interval.radius
    return _decimal(_floor(interval.middle / unit), order(unit))


def _nearest(value: fmpq, digits: int) -> tuple[int, int]:
    """Return the nearest decimal as an integer and a power of ten."""
    place = order(value) - digits + 1
    whole = multiple(value, place, "half_even")
    return (whole // 10, place + 1) if abs(whole) == 10**digits else (whole, place)


def _floor(value: fmpq) -> int:
    return int(fmpz(value.p) // fmpz(value.q))


def _without_zeros(mantissas: list[int], place: int) -> tuple[list[int], int]:
    """Return decimals of one place without the zeros that all of them end in."""
    if not any(mantissas):
        return mantissas, 0
    while all(mantissa % 10 == 0 for mantissa in mantissas):
        mantissas, place = [mantissa // 10 for mantissa in mantissas], place + 1
    return mantissas, place


def _written_out(mantissas: Iterable[int], place: int) -> list[Decimal]:
    """Return exact decimals, which need no power of ten for the zeros before their point."""
    decimals = []
    for mantissa in mantissas:
        if place > 0 and abs(mantissa) * 10**place < WRITTEN_OUT:
            decimals.append(_decimal(mantissa * 10**place, 0))
        else:
            decimals.append(_decimal(mantissa, place))
    return decimals


def _decimal(mantissa: int, place: int) -> Decimal:
    return Decimal(f"{fmpz(mantissa).str()}E{place if mantissa else 0}")
