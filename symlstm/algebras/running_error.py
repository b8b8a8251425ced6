"""Float64 with a bound on its rounding error carried along.

Running error analysis (Wilkinson; Higham, "Accuracy and Stability of Numerical Algorithms", 2nd
ed., section 3.3): beside every computed value stands a bound on its distance from the true one,
grown by each operation's own rounding. What is further off than its bound is wrong, not rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar, cast

import numpy as np
import sympy
from flint import fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.forms import RECIPROCAL, Operations
from symlstm.equations.activations import Activation
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive
from symlstm.numbers.arrays import Array

SLACK = 1 + 2.0**-20
"""Covers the rounding of the bounds themselves, and terms of second order in float64's roundoff."""


@dataclass(frozen=True)
class Arithmetic:
    """How far operations in a format are off.

    A result rounds by no more than ``unit`` of itself; one that underflows, by less than
    ``smallest``; a function of a library is off by no more than ``library`` of itself, and one that
    gives zero for results below the normal numbers by ``smallest_normal``. A value is never above
    ``largest``.
    """

    unit: float
    smallest: float
    smallest_normal: float
    library: float
    largest: float = math.inf

    def holds(self, values: Any) -> Any:
        """Return whether float64 numbers are, but for their range, numbers of the format."""
        significands = np.frexp(values)[0] / self.unit
        return significands == np.floor(significands)


FLOAT64 = Arithmetic(2.0**-53, 2.0**-1074, 2.0**-1022, 32 * 2.0**-53)
"""NumPy's. Its own tests hold its loops to 4 units in the last place, of 2^-52 at most, and those
of the GNU C library fail for more than 9 in any of its functions; 16 leave some for others."""


@dataclass(frozen=True)
class Bounded:
    """Computed values, for each a bound on its absolute error, and what they were computed in."""

    value: Any
    bound: Any
    arithmetic: Arithmetic = FLOAT64

    def __add__(self, other: Bounded) -> Bounded:
        left, right = _alike(self, other)
        return _rounded(left.value + right.value, left.bound + right.bound, left.arithmetic)

    def __mul__(self, other: Bounded) -> Bounded:
        left, right = _alike(self, other)
        inherited = (
            abs(left.value) * right.bound + abs(right.value) * left.bound + left.bound * right.bound
        )
        return _rounded(left.value * right.value, inherited, left.arithmetic)

    def reciprocal(self) -> Bounded:
        """Return 1/x; without a bound where the true value may be zero."""
        value = 1 / self.value
        nearest = np.maximum(abs(self.value) - self.bound, 0)
        return _rounded(value, self.bound / abs(self.value) / nearest, self.arithmetic)

    def sqrt(self) -> Bounded:
        """Return the root; for x off by b, it is off by no more than b / √x, nor than √b."""
        value = np.sqrt(self.value)
        inherited = np.fmin(self.bound / value, np.sqrt(self.bound))
        return _rounded(value, inherited, self.arithmetic)

    def __pow__(self, exponent: int) -> Bounded:
        return reduce(Bounded.__mul__, [self] * exponent)

    def within(self, arithmetic: Arithmetic) -> Bounded:
        """Return the values as numbers of a format that may not hold them exactly."""
        if arithmetic is self.arithmetic:
            return self
        rounding = np.where(arithmetic.holds(self.value), 0.0, arithmetic.unit * abs(self.value))
        return Bounded(self.value, self.bound + rounding, arithmetic)


def _alike(left: Bounded, right: Bounded) -> tuple[Bounded, Bounded]:
    """Return both in the coarser of their arithmetics."""
    arithmetic = max(left.arithmetic, right.arithmetic, key=lambda one: one.unit)
    return left.within(arithmetic), right.within(arithmetic)


def _rounded(value: Any, inherited: Any, arithmetic: Arithmetic = FLOAT64) -> Bounded:
    """Return a value that was just rounded, with the error that its operands hand on.

    The four smallest numbers cover this operation's underflow, and that of up to three products in
    ``inherited``.
    """
    bound = (inherited + arithmetic.unit * (abs(value) + inherited)) * SLACK
    return Bounded(value, bound + 4 * arithmetic.smallest, arithmetic)


