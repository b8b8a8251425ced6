"""Numbers anywhere in a box: what balls enclose and what zonotopes do, the narrower of both.

Balls are good where intervals are wide, and zonotopes where much is done with narrow ones. Values
are computed in both, and of one that has a name the intersection is known: the reduced product of
P. Cousot and R. Cousot, "Systematic Design of Program Analysis Frameworks" (1979), section 10.1.
The balls themselves go on as they are, so that nothing is ever wider than they make it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from flint import arb, arb_mat, fmpq

from symlstm.algebras.affine.zonotope import Zonotope, ZonotopeAlgebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.equations.activations import Activation
from symlstm.numbers.arrays import Array


@dataclass(frozen=True, eq=False)
class Box:
    """A value in both, and once it has a name what is ``known`` of it from both."""

    ball: arb_mat
    form: Zonotope
    known: arb_mat | None = None

    def nrows(self) -> int:
        """Return how many rows it has."""
        return int(self.ball.nrows())

    def ncols(self) -> int:
        """Return how many columns it has."""
        return int(self.ball.ncols())

    def entries(self) -> list[arb]:
        """Return balls around its entries, row by row."""
        entries: list[arb] = (self.ball if self.known is None else self.known).entries()
        return entries


class BoxAlgebra(CertifiedAlgebra[Box]):
    """Computes with intervals as narrowly as it can."""

    operations = BallAlgebra.operations

    def __init__(self, precision: int, digits: int) -> None:
        super().__init__(precision, digits)
        self.balls = BallAlgebra(precision, digits)
        self.zonotopes = ZonotopeAlgebra(precision, digits)

    def convert(self, entries: Array) -> Box:
        return Box(self.balls.convert(entries), self.zonotopes.convert(entries))

    def export(self, value: Box) -> Array:
        balls = self.balls.export(value.ball if value.known is None else value.known)
        return self.zonotopes.handed(balls, value.form)

    def number(self, constant: fmpq) -> arb:
        return self.balls.number(constant)

    def add(self, *terms: Box) -> Box:
        forms = [term.form for term in terms]
        return Box(self.balls.add(*(term.ball for term in terms)), self.zonotopes.add(*forms))

    def multiply(self, matrix: Box, vector: Box) -> Box:
        form = self.zonotopes.multiply(matrix.form, vector.form)
        return Box(self.balls.multiply(matrix.ball, vector.ball), form)

    def sum_of_products(self, lefts: Sequence[Box], rights: Sequence[Box]) -> Box:
        balls = ([one.ball for one in side] for side in (lefts, rights))
        forms = ([one.form for one in side] for side in (lefts, rights))
        return Box(self.balls.sum_of_products(*balls), self.zonotopes.sum_of_products(*forms))

    def transpose(self, matrix: Box) -> Box:
        return Box(self.balls.transpose(matrix.ball), self.zonotopes.transpose(matrix.form))

    def hadamard(self, *factors: Box) -> Box:
        form = self.zonotopes.hadamard(*(factor.form for factor in factors))
        return Box(self.balls.hadamard(*(factor.ball for factor in factors)), form)

    def scale(self, factor: Box, argument: Box) -> Box:
        form = self.zonotopes.scale(factor.form, argument.form)
        return Box(self.balls.scale(factor.ball, argument.ball), form)

    def apply(self, function: Activation, argument: Box) -> Box:
        form = self.zonotopes.apply(function, argument.form)
        return Box(self.balls.apply(function, argument.ball), form)

    def maximum(self, left: Box, right: Box) -> Box:
        form = self.zonotopes.maximum(left.form, right.form)
        return Box(self.balls.maximum(left.ball, right.ball), form)

    def shift(self, argument: Box) -> Box:
        return Box(self.balls.shift(argument.ball), self.zonotopes.shift(argument.form))

    def part(self, value: Box, rows: Sequence[int], columns: Sequence[int]) -> Box:
        form = self.zonotopes.part(value.form, rows, columns)
        return Box(self.balls.part(value.ball, rows, columns), form)

    def context(self) -> AbstractContextManager[Any]:
        return self.zonotopes.context()

    def assign(self, name: str, step: int, value: Box) -> Box:
        form = value.form.narrowed(value.ball.entries())
        entries = list(map(narrower, value.ball.entries(), form.entries()))
        return Box(value.ball, form, arb_mat(form.nrows(), form.ncols(), entries))

    def carry(
        self, names: Sequence[str], now: dict[str, Box], before: dict[str, Box] | None
    ) -> None:
        forms, earlier = _forms(now), None if before is None else _forms(before)
        self.zonotopes.carry(names, forms, earlier)
        now.update({name: replace(now[name], form=form) for name, form in forms.items()})
        if before is not None and earlier is not None:
            before.update({n: replace(before[n], form=form) for n, form in earlier.items()})


def _forms(step: Mapping[str, Box]) -> dict[str, Zonotope]:
    return {name: box.form for name, box in step.items()}


def narrower(ball: arb, other: arb) -> arb:
    """Return what two balls around one number have in common, or the first, if that is as narrow.

    >>> both = narrower(arb(0, 1), arb(1, 1))
    >>> both.contains(arb("0.01")), both.contains(arb("-0.01"))
    (True, False)
    """
    if not other.is_finite():
        return ball
    if not ball.is_finite():
        return other
    both = ball.intersection(other)
    return both if both.rad() < ball.rad() else ball
