"""What algebras have in common whose values are proven enclosures."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, TypeVar

from symlstm.algebras.algebra import Algebra
from symlstm.numbers.precision import precision, undisturbed

Value = TypeVar("Value")


class CertifiedAlgebra(Algebra[Value]):
    """Values that contain the true ones, whatever is rounded on the way.

    ``precision`` is what middles of enclosures have, in bits; ``digits`` is how many of a value's
    digits someone wants proven, which `symlstm.runs.certify` sees to.
    """

    name = "ball"
    exact = False
    takes_balls = True
    cancels = False

    def __init__(self, precision: int = 128, digits: int = 30) -> None:
        self.precision = precision
        self.digits = digits

    def context(self) -> AbstractContextManager[Any]:
        return precision(self.precision)

    def printing(self) -> AbstractContextManager[Any]:
        return undisturbed()
