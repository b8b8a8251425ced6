"""Exact arithmetic: matrices of rational numbers, in FLINT."""

from __future__ import annotations

from flint import fmpq, fmpq_mat

from symlstm.algebras.rational import DIGITS_PER_BIT, RationalAlgebra
from symlstm.errors import TooLargeError
from symlstm.numbers.budget import most

SHORT = 30_000
"""Numbers of fewer bits are no reason to look at how long they are."""
MARGIN = 2
"""How many times as long as the states of a step may be what they are computed from."""


class ExactAlgebra(RationalAlgebra):
    """Rational numbers; a function that leaves them is an error, never an approximation.

    ``max_digits`` is how long they may become in a run, which `symlstm.runs.growth` sees to;
    without it, that is what the budget has.
    """

    name = "exact"
    exact = True

    def __init__(self, max_digits: int | None = None) -> None:
        self.max_digits = max_digits

    def assign(self, name: str, step: int, value: fmpq_mat) -> fmpq_mat:
        """Return the value; raises `TooLargeError` for one that is far too long to go on with."""
        bits = value[0, 0].height_bits()
        if bits > SHORT:
            self._validate(name, step, value[0, 0], round(bits * DIGITS_PER_BIT))
        return value

    def _validate(self, name: str, step: int, entry: fmpq, digits: int) -> None:
        limit = "integer_digits" if entry.q == 1 else "fraction_digits"
        allowed = most(limit) if self.max_digits is None else self.max_digits
        if digits > MARGIN * allowed:
            raise TooLargeError(
                f"{name}_{step} has {digits:,} digits, more than max_digits={allowed}; take fewer "
                "steps, allow more with a larger max_digits, or run the layer with algebra='ball' "
                "for certified digits or algebra='float'",
                argument="max_digits",
            )