def _choose(better: Callable[[Any, Any], Any]) -> Callable[[Bounded, Bounded], Bounded]:
    """Return max or min: of two values, the chosen one is no further off than both of them."""

    def choose(left: Bounded, right: Bounded) -> Bounded:
        left, right = _alike(left, right)
        bound = np.maximum(left.bound, right.bound)
        return Bounded(better(left.value, right.value), bound, left.arithmetic)

    return choose


def _jump(argument: Bounded, at_zero: Bounded) -> Bounded:
    """Return the step from zero to one: certain, but where the true argument may be beyond it."""
    certain = abs(argument.value) > argument.bound
    value = np.heaviside(argument.value, at_zero.value)
    return Bounded(value, np.where(certain, 0.0, 1.0), argument.arithmetic)


def _from_library(value: Any, inherited: Any, arithmetic: Arithmetic) -> Bounded:
    """Return what a library's function gave, with the error that its argument hands on.

    The last term covers a library that gives zero for results below the normal numbers.
    """
    bound = (inherited + arithmetic.library * (abs(value) + inherited)) * SLACK
    return Bounded(value, bound + arithmetic.smallest_normal, arithmetic)


def _exp(argument: Bounded) -> Bounded:
    """Return e^x; for x off by b, it is off by no more than e^x (e^b - 1)."""
    return _from_library(np.exp(argument.value), _growth(argument), argument.arithmetic)


def _growth(argument: Bounded) -> Any:
    """Return e^x (e^b - 1), and no less than it, for x off by b."""
    value = np.exp(argument.value)
    growth = np.expm1(argument.bound) * (1 + FLOAT64.library)
    return value * (1 + FLOAT64.library) * growth + FLOAT64.smallest_normal * growth


def _expm1(argument: Bounded) -> Bounded:
    """Return e^x - 1, which is no further off than e^x, but for its own rounding."""
    return _from_library(np.expm1(argument.value), _growth(argument), argument.arithmetic)


def _tanh(argument: Bounded) -> Bounded:
    """Return tanh, whose slope is nowhere above 1."""
    return _from_library(np.tanh(argument.value), argument.bound, argument.arithmetic)


def _log(argument: Bounded) -> Bounded:
    """Return the logarithm; without a bound where the true argument may be zero."""
    nearest = np.maximum(argument.value - argument.bound, 0)
    return _from_library(np.log(argument.value), argument.bound / nearest, argument.arithmetic)


def _log1p(argument: Bounded) -> Bounded:
    """Return the logarithm of 1 + x, likewise; what is rounded in 1 + x counts as part of b."""
    nearest = 1 + argument.value
    nearest = np.maximum(nearest - (argument.bound + 4 * argument.arithmetic.unit * nearest), 0)
    return _from_library(np.log1p(argument.value), argument.bound / nearest, argument.arithmetic)


def _sech(argument: Bounded) -> Bounded:
    """Return 1 / cosh; for x off by b, it is off by no more than e^b - 1 of itself, nor than b / 2.

    Neither its slope nor that of its logarithm is larger.
    """
    value = FloatAlgebra.operations[sympy.sech](argument.value)
    growth = np.expm1(argument.bound) * (1 + FLOAT64.library)
    by_growth = (value * (1 + 2 * FLOAT64.library) + FLOAT64.smallest_normal) * growth
    inherited = np.fmin(by_growth, argument.bound / 2) + 2 * FLOAT64.unit * value
    return _from_library(value, inherited, argument.arithmetic)


def _erf(argument: Bounded) -> Bounded:
    """Return erf, whose slope is nowhere above 2/√π, which is below 1.13."""
    value = FloatAlgebra.operations[sympy.erf](argument.value)
    return _from_library(value, 1.13 * argument.bound, argument.arithmetic)


def _erfc(argument: Bounded) -> Bounded:
    """Return 1 - erf, whose slope is 2/√π e^-x² at the x that is nearest to zero, and smaller."""
    value = FloatAlgebra.operations[Erfc](argument.value)
    nearest = np.maximum(abs(argument.value) - argument.bound, 0)
    inherited = 1.13 * argument.bound * np.exp(-(nearest**2)) + FLOAT64.smallest_normal
    return _from_library(value, inherited, argument.arithmetic)


