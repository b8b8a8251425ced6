"""Proven enclosures: real balls, in Arb."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import sympy
from flint import arb, arb_mat, fmpq

from symlstm.algebras.ball_functions import power, root, step, tanh_shrink, where_positive
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.endpoints import enclosure
from symlstm.algebras.flint_matrices import FlintAlgebra
from symlstm.algebras.forms import RECIPROCAL, Operations
from symlstm.equations.activations import Activation
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import ball
from symlstm.numbers.precision import precision
from symlstm.numbers.remembered import remembered

WIDEST = arb((1, -10))
"""Arguments of a larger radius are intervals to be told by their ends.

The exponential of a ball is off by the ball's radius, relatively, so that narrow ones lose nothing.
"""

FLOATS = 53
"""How many bits a number has that comes as a float."""


class BallAlgebra(CertifiedAlgebra[arb_mat], FlintAlgebra[arb_mat]):
    """Balls, midpoint and radius. An activation function of a wide one is computed from its ends.

    F. Johansson, "Arb: Efficient Arbitrary-Precision Midpoint-Radius Interval Arithmetic" (2017).
    """

    matrix = arb_mat
    operations: ClassVar[Operations] = {
        sympy.Add: operator.add,
        sympy.Mul: operator.mul,
        sympy.Pow: power,
        RECIPROCAL: arb(1).__truediv__,
        sympy.sqrt: root,
        sympy.Max: arb.max,
        sympy.Min: arb.min,
        sympy.Abs: abs,
        sympy.Heaviside: step,
        sympy.exp: arb.exp,
        sympy.tanh: arb.tanh,
        sympy.log: arb.log,
        sympy.sech: arb.sech,
        sympy.erf: arb.erf,
        Expm1: arb.expm1,
        Log1p: arb.log1p,
        Erfc: arb.erfc,
        TanhShrink: tanh_shrink,
        WherePositive: where_positive,
        type(sympy.pi): arb.pi,
    }

    def convert(self, entries: Array) -> arb_mat:
        again = self.precision >= FLOATS and not entries.flags.writeable
        exact = _exactly(entries) if again else None
        if exact is not None:
            return exact
        with self.context():
            return _balls(entries)

    def number(self, constant: fmpq) -> arb:
        return arb(constant)

    def sum_of_products(self, lefts: Sequence[arb_mat], rights: Sequence[arb_mat]) -> arb_mat:
        """Return the sum as one product of two matrices, which is faster, and in smaller balls."""
        left, right = map(in_rows, (lefts, rights))
        return left.transpose() * right

    def shift(self, argument: arb_mat) -> arb_mat:
        """Return the largest of the midpoints, which is no further off for being exact."""
        middles = [entry.mid() for entry in argument.entries()]
        return arb_mat(1, 1, [max(middles)])

    def apply(self, function: Activation, argument: arb_mat) -> arb_mat:
        if _all_narrow(argument):
            return super().apply(function, argument)
        narrow, wide = self.scalar(function), enclosure(function, self.precision)
        entries = argument.entries()
        return self.like(argument, ((narrow if e.rad() <= WIDEST else wide)(e) for e in entries))


def _balls(entries: Array) -> arb_mat:
    rows, columns = entries.shape
    return arb_mat(rows, columns, [ball(entry) for entry in entries.flat])


@remembered
def _exactly(entries: Array) -> arb_mat | None:
    """Return numbers that are floats as what they are at any precision; ``None`` for others."""
    with precision(FLOATS):
        found = _balls(entries)
    return found if all(map(arb.is_exact, found.entries())) else None


def in_rows(columns: Sequence[arb_mat]) -> arb_mat:
    """Return a matrix of which each row is one of some columns."""
    entries = [entry for column in columns for entry in column.entries()]
    return arb_mat(len(columns), columns[0].nrows(), entries)


def _all_narrow(argument: arb_mat) -> bool:
    """Whether no radius is above `WIDEST`, as the radius of the sum of all entries proves.

    It is no less than any of theirs, and costs one product. Where the sum of many entries, or its
    rounding, is too wide, nothing is lost but time.
    """
    of_rows = _ones(1, argument.nrows()) * argument
    return bool((of_rows * _ones(argument.ncols(), 1))[0, 0].rad() <= WIDEST)


@lru_cache(maxsize=64)
def _ones(rows: int, columns: int) -> arb_mat:
    return arb_mat(rows, columns, [1] * (rows * columns))
