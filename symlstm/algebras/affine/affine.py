"""Affine forms: values that remember in which direction they are uncertain.

An interval forgets that two values are uncertain for the same reason, so that a loop which
contracts an error goes on adding up intervals. An affine form is a ball and a linear map of errors
that it shares with other values,

    value = ball + G e,   e in a set E,

where E is a cube (`zonotope`) or a Euclidean ball (`ellipsoid`). What is linear takes G along. What
is not goes into the radius of the ball, which is independent of everything.

Every operation encloses. G is in float64, and a bound of what its rounding can amount to is added
to the radius: k operations on numbers that come to s in absolute value are off by no more than
k 2^-52 s (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., 2002, section
3.1), of which `ROUNDING` is more, and `TINY` is more than what underflows.

A function of an entry is f(x) = f(c) + d (x - c), where d is in whatever encloses all slopes of f
between c and x; at a corner, those of both sides. The middle of the enclosure is taken along, and
its radius goes into that of the ball. Where an interval is wide and the slopes keep their sign, the
one nearest to zero is taken: what remains of f rises, or falls, as f does, so that its values at
the ends enclose it. Where they change it, the values of f on the interval are taken without a
slope, if these are much narrower; and where f may jump, always.

J. Stolfi and L. H. de Figueiredo, "Self-Validated Numerical Methods and Applications" (1997),
chapter 3; "Affine Arithmetic: Concepts and Applications", Numerical Algorithms 37 (2004). S. M.
Rump, "Verification Methods: Rigorous Results Using Floating-Point Arithmetic", Acta Numerica 19
(2010), has the mean value form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cache, partial, reduce
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np
from flint import arb, arb_mat, fmpq
from threadpoolctl import ThreadpoolController

from symlstm.algebras.affine.form import (
    ROUNDING,
    TINY,
    Floats,
    Form,
    bounding,
    generators_of,
    widened,
)
from symlstm.algebras.affine.slopes import SLOPES, by_value, flattest, steps_of
from symlstm.algebras.ball import WIDEST, BallAlgebra, in_rows
from symlstm.algebras.certified import CertifiedAlgebra, Wanted
from symlstm.algebras.endpoints import enclosure
from symlstm.equations.activations import Activation, row_named
from symlstm.numbers.arrays import Array
from symlstm.numbers.precision import precision

WORTH = 2
"""How many times as wide as the values of a function its form may be, for having a slope."""

Product: TypeAlias = Callable[[Any, Any], Any]


F = TypeVar("F", bound=Form)


class AffineAlgebra(CertifiedAlgebra[Any], Generic[F]):
    """Values are forms, or plain balls where no error is shared with others.

    Of what shares no error, the ball algebra tells what becomes of it.
    """

    kind: ClassVar[type[Any]]
    """What its forms are: `Form` of some kind."""
    operations = BallAlgebra.operations

    def __init__(self, precision: int, digits: int, wanted: Wanted | None = None) -> None:
        super().__init__(precision, digits, wanted)
        self.balls = BallAlgebra(precision, digits)

    def form(self, *parts: Any) -> F:
        """Return a form of a ball, generators and symbols."""
        made: F = self.kind(*parts)
        return made

    def context(self) -> AbstractContextManager[Any]:
        within = ExitStack()
        within.enter_context(super().context())
        within.enter_context(np.errstate(all="ignore"))  # what is no number encloses everything
        within.enter_context(_libraries().limit(limits=1))  # matrices are too small for threads
        return within

    def formed(self, value: F | arb_mat) -> F:
        """Return a value as a form, which it may be already."""
        return self.form(value) if isinstance(value, arb_mat) else value

    def aligned(self, *values: F | arb_mat) -> Sequence[F]:
        """Return values as forms of the same errors."""
        aligned: Sequence[F] = self.kind.aligned([self.formed(value) for value in values])
        return aligned

    def convert(self, entries: Array) -> F:
        return self.form(self.balls.convert(entries))

    def zeros(self, shape: Sequence[Any]) -> F:
        return self.form(self.balls.zeros(shape))

    def add(self, *terms: F | arb_mat) -> F:
        together = self.aligned(*terms)
        ball = self.balls.add(*(term.ball for term in together))
        moved = [term.generators for term in together if term.generators is not None]
        if not moved:
            return self.form(ball)
        symbols = next(term.symbols for term in together if term.symbols is not None)
        if len(moved) == 1:
            return self.form(ball, moved[0], symbols)
        sizes: Floats = reduce(np.add, [term.size for term in together])
        rest = bounding(len(moved) * ROUNDING * sizes)
        return self.form(widened(ball, rest), reduce(np.add, moved), symbols)

    def multiply(self, matrix: F | arb_mat, vector: F | arb_mat) -> F:
        left, right = self.aligned(matrix, vector)
        ball = self.balls.multiply(left.ball, right.ball)
        return self._product(ball, left, right, np.matmul, _of_matrix)

    def sum_of_products(self, lefts: Sequence[F | arb_mat], rights: Sequence[F | arb_mat]) -> F:
        return self.multiply(self.transpose(self._in_rows(lefts)), self._in_rows(rights))

    def _in_rows(self, columns: Sequence[F | arb_mat]) -> F:
        """Return a form of which each row is one of some columns."""
        together = self.aligned(*columns)
        ball = in_rows([column.ball for column in together])
        rows = generators_of(together)
        if rows is None:
            return self.form(ball)
        symbols = next(one.symbols for one in together if one.symbols is not None)
        return self.form(ball, np.concatenate(rows, axis=1).swapaxes(0, 1), symbols)

    def hadamard(self, *factors: F | arb_mat) -> F:
        combine = partial(self._entrywise, self.balls.hadamard)
        return self.formed(reduce(combine, factors))

    def scale(self, factor: F | arb_mat, argument: F | arb_mat) -> F:
        return self._entrywise(self.balls.scale, factor, argument)

    def _entrywise(self, combine: Product, left: F | arb_mat, right: F | arb_mat) -> F:
        one, other = self.aligned(left, right)
        return self._product(combine(one.ball, other.ball), one, other, np.multiply, _of_entries)

    def _product(
        self, ball: arb_mat, left: F, right: F, product: Product, by_numbers: Product
    ) -> F:
        """Return a product of two forms, of whose balls ``ball`` is the product.

        (a + A e) (b + B e) is a b + (a B + A b) e, and A e times B e. ``by_numbers`` multiplies
        numbers by generators.
        """
        if left.generators is None and right.generators is None:
            return self.form(ball)
        rest, terms = [], []
        if right.generators is not None:
            terms.append(by_numbers(left.middles, right.generators))
            rest.append(product(left.beside, right.size))
        if left.generators is not None:
            turned = by_numbers(right.middles.T, np.swapaxes(left.generators, 0, 1))
            terms.append(np.swapaxes(turned, 0, 1))
            rest.append(product(left.size, right.beside))
        if len(terms) > 1:
            rest.append(product(left.size, right.size))
        bound = bounding(reduce(np.add, rest) * (1 + (left.shape[1] + 4) * ROUNDING))
        symbols = (right if left.generators is None else left).symbols
        return self.form(widened(ball, bound), reduce(np.add, terms), symbols)

    def number(self, constant: fmpq) -> Any:
        return self.balls.number(constant)

    def transpose(self, matrix: F | arb_mat) -> F:
        form = self.formed(matrix)
        ball, moved = self.balls.transpose(form.ball), form.generators
        turned = None if moved is None else np.swapaxes(moved, 0, 1)
        return self.form(ball, turned, form.symbols)

    def export(self, value: F | arb_mat) -> Array:
        if isinstance(value, arb_mat):
            return self.balls.export(value)
        with self.context():
            return self.balls.export(value.hull)

    def part(self, value: F | arb_mat, rows: Sequence[int], columns: Sequence[int]) -> F:
        form = self.formed(value)
        ball, moved = self.balls.part(form.ball, rows, columns), form.generators
        taken = None if moved is None else moved[np.ix_(rows, columns)]
        return self.form(ball, taken, form.symbols)

    def maximum(self, left: F | arb_mat, right: F | arb_mat) -> F:
        """Return the larger of two, which is half of a + b and |a - b|."""
        apart = self.add(left, self._times(-1, right))
        twice = self.add(left, right, self.apply(row_named("absolute"), apart))
        return self._times(arb((1, -1)), twice)

    def _times(self, factor: Any, value: F | arb_mat) -> F:
        return self.scale(self.form(arb_mat([[factor]])), value)

    def shift(self, argument: F | arb_mat) -> F:
        return self.form(self.balls.shift(self.formed(argument).ball))

    def apply(self, function: Activation, argument: F | arb_mat) -> F:
        form = self.formed(argument)
        if function.is_identity:
            return form
        if form.generators is None:
            return self.form(self.balls.apply(function, form.ball))
        values, spread = self.balls.apply(function, form.exact_middles), form.size + form.radii
        derivatives, bend = self._derivatives(function, form, values, spread)
        slopes = derivatives.middles
        rest = (derivatives.beside + bend / 2 * spread) * spread + abs(slopes) * form.radii
        ball = widened(values, bounding(rest * (1 + ROUNDING)))
        straight = np.isfinite(rest) & (spread <= float(WIDEST))
        if not straight.all() or steps_of(function):
            ball, slopes = self._bent(function, form, derivatives, ball, straight)
        return self.form(ball, slopes[..., None] * form.generators, form.symbols)

    def _derivatives(
        self, function: Activation, argument: F, values: arb_mat, spread: Floats
    ) -> tuple[F, float]:
        """Return enclosures of the derivatives where an argument may be, and zero.

        Or, where that costs less, those at its middles, and how much they change in a unit at most:
        the slope from a middle to anywhere changes half as much.
        """
        told = by_value(function)
        if told is not None and (spread <= float(WIDEST)).all():
            derivative, bend = told
            with precision(SLOPES):
                return self.form(self.balls.like(values, derivative(values.entries()))), bend
        around = argument.hull
        with precision(SLOPES):
            return self.form(self.balls.apply(function.prime, around)), 0.0

    def _bent(
        self,
        function: Activation,
        argument: F,
        derivatives: F,
        ball: arb_mat,
        straight: Any,
    ) -> tuple[arb_mat, Floats]:
        """Return balls and slopes, other ones where an interval is wide, or a function may jump."""
        entries, slopes = ball.entries(), derivatives.middles.copy()
        hulls, slope_balls = argument.entries(), derivatives.entries()
        for k, around in enumerate(argument.ball.entries()):
            jumps = any(step(hulls[k]).contains(0) for step in steps_of(function))
            if straight.flat[k] and not jumps:
                continue
            slope = 0.0 if jumps else flattest(slope_balls[k])
            if slope:
                remains = self._remains(function, hulls[k], arb(slope))
                entries[k] = around * arb(slope) + remains
            else:
                values = enclosure(function, self.precision)(hulls[k])
                width = entries[k].rad() + arb(abs(slopes.flat[k])) * arb(argument.size.flat[k])
                if not jumps and width <= WORTH * values.rad():
                    continue
                entries[k] = values
            slopes.flat[k] = slope
            entries[k] += arb(0, ROUNDING * (abs(slope) * argument.size.flat[k]) + TINY)
        return arb_mat(*argument.shape, entries), slopes

    def _remains(self, function: Activation, around: arb, slope: arb) -> arb:
        """Return what a function is less a line that is flatter, between the ends of a ball.

        An end is a ball of its own: what lies beyond it may be a kink.
        """
        value = self.balls.scalar(function)
        low, high = around.mid() - around.rad(), around.mid() + around.rad()
        return (value(low) - slope * low).union(value(high) - slope * high)


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def _of_matrix(matrix: Floats, generators: Floats) -> Floats:
    rows, columns, count = generators.shape
    return (matrix @ generators.reshape(rows, columns * count)).reshape(-1, columns, count)


def _of_entries(factors: Floats, generators: Floats) -> Floats:
    return factors[..., None] * generators
