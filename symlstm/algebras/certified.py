"""What algebras have in common whose values are proven enclosures."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from flint import fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.errors import PrecisionError
from symlstm.numbers.precision import precision, undisturbed

Value = TypeVar("Value")


@dataclass(frozen=True)
class Wanted:
    """How well values are to be known, of which an attempt may come to nothing.

    Radii are to be below 2^-bits of the middle, or of the ``least`` number that matters where that
    is larger; if none is said, of the largest middle there has been.
    """

    bits: int
    least: fmpq | None = None


class TooWideError(PrecisionError):
    """An attempt that was given up, as those in balls of fewer than ``bits`` bits would be."""

    def __init__(self, message: str, bits: int = 0) -> None:
        super().__init__(message)
        self.bits = bits


class CertifiedAlgebra(Algebra[Value]):
    """Values that contain the true ones, whatever is rounded on the way.

    ``precision`` is what middles of enclosures have, in bits; ``digits`` is how many of a value's
    digits someone wants proven, which `symlstm.runs.certify` sees to. A run is given up when what
    is ``wanted`` is out of reach; see `symlstm.runs.widening`.
    """

    name = "ball"
    exact = False
    takes_balls = True
    cancels = False
    sums_at_once = True
    contracts: ClassVar[bool] = False
    """Whether errors get smaller where a cell forgets, so that they need not grow with time."""

    def __init__(
        self, precision: int = 128, digits: int = 30, wanted: Wanted | None = None
    ) -> None:
        self.precision = precision
        self.digits = digits
        self.wanted = wanted

    def is_hopeless(self, bits: int) -> bool:
        """Whether it may give up, and would, since balls need so many bits."""
        return self.wanted is not None and not self.contracts and self.precision < bits

    def __str__(self) -> str:
        return f"balls of {self.precision} bits"

    def context(self) -> AbstractContextManager[Any]:
        return precision(self.precision)

    def printing(self) -> AbstractContextManager[Any]:
        return undisturbed()
