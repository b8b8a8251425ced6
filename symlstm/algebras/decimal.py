"""What a pocket calculator's user gets, who rounds every value before using it further."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from flint import fmpq_mat

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.decimal_functions import rounded, rounded_together
from symlstm.algebras.rational import DIGITS_PER_BIT, RationalAlgebra
from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation
from symlstm.equations.functions import EntryFunction
from symlstm.errors import TooLargeError
from symlstm.numbers.arrays import Array
from symlstm.numbers.decimals import in_full
from symlstm.numbers.exact import rational, to_sympy
from symlstm.numbers.places import Places

LONGEST = 100_000
"""How many digits, those after the point and zeros among them, a value may have unless told."""


class DecimalAlgebra(RationalAlgebra):
    """Decimals, every one of them the nearest to an exact result of those before.

    What is given is not rounded. The value of each equation is rounded once, and that of each
    activation function, wherever it stands; sums and products in an equation are exact. So each
    line follows from the numbers in it, and the last one is off by whatever all roundings make.
    """

    name = "decimal"
    exact = False

    def __init__(self, places: Places, max_digits: int = LONGEST) -> None:
        self.places = places
        self.max_digits = max_digits

    @property
    def digits(self) -> int | None:
        """How many significant digits values have, if that is what they are rounded to."""
        return self.places.digits

    @property
    def decimals(self) -> int | None:
        """How many digits values have after the point, if that is what they are rounded to."""
        return self.places.decimals

    @property
    def rounding(self) -> str:
        """Which of two equally near decimals is taken, ``"half_up"`` or ``"half_even"``."""
        return self.places.rounding

    def assign(self, name: str, step: int, value: fmpq_mat) -> fmpq_mat:
        """Return the rounded value; raises `TooLargeError` for one with too long an entry."""
        value = self._nearest(value)
        digits = max(round(e.height_bits() * DIGITS_PER_BIT) for e in value.entries())
        if digits > self.max_digits:
            raise TooLargeError(
                f"{name}_{step} is a fraction of numbers of {digits:,} digits, more than "
                f"max_digits={self.max_digits}; take fewer steps, or allow more with a larger "
                "max_digits",
                argument="max_digits",
            )
        return value

    def apply(self, function: Activation, argument: fmpq_mat) -> fmpq_mat:
        if function.is_identity:
            return argument
        if _is_rational(function):
            value = super().apply(function, argument)
            return value if isinstance(function, EntryFunction) else self._nearest(value)
        entries = argument.entries()
        return self.like(argument, rounded(function, entries, self.places, self.max_digits))

    def apply_to_vector(
        self,
        function: VectorActivation,
        formula: Callable[[Algebra[Any], Any], Any],
        argument: fmpq_mat,
    ) -> fmpq_mat:
        """Return the decimals that are nearest to the function's values."""
        entries = argument.entries()
        longest = self.max_digits
        decimals = rounded_together(function, formula, entries, self.places, longest)
        return self.like(argument, decimals)

    def kept(self, numbers: Array) -> Array:
        return np.vectorize(self._kept, otypes=[object])(numbers)

    def written(self, numbers: Array) -> Array:
        """Return values as Python's decimals, with all their places, as a page shows them."""
        return np.vectorize(self._in_full, otypes=[object])(numbers)

    def _in_full(self, number: object) -> object:
        return in_full(rational(number), self.places)

    def _kept(self, number: object) -> object:
        return to_sympy(self.places.nearest(rational(number)))

    def _nearest(self, value: fmpq_mat) -> fmpq_mat:
        return self.like(value, map(self.places.nearest, value.entries()))


@lru_cache(maxsize=256)
def _is_rational(function: Activation) -> bool:
    return function.rational
