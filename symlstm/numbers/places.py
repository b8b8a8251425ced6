"""Round rational numbers as a class does it: to so many digits, or so many places after the point.

>>> Places(digits=4).nearest(fmpq(2, 3)), Places(decimals=1).nearest(fmpq(-1, 4))
(6667/10000, -3/10)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log10

from flint import fmpq, fmpz

from symlstm.errors import SymlstmError, choices
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import shown, whole_number

ROUNDINGS: Mapping[str, Callable[[fmpz], bool]] = {
    "half_up": lambda _: True,
    "half_even": lambda below: below % 2 == 1,
}
"""Of two decimals that are equally near: whether to take the one further from zero.

They are told by the nearer one's digits, as an integer. Schools and calculators round half up,
NumPy and IEEE 754 half to even.
"""

_DIGITS_PER_BIT = log10(2)


@dataclass(frozen=True)
class Places:
    """Where decimals end: after so many significant ``digits``, or ``decimals`` after the point.

    ``rounding`` is ``"half_up"``, which of two equally near takes the one further from zero, or
    ``"half_even"``, which takes the one whose last digit is even. Raises `SymlstmError` for both of
    them or none, `NumberError` for no whole number, and `TooLargeError` for too many digits.
    """

    digits: int | None = None
    decimals: int | None = None
    rounding: str = "half_up"

    def __post_init__(self) -> None:
        if (self.digits is None) == (self.decimals is None):
            given = "neither is" if self.digits is None else "both are"
            raise SymlstmError(
                f"of digits and decimals {given} given; a decimal run rounds to digits=4 for "
                "so many significant digits, or to decimals=4 for so many after the point",
                argument="digits",
            )
        for name, least in (("digits", 1), ("decimals", 0)):
            if getattr(self, name) is not None:
                number = whole_number(getattr(self, name), argument=name, least=least)
                what = f"{name} is {written(number)}"
                afford("certified_digits", number, what=what, argument=name)
                object.__setattr__(self, name, number)
        if not isinstance(self.rounding, str) or self.rounding not in ROUNDINGS:
            message = f"rounding is {shown(self.rounding)}; {choices(self.rounding, ROUNDINGS)}"
            raise SymlstmError(message, argument="rounding")

    @property
    def count(self) -> int:
        """How many digits, or how many decimals."""
        return self.decimals or 0 if self.digits is None else self.digits

    def nearest(self, value: fmpq) -> fmpq:
        """Return the decimal nearest to a number; zero is one."""
        place = self._last(value)
        return multiple(value, place, self.rounding) * power_of_ten(place)

    def decided(self, low: fmpq, high: fmpq) -> fmpq | None:
        """Return the decimal nearest to all numbers between two; ``None`` where there is none.

        >>> Places(digits=2).decided(fmpq(1, 9), fmpq(1, 9) + fmpq(1, 300))
        11/100
        """
        below = self.nearest(low)
        return below if below == self.nearest(high) else None

    def unit(self, value: fmpq) -> fmpq:
        """Return what the last digit of a decimal counts."""
        return power_of_ten(self._last(value))

    def _last(self, value: fmpq) -> int:
        return order(value) - self.count + 1 if self.decimals is None else -self.decimals

    def __str__(self) -> str:
        one = "" if self.count == 1 else "s"
        return f"{self.count} {'digit' if self.decimals is None else 'decimal'}{one}"


def multiple(value: fmpq, place: int, rounding: str) -> int:
    """Return how many times ten to the power of ``place`` is nearest to a number."""
    above, below = _in_units(value, place)
    whole, rest = divmod(above, below)
    half = 2 * rest - below
    if half > 0 or (half == 0 and ROUNDINGS[rounding](whole)):
        whole += 1
    return int(-whole if value.p < 0 else whole)


def order(value: fmpq) -> int:
    """Return the power of ten of a number's first digit; that of zero is 0."""
    if not value:
        return 0
    bits = value.p.bit_length() - value.q.bit_length()
    # Between 2^(bits - 1) and 2^(bits + 1) is at most one power of ten.
    found = floor((bits - 1) * _DIGITS_PER_BIT)
    above, below = _in_units(value, found + 1)
    return found + (above >= below)


def _in_units(value: fmpq, place: int) -> tuple[fmpz, fmpz]:
    """Return a number without its sign, over ten to the power of ``place``, as two integers."""
    above, below, power = abs(value.p), value.q, fmpz(10) ** abs(place)
    return (above * power, below) if place < 0 else (above, below * power)


@lru_cache(maxsize=1024)
def power_of_ten(exponent: int) -> fmpq:
    """Return a power of ten, with any integer as its exponent."""
    power = fmpq(fmpz(10) ** abs(exponent))
    return power if exponent >= 0 else 1 / power