def _tanh_shrink(argument: Bounded) -> Bounded:
    """Return x - tanh x as a difference, which it is in float64."""
    tanh = _tanh(argument)
    return argument + Bounded(-tanh.value, tanh.bound, tanh.arithmetic)


def _where_positive(argument: Bounded, positive: Bounded, otherwise: Bounded) -> Bounded:
    """Return one of two, which is the one only where the true argument is on the same side."""
    certain, above = abs(argument.value) > argument.bound, argument.value > 0
    value = np.where(above, positive.value, otherwise.value)
    bound = np.where(above, positive.bound, otherwise.bound)
    either = np.maximum(positive.bound, otherwise.bound) + abs(positive.value - otherwise.value)
    return Bounded(value, np.where(certain, bound, either * SLACK), argument.arithmetic)


class RunningErrorAlgebra(Algebra[Bounded]):
    """NumPy's float64 arithmetic, as in `FloatAlgebra`, beside a bound on its error."""

    name = "running error"
    exact = False
    operations: ClassVar[Operations] = {
        sympy.Add: Bounded.__add__,
        sympy.Mul: Bounded.__mul__,
        sympy.Pow: Bounded.__pow__,
        RECIPROCAL: Bounded.reciprocal,
        sympy.sqrt: Bounded.sqrt,
        sympy.Max: _choose(np.maximum),
        sympy.Min: _choose(np.minimum),
        sympy.Abs: lambda value: Bounded(abs(value.value), value.bound, value.arithmetic),
        sympy.Heaviside: _jump,
        sympy.exp: _exp,
        sympy.tanh: _tanh,
        sympy.log: _log,
        sympy.sech: _sech,
        sympy.erf: _erf,
        Expm1: _expm1,
        Log1p: _log1p,
        Erfc: _erfc,
        TanhShrink: _tanh_shrink,
        WherePositive: _where_positive,
        type(sympy.pi): lambda: _rounded(math.pi, 0.0),
    }
    _float = FloatAlgebra()

    def convert(self, entries: Array) -> Bounded:
        with np.errstate(all="ignore"):
            return _rounded(self._float.convert(entries), 0.0)

    def export(self, value: Bounded) -> Array:
        return self._float.export(value.value)

    def part(self, value: Bounded, rows: Sequence[int], columns: Sequence[int]) -> Bounded:
        chosen = np.ix_(rows, columns)
        return Bounded(value.value[chosen], value.bound[chosen])

    def number(self, constant: fmpq) -> Bounded:
        return _rounded(self._float.number(constant), 0.0)

    def add(self, *terms: Bounded) -> Bounded:
        with np.errstate(all="ignore"):
            return reduce(Bounded.__add__, terms)

    def multiply(self, matrix: Bounded, vector: Bounded) -> Bounded:
        terms = matrix.value.shape[1]
        with np.errstate(all="ignore"):
            value = self._float.multiply(matrix.value, vector.value)
            sizes = abs(matrix.value) @ abs(vector.value)
            handed_on = abs(matrix.value) @ vector.bound + matrix.bound @ (
                abs(vector.value) + vector.bound
            )
            rounding = terms * FLOAT64.unit * sizes
            return Bounded(value, (handed_on + rounding) * SLACK + 4 * terms * FLOAT64.smallest)

    def transpose(self, matrix: Bounded) -> Bounded:
        return Bounded(matrix.value.T, matrix.bound.T)

    def hadamard(self, *factors: Bounded) -> Bounded:
        with np.errstate(all="ignore"):
            return reduce(Bounded.__mul__, factors)

    def scale(self, factor: Bounded, argument: Bounded) -> Bounded:
        return self.hadamard(factor, argument)

    def maximum(self, left: Bounded, right: Bounded) -> Bounded:
        return cast(Bounded, self.operations[sympy.Max](left, right))

    def shift(self, argument: Bounded) -> Bounded:
        largest = self._float.shift(argument.value)
        return Bounded(largest, np.zeros_like(largest), argument.arithmetic)

    def apply(self, function: Activation, argument: Bounded) -> Bounded:
        # A derivative may be a constant, whose scalar is one number for all entries.
        nothing = np.zeros_like(argument.value)
        with np.errstate(all="ignore"):
            result = self.scalar(function)(argument)
            return Bounded(nothing + result.value, nothing + result.bound, result.arithmetic)
