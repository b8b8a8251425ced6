"""SymPy numbers of so many digits that Python refuses to print them: FLINT does it at once."""

from __future__ import annotations

from typing import Any

import sympy
from flint import fmpz

PRINTED_BY_PYTHON = 4300
"""How many digits of an integer Python prints, unless it is told otherwise."""
BITS = int(PRINTED_BY_PYTHON * 3.321)
"""Numbers of more bits than this are printed here."""


class LongInteger(sympy.Integer):
    """An integer of any number of digits, which prints; in all else it is SymPy's."""

    def __new__(cls, value: int) -> LongInteger:
        """Make the number; SymPy builds its objects in ``__new__``."""
        made = sympy.Expr.__new__(cls)
        made.p = int(value)
        return made

    def _sympystr(self, _printer: Any) -> str:
        return str(fmpz(self.p).str())

    _latex = _sympystr


class LongRational(sympy.Rational):
    """A fraction of any number of digits, which prints; in all else it is SymPy's."""

    def __new__(cls, p: int, q: int) -> LongRational:
        """Make the number, of two that have no factor in common."""
        made = sympy.Expr.__new__(cls)
        made.p, made.q = int(p), int(q)
        return made

    def __hash__(self) -> int:
        return hash(sympy.Rational.from_coprime_ints(self.p, self.q))  # to which it is equal

    def _sympystr(self, _printer: Any) -> str:
        return f"{fmpz(self.p).str()}/{fmpz(self.q).str()}"


def long_number(p: int, q: int) -> sympy.Rational:
    """Return a number, of which the numerator or the denominator is long, as one that prints."""
    return LongInteger(p) if q == 1 else LongRational(p, q)
