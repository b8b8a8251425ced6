"""Proven enclosures: real balls, in Arb."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import sympy
from flint import arb, arb_mat, fmpq

from symlstm.algebras.ball_functions import power, root, step, tanh_shrink, where_positive
from symlstm.algebras.endpoints import enclosure
from symlstm.algebras.flint_matrices import FlintAlgebra
from symlstm.algebras.forms import RECIPROCAL, Operations
from symlstm.equations.activations import Activation
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import ball
from symlstm.numbers.precision import precision, undisturbed

WIDEST = arb((1, -10))
"""Arguments of a larger radius are intervals to be told by their ends.

The exponential of a ball is off by the ball's radius, relatively, so that narrow ones lose nothing.
"""


@dataclass(frozen=True)
class Wanted:
    """How well values are to be known, of which an attempt may come to nothing.

    Radii are to be below 2^-bits of the middle, or of the ``least`` number that matters where that
    is larger; if none is said, of the largest middle there has been.
    """

    bits: int
    least: fmpq | None = None


class BallAlgebra(FlintAlgebra[arb_mat]):
    """Balls, midpoint and radius, that contain the true value whatever is rounded on the way.

    ``precision`` is that of the midpoints, in bits; ``digits`` is how many of a value's digits
    someone wants proven, which `symlstm.runs.certify` sees to. A run is given up when what is
    ``wanted`` is out of reach; see `symlstm.runs.widening`. F. Johansson, "Arb: Efficient
    Arbitrary-Precision Midpoint-Radius Interval Arithmetic" (2017). An activation function of a
    wide ball is computed from the ball's ends.
    """

    name = "ball"
    matrix = arb_mat
    exact = False
    takes_balls = True
    cancels = False
    sums_at_once = True
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

    def __init__(
        self, precision: int = 128, digits: int = 30, wanted: Wanted | None = None
    ) -> None:
        self.precision = precision
        self.digits = digits
        self.wanted = wanted

    def context(self) -> AbstractContextManager[Any]:
        return precision(self.precision)

    def printing(self) -> AbstractContextManager[Any]:
        return undisturbed()

    def convert(self, entries: Array) -> arb_mat:
        rows, columns = entries.shape
        with self.context():
            return arb_mat(rows, columns, [ball(entry) for entry in entries.flat])

    def number(self, constant: fmpq) -> arb:
        return arb(constant)

    def sum_of_products(self, lefts: Sequence[arb_mat], rights: Sequence[arb_mat]) -> arb_mat:
        """Return the sum as one product of two matrices, which is faster, and in smaller balls."""
        left, right = map(_in_rows, (lefts, rights))
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


def _in_rows(columns: Sequence[arb_mat]) -> arb_mat:
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
