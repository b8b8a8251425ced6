"""What someone has written for a value: numbers, each as exact as it is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from flint import arb, fmpq

from symlstm.algebras.rational import DIGITS_PER_BIT
from symlstm.derivations.expectation import within
from symlstm.derivations.expected import to_the_last_digit
from symlstm.errors import NumberError, ShapeError, SymlstmError
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import Interval, rational

LEAST_DIGITS = 3
"""So many significant digits a decimal has at the least that is right when it is rounded."""

LONGEST_LOOK = 100
"""How much of what is no number is looked at, to say what is wrong with it."""


@dataclass(frozen=True)
class Written:
    """A number as it was written: ``exact``, and of a decimal, all that rounds to it."""

    exact: fmpq
    rounded: Interval | None
    digits: int

    @property
    def length(self) -> int:
        """About how many digits its numerator or denominator has."""
        return round(self.exact.height_bits() * DIGITS_PER_BIT)

    def is_exactly(self, value: Any) -> bool:
        """Say whether it is a value, with nothing rounded."""
        return within(value, self.exact)

    def is_about(self, value: Any) -> bool:
        """Say whether a value is proven to round to it, in however many digits."""
        return self.rounded is not None and within(value, self.rounded)

    def is_right(self, value: Any, *, rounds: bool) -> bool:
        """Say whether it is a value, or that value ``rounds`` to it in enough digits."""
        enough = rounds and self.digits >= LEAST_DIGITS
        return self.is_exactly(value) or (enough and self.is_about(value))


def read(value: Any, shape: Sequence[int], *, argument: str) -> Array:
    """Return what was written for a value of a ``shape``, each entry as a `Written`.

    Raises `NumberError` for what is no number, and `ShapeError` for more or fewer than there are;
    the message is for whoever wrote it.
    """
    wanted = _without_ones(shape)
    several = f"a list of {wanted[0]} numbers" if len(wanted) == 1 else f"lists of shape {wanted}"
    mend = f"give {several}" if wanted else "give one number"
    if re.search(r"\d,\d", str(value)[:LONGEST_LOOK]):
        mend += ", with a point for its decimals: 1.5"
    try:
        found = rational_array(value, argument=argument, read=_written)
    except NumberError as error:
        raise NumberError(mend) from error
    except SymlstmError as error:
        raise ShapeError(mend) from error
    if _without_ones(found.shape) != wanted:
        raise ShapeError(mend)
    return found.reshape(tuple(shape))


def height(value: Any) -> int:
    """Return about how many digits the numerator or denominator of a computed value has."""
    return 0 if isinstance(value, arb) else round(rational(value).height_bits() * DIGITS_PER_BIT)


def _written(value: Any, *, argument: str) -> Written:
    exact = rational(value, argument=argument)
    known = to_the_last_digit(value, argument=argument)
    if isinstance(known, Interval):
        return Written(exact, known, len(Decimal(str(value).strip()).as_tuple().digits))
    return Written(exact, None, 0)


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def exact_numbers(written: Array) -> Array:
    """Return the exact numbers of what was written."""
    return np.vectorize(lambda one: one.exact, otypes=[object])(written)
