"""Exact numbers: what a person or a program gives, as the rational number or interval it is."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import sympy
from flint import arb, fmpq, fmpz

import symlstm.numbers.pickling  # noqa: F401  (whatever holds a ball pickles from here on)
from symlstm.errors import NumberError
from symlstm.numbers.budget import afford
from symlstm.numbers.long import BITS, long_number
from symlstm.numbers.precision import undisturbed

LARGEST_EXPONENT = 10_000
"""Beyond 10^±10000 a decimal's exact fraction is a denial of service, not a weight."""
LARGEST_POWER = 40_000
"""The same for powers of two."""
_SMALLEST = arb((1, -LARGEST_POWER))

_LITERAL = re.compile(
    r"\s*(?P<sign>[+-]?)(?=\.?\d)(?P<whole>\d*)"
    r"(?:\s*/\s*(?P<denominator>\d+)|(?:\.(?P<fraction>\d*))?(?:[eE](?P<exponent>[+-]?\d{1,9}))?)"
    r"\s*",
    re.ASCII,
)
_DIGITS = re.compile(r"\d+")
_OTHER_CHARACTERS = (
    (",", ".", "decimal comma"),
    ("\N{MINUS SIGN}", "-", "typographer's minus sign"),
    ("\N{FRACTION SLASH}", "/", "typographer's fraction"),
)
"""What stands in numbers that people write or copy, what to write for it, and what it is."""
_PLUS_OR_MINUS = re.compile(r"±|\+/-")


@dataclass(frozen=True)
class Interval:
    """All numbers from ``middle - radius`` to ``middle + radius``, both of them rational.

    It is what is known of a number that is not known exactly; `interval` makes many at once.
    Raises `NumberError` for ends that are no numbers and for a radius below zero.

    >>> Interval("0.5", "0.01"), Interval(1, "1/3").low
    (1/2 ± 1/100, 2/3)
    """

    middle: fmpq
    radius: fmpq

    def __post_init__(self) -> None:
        for name in ("middle", "radius"):
            if not isinstance(getattr(self, name), fmpq):
                object.__setattr__(self, name, rational(getattr(self, name), argument=name))
        if self.radius < 0:
            message = f"radius is {self.radius}; give 0 or more"
            raise NumberError(message, argument="radius")

    @property
    def low(self) -> fmpq:
        """The lower end."""
        return self.middle - self.radius

    @property
    def high(self) -> fmpq:
        """The upper end."""
        return self.middle + self.radius

    def __add__(self, other: Interval | fmpq) -> Interval:
        if isinstance(other, Interval):
            return Interval(self.middle + other.middle, self.radius + other.radius)
        return Interval(self.middle + other, self.radius)

    __radd__ = __add__

    def __repr__(self) -> str:
        return f"{self.middle} ± {self.radius}"


def rational(value: Any, *, argument: str = "value") -> fmpq:
    """Return the rational number that ``value`` is, with nothing rounded.

    Takes integers, fractions, decimals, SymPy rationals, and text such as ``"1/3"``, ``"0.1"`` or
    ``"2e-3"``; a binary float (Python's or NumPy's) is the dyadic rational that its bits say.
    Text is read as a literal and never evaluated. Raises `NumberError` for anything else.

    >>> rational("0.1"), rational(0.5)
    (1/10, 1/2)
    """
    number = real(value, argument=argument)
    if isinstance(number, Interval):
        raise NumberError(
            f"{argument} is {shown(number)}, an interval; give a single number: intervals are for "
            "the weights, the inputs and the initial states of a run with algebra='ball', and for "
            "the gradients that its backward pass is given",
            argument=argument,
        )
    return number


def real(value: Any, *, argument: str = "value") -> fmpq | Interval:
    """Return the rational number, or the interval, that ``value`` is, with nothing rounded.

    Takes what `rational` takes, an `Interval`, text such as ``"0.5 ± 0.01"`` or
    ``"1/2 +/- 1/100"``, and python-flint's ``arb``. Raises `NumberError` for anything else.

    >>> real("1/2 ± 0.01"), real("1/2 ± 0")
    (1/2 ± 1/100, 1/2)
    """
    if isinstance(value, str | Decimal):
        what = f"{argument} is {shown(value)}"
        afford("literal_digits", _digits(value), what=what, argument=argument)
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            try:
                converted: fmpq | Interval = convert(value)
                return converted
            except NumberError as error:
                raise NumberError(f"{argument}: {error}", argument=argument) from error
            except _BeyondExponentError as error:
                message = f"{argument} is {shown(value)}, beyond 10^±{LARGEST_EXPONENT}"
                raise NumberError(message, argument=argument) from error
            except (ValueError, TypeError, OverflowError, ZeroDivisionError) as error:
                raise _no_number(value, argument) from error
    raise _no_number(value, argument)


def computed(value: Any, *, argument: str = "value") -> Any:
    """Return a value that a run has computed as what another run can be given.

    Balls and intervals stay what they are, and so do floats that are no finite numbers.
    """
    if isinstance(value, Interval | arb) or (isinstance(value, float) and not math.isfinite(value)):
        return value
    return rational(value, argument=argument)


def simplest(value: arb, *, argument: str = "value") -> fmpq | arb:
    """Return a ball as the rational number that it is, if it is no wider than that."""
    with suppress(NumberError):
        number = real(value, argument=argument)
        return value if isinstance(number, Interval) else number
    return value


def ball(number: fmpq | Interval | arb) -> arb:
    """Return a ball around a number, or around all of an interval, at the context's precision."""
    # Arb rounds a radius up.
    return arb(number.middle, number.radius) if isinstance(number, Interval) else arb(number)


