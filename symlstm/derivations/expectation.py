"""What a derivation file expects of a value, and what the value is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from flint import arb, fmpq

from symlstm.equations.numerals import Numerals
from symlstm.notation import PLAIN, text
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.decimals import rounded_to
from symlstm.numbers.exact import Interval, real

FURTHER_DIGITS = 3
"""How many digits more than those expected are shown of a value that is another one."""
CERTIFIED_DIGITS = 12
"""How many digits are shown of a value that is not a number that was expected exactly."""


@dataclass(frozen=True)
class Mismatch:
    """A value that is not the one that a derivation file expects."""

    name: str
    step: int | None
    entry: tuple[int, ...]
    expected: Any
    actual: Any

    def __str__(self) -> str:
        index = "".join(f"[{k}]" for k in self.entry)
        where = "" if self.step is None else f"step {self.step}, "
        expected, actual = _shown_pair(self.expected, self.actual)
        return f"{where}{self.name}{index}: expected {expected}, got {actual}"


@dataclass(frozen=True)
class Expectation:
    """What a file expects of a value, and what the value is.

    An expected number is a rational one, which the value has to be exactly, or an interval, in
    which it has to be. Of a value that is a ball, all of the ball has to. One
    that a run rounds is a decimal.

    ``over_time`` is the axis along which the time steps are counted, if any; ``step`` the time step
    of a value that has a single one.
    """

    name: str
    expected: Array
    actual: Any
    over_time: int | None = None
    step: int | None = None

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield every entry that is another one."""
        actual = np.asarray(self.actual, dtype=object)
        for index, wanted in np.ndenumerate(exported(self.expected)):
            if not within(actual[index], wanted):
                step = self.step if self.over_time is None else index[self.over_time] + 1
                entry = tuple(k for axis, k in enumerate(index) if axis != self.over_time)
                yield Mismatch(self.name, step, entry, wanted, actual[index])


def within(actual: Any, wanted: Any) -> bool:
    """Say whether a value is proven to be the number that is wanted, or in that interval."""
    if isinstance(actual, arb) and not actual.is_finite():
        return False
    (low, high), (least, most) = map(_ends, (actual, wanted))
    return bool(least <= low and high <= most)


def _ends(value: Any) -> tuple[fmpq, fmpq]:
    known = real(value)
    return (known.low, known.high) if isinstance(known, Interval) else (known, known)


def _shown_pair(expected: Any, actual: Any) -> tuple[str, str]:
    """Return what was expected and what came out, as a terminal shows it."""
    if isinstance(expected, Interval):
        decimal = rounded_to(expected)
        digits = len(decimal.as_tuple().digits) + FURTHER_DIGITS
        return text([PLAIN.decimal(decimal)]), _number(actual, digits)
    if isinstance(actual, arb):
        return f"exactly {_number(expected)}", _number(actual, CERTIFIED_DIGITS)
    shown = CERTIFIED_DIGITS if isinstance(actual, Decimal) else None
    return _number(expected, shown), _number(actual)


def _number(value: Any, digits: int | None = None) -> str:
    """Return a number as a terminal shows it: in part, if it is long."""
    return text(Numerals(PLAIN, digits=digits).value(np.array([[value]], dtype=object)))
