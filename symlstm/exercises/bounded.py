"""Algebras that end a run at the first value that is too large, or too long a fraction."""

from __future__ import annotations

from typing import Any

from flint import arb

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.derivations.exercise import Bounds

PRECISION = 64
"""At so many bits, balls are told to be within bounds; certified they are afterwards."""


class BeyondError(Exception):
    """A value broke a bound: ``name`` at ``step``, in size or in its denominator."""

    def __init__(self, name: str, step: int, bound: str) -> None:
        super().__init__(name, step, bound)
        self.broken = name, step, bound


class _Bounded(Algebra[Any]):
    """An algebra whose values keep within bounds, or raise `BeyondError`."""

    bounds: Bounds

    def assign(self, name: str, step: int, value: Any) -> Any:
        value = super().assign(name, step, value)
        for entry in value.entries():
            if not self.is_small(entry):
                raise BeyondError(name, step, "size")
            if self.exact and entry.q > self.bounds.denominator:
                raise BeyondError(name, step, "denominator")
        return value

    def is_small(self, entry: Any) -> bool:
        """Say whether a value is proven to be within the bound on its size."""
        return bool(abs(entry) <= self.bounds.size)


class _BoundedExact(_Bounded, ExactAlgebra):
    """Rational numbers within bounds."""


class _BoundedDecimal(_Bounded, DecimalAlgebra):
    """Decimals within bounds; a denominator they have not."""


class _BoundedBall(_Bounded, BallAlgebra):
    """Balls within bounds."""

    sums_at_once = False  # what they are summed up from is to be within bounds, too

    def is_small(self, entry: Any) -> bool:
        return bool(abs(entry) <= arb(self.bounds.size))


def bounded(algebra: Algebra[Any], bounds: Bounds) -> Algebra[Any]:
    """Return an algebra like that of a run, whose values keep within bounds."""
    made: _BoundedExact | _BoundedDecimal | _BoundedBall
    if isinstance(algebra, DecimalAlgebra):
        made = _BoundedDecimal(algebra.places, algebra.max_digits)
    elif isinstance(algebra, CertifiedAlgebra):
        made = _BoundedBall(PRECISION, algebra.digits)
    else:
        made = _BoundedExact()
    made.bounds = bounds
    return made