def whole_number(value: Any, *, argument: str, least: int = 1) -> int:
    """Return a count, ``least`` or more, as an int; raises `NumberError` for anything else."""
    counts = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if counts and int(value) >= least:
        return int(value)
    message = f"{argument} is {shown(value)}; give a whole number, {least} or more"
    raise NumberError(message, argument=argument)


def narrowed(middle: fmpq, radius: fmpq) -> fmpq | Interval:
    """Return the interval ``middle ± radius``; a plain number where the radius is zero."""
    return Interval(middle, radius) if radius else middle


def to_sympy(value: fmpq) -> sympy.Rational:
    """Return ``value`` as a SymPy Integer or Rational, without looking for common factors again.

    One of more digits than Python prints is a `LongInteger` or a `LongRational`.
    """
    p, q = int(value.p), int(value.q)
    if p.bit_length() > BITS or q.bit_length() > BITS:
        return long_number(p, q)
    return sympy.Rational.from_coprime_ints(p, q)


def to_float(value: fmpq) -> float:
    """Return the float64 nearest to ``value``; beyond the largest one, an infinity.

    >>> to_float(fmpq(1, 3)) == 1 / 3
    True
    """
    try:
        return int(value.p) / int(value.q)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def exactly(end: arb) -> fmpq:
    """Return the rational number that an exact ball is."""
    mantissa, exponent = end.man_exp()
    if abs(exponent) > LARGEST_POWER:
        raise _BeyondExponentError(exponent)
    power = fmpq(2) ** abs(int(exponent))
    return fmpq(mantissa) * power if exponent >= 0 else fmpq(mantissa) / power


def _digits(literal: str | Decimal) -> int:
    """Return how many digits a number that is written out has at the most."""
    if isinstance(literal, Decimal):
        return len(literal.as_tuple().digits)
    return max(map(len, _DIGITS.findall(literal)), default=0)


def _from_ball(ball: arb) -> fmpq | Interval:
    if not ball.is_finite():
        raise ValueError(ball)
    # A radius that is too small to be written out is made a larger one, which is outward.
    radius = ball.rad()
    radius = _SMALLEST if 0 < radius < _SMALLEST else radius
    return narrowed(exactly(ball.mid()), exactly(radius))


def _from_text(text: str) -> fmpq | Interval:
    middle, *radius = map(_from_literal, _PLUS_OR_MINUS.split(text))
    return narrowed(middle, *radius) if radius else middle


def _from_literal(text: str) -> fmpq:
    match = _LITERAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign = -1 if match["sign"] == "-" else 1
    if match["denominator"]:
        return sign * fmpq(fmpz(match["whole"]), fmpz(match["denominator"]))
    fraction = match["fraction"] or ""
    exponent = int(match["exponent"] or 0)
    return sign * _scale(fmpz(match["whole"] + fraction), exponent - len(fraction), exponent)


def _from_decimal(value: Decimal) -> fmpq:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(value)
    magnitude = fmpz("".join(map(str, digits)))
    return _scale(-magnitude if sign else magnitude, exponent, value.adjusted())


def _scale(digits: fmpz, exponent: int, written: int) -> fmpq:
    if abs(written) > LARGEST_EXPONENT:
        raise _BeyondExponentError(written)
    power = fmpz(10) ** abs(exponent)
    return fmpq(digits, power) if exponent < 0 else fmpq(digits * power)


def _from_ratio(value: Any) -> fmpq:
    return fmpq(*map(int, value.as_integer_ratio()))


def _refuse(value: Any) -> fmpq:
    raise ValueError(value)


_CONVERSIONS: Sequence[tuple[type | tuple[type, ...], Any]] = (
    (fmpq, lambda value: value),
    (Interval, lambda value: narrowed(value.middle, value.radius)),
    (arb, _from_ball),
    (fmpz, fmpq),
    ((bool, np.bool_), _refuse),
    (str, _from_text),
    (Decimal, _from_decimal),
    (sympy.Rational, lambda value: fmpq(value.p, value.q)),
    (sympy.Float, lambda value: rational(sympy.Rational(value))),
    (numbers.Integral, lambda value: fmpq(int(value))),
    (numbers.Rational, lambda value: fmpq(int(value.numerator), int(value.denominator))),
    ((float, np.floating), _from_ratio),
)
"""How each kind of number is read, the first that fits."""


class _BeyondExponentError(ValueError):
    """A decimal whose exact fraction would be too large to work with."""


def shown(value: Any) -> str:
    """Return what to print of a value in a message: its beginning, if it is long."""
    try:
        text = _text(value)
    except Exception:  # integers of thousands of digits; nesting; what is not ours, at its worst
        text = f"a {type(value).__name__} that cannot be printed"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _text(value: Any) -> str:
    if isinstance(value, arb):
        with undisturbed():
            return repr(value)
    return str(value) if isinstance(value, Decimal) else repr(value)


def _no_number(value: Any, argument: str) -> NumberError:
    return NumberError(
        f"{argument} is {shown(value)}, which is no finite number; {_question(value)}"
        'give an integer, a decimal, or text such as "1/3" (an interval is "0.5 ± 0.01")',
        argument=argument,
    )


def _question(value: Any) -> str:
    """Return what to ask of text that were a number with other characters, or nothing."""
    for written, meant, name in _OTHER_CHARACTERS:
        if isinstance(value, str) and written in value:
            mended = value.replace(written, meant)
            with suppress(ValueError, ZeroDivisionError):
                _from_text(mended)
                return f'is that a {name}? then give "{mended}"; '
    return ""
