"""Proven enclosures: real balls, in Arb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import reduce
from operator import add, mul
from typing import Any, ClassVar

import sympy
from flint import arb, arb_mat, ctx, fmpq

from symlstm.algebras.flint_matrices import FlintAlgebra
from symlstm.numbers import Array, Interval


def _step(argument: arb, at_zero: arb) -> arb:
    """Return the unit step of a ball: one of its two values, or what encloses both."""
    if argument > 0:
        return arb(1)
    if argument < 0:
        return arb(0)
    return at_zero if argument.is_zero() else arb(0).union(arb(1))


def _ball(entry: fmpq | Interval | arb) -> arb:
    """Return a ball around a number, or around all of an interval: Arb rounds radii up."""
    return arb(entry.middle, entry.radius) if isinstance(entry, Interval) else arb(entry)


class BallAlgebra(FlintAlgebra[arb_mat]):
    """Balls, midpoint and radius, that contain the true value whatever is rounded on the way.

    ``precision`` is that of the midpoints, in bits; ``digits`` is how many of a value's digits
    someone wants proven, which `symlstm.certify` sees to. F. Johansson, "Arb: Efficient
    Arbitrary-Precision Midpoint-Radius Interval Arithmetic" (2017).
    """

    name = "ball"
    matrix = arb_mat
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
            return arb_mat(rows, columns, [_ball(entry) for entry in entries.flat])

    def number(self, constant: fmpq) -> arb:
        return arb(constant)
