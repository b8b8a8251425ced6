"""Proven enclosures: real balls, in Arb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import reduce
from operator import add, mul
from typing import Any, ClassVar

import numpy as np
import sympy
from flint import arb, arb_mat, ctx, fmpq

from symlstm.activations import Activation
from symlstm.algebras.algebra import Algebra
from symlstm.numbers import Array


def _step(argument: arb, at_zero: arb) -> arb:
    """Return the unit step of a ball: one of its two values, or what encloses both."""
    if argument > 0:
        return arb(1)
    if argument < 0:
        return arb(0)
    return at_zero if argument.is_zero() else arb(0).union(arb(1))


class BallAlgebra(Algebra[arb_mat]):
    """Balls, midpoint and radius, that contain the true value whatever is rounded on the way.

    ``precision`` is that of the midpoints, in bits; ``digits`` is how many of a value's digits
    someone wants proven, which `symlstm.certify` sees to. F. Johansson, "Arb: Efficient
    Arbitrary-Precision Midpoint-Radius Interval Arithmetic" (2017).
    """

    name = "ball"
    exact = False
    operations: ClassVar[Mapping[type, Callable[..., Any]]] = {
        sympy.Add: lambda *terms: reduce(add, terms),
        sympy.Mul: lambda *factors: reduce(mul, factors),
        sympy.Pow: lambda base, exponent: base**exponent,
        sympy.Max: lambda *values: reduce(arb.max, values),
        sympy.Min: lambda *values: reduce(arb.min, values),
        sympy.Abs: abs,
        sympy.Heaviside: _step,
        sympy.exp: arb.exp,
        sympy.tanh: arb.tanh,
    }

    def __init__(self, precision: int = 128, digits: int = 30) -> None:
        self.precision = precision
        self.digits = digits

    def context(self) -> AbstractContextManager[Any]:
        return ctx.workprec(self.precision)

    def convert(self, entries: Array) -> arb_mat:
        rows, columns = entries.shape
        with self.context():
            return arb_mat(rows, columns, [arb(entry) for entry in entries.flat])

    def export(self, value: arb_mat) -> Array:
        exported = np.empty(value.nrows() * value.ncols(), dtype=object)
        exported[:] = value.entries()
        return exported.reshape(value.nrows(), value.ncols())

    def number(self, constant: fmpq) -> arb:
        return arb(constant)

    def add(self, *terms: arb_mat) -> arb_mat:
        return reduce(add, terms)

    def multiply(self, matrix: arb_mat, vector: arb_mat) -> arb_mat:
        return matrix * vector

    def transpose(self, matrix: arb_mat) -> arb_mat:
        return matrix.transpose()

    def hadamard(self, *factors: arb_mat) -> arb_mat:
        return self._entrywise(lambda *entries: reduce(mul, entries), *factors)

    def scale(self, factor: arb_mat, argument: arb_mat) -> arb_mat:
        return argument * factor[0, 0]

    def apply(self, function: Activation, argument: arb_mat) -> arb_mat:
        return self._entrywise(self.scalar(function), argument)

    @staticmethod
    def _entrywise(function: Callable[..., arb], *matrices: arb_mat) -> arb_mat:
        entries = map(function, *(matrix.entries() for matrix in matrices))
        return arb_mat(matrices[0].nrows(), matrices[0].ncols(), list(entries))
