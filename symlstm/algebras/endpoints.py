"""Intervals by their ends, for arguments that are too wide to be told by a middle and a radius.

[0, e^100] has no good ball: one with zero in it, and so without a reciprocal. Its ends are as good
as any numbers. R. E. Moore et al., "Introduction to Interval Analysis" (2009), chapters 2 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise

import sympy
from flint import arb

from symlstm.algebras.ball_functions import power, tanh_shrink
from symlstm.algebras.forms import RECIPROCAL, Compiler, Operations
from symlstm.equations.activations import Activation, x
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive
from symlstm.numbers.precision import precision

INFINITY = arb.pos_inf()
SATURATED = arb((1, 3))
"""Beyond it activation functions are all but straight."""
FAR = [arb((1, 3 * 2**k)) for k in range(8)]
CUTS = [-cut for cut in reversed(FAR)] + [arb(0)] + FAR
"""Where an interval is cut: from 8 to 64, from there to 64^2, and so on, x e^-x is small."""
PIECES = 16
"""Into how many equal pieces the parts of an interval between such cuts are divided."""


@dataclass(frozen=True)
class Ends:
    """All real numbers from ``low`` to ``high``, both exact; an infinite end is no member.

    Operations round outward: the result contains what the operation gives for any members.
    """

    low: arb
    high: arb

    def __add__(self, other: Ends) -> Ends:
        return _rounded(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Ends) -> Ends:
        products = [_product(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return _rounded(reduce(arb.min, products), reduce(arb.max, products))

    def __abs__(self) -> Ends:
        if self.low >= 0:
            return self
        if self.high <= 0:
            return Ends(-self.high, -self.low)
        return Ends(arb(0), (-self.low).max(self.high))

    def __pow__(self, exponent: int) -> Ends:
        base = abs(self) if exponent % 2 == 0 else self
        return base.by_ends(lambda end: power(end, exponent))

    def reciprocal(self) -> Ends:
        """Return 1/x; all real numbers where x may be zero."""
        if self.low > 0 or self.high < 0:
            return _rounded(1 / self.high, 1 / self.low)
        return Ends(-INFINITY, INFINITY)

    def by_ends(self, function: Callable[[arb], arb]) -> Ends:
        """Return a function that does not decrease, of the interval."""
        return _rounded(function(self.low), function(self.high))

    def falling(self, function: Callable[[arb], arb]) -> Ends:
        """Return a function that does not increase, of the interval."""
        return _rounded(function(self.high), function(self.low))

    def within(self, low: int, high: int) -> Ends:
        """Return the interval without what no value of a function is, however coarse it is."""
        return self.max(_exactly(low)).min(_exactly(high))

    def max(self, other: Ends) -> Ends:
        """Return the larger of two."""
        return Ends(self.low.max(other.low), self.high.max(other.high))

    def min(self, other: Ends) -> Ends:
        """Return the smaller of two."""
        return Ends(self.low.min(other.low), self.high.min(other.high))

    def step(self, at_zero: Ends) -> Ends:
        """Return the unit step, with the value given at zero."""

        def step(end: arb) -> arb:
            return at_zero.low if end.is_zero() else arb(int(end > 0))

        return self.by_ends(step)

    def exp(self) -> Ends:
        """Return the exponential, which is not below zero, however coarse its enclosure."""
        return self.by_ends(arb.exp).max(_exactly(0))

    def expm1(self) -> Ends:
        """Return e^x - 1, which is not below -1."""
        return self.by_ends(arb.expm1).max(_exactly(-1))

    def sech(self) -> Ends:
        """Return one over cosh, which is even and falls from 1 to 0."""
        return abs(self).falling(arb.sech).within(0, 1)

    def erfc(self) -> Ends:
        """Return 1 - erf, which falls from 2 to 0."""
        return self.falling(arb.erfc).within(0, 2)

    def where_positive(self, positive: Ends, otherwise: Ends) -> Ends:
        """Return one of two intervals, as this one says, or what encloses both."""
        if self.low > 0:
            return positive
        return otherwise if self.high <= 0 else positive.unite(otherwise)

    def unite(self, other: Ends) -> Ends:
        """Return the smallest interval around both."""
        return Ends(self.low.min(other.low), self.high.max(other.high))

    @classmethod
    def of(cls, ball: arb) -> Ends:
        """Return the ends of a ball."""
        return _rounded(ball, ball)

    @property
    def ball(self) -> arb:
        """The smallest ball around the interval, but for rounding."""
        return self.low.union(self.high)


def _rounded(low: arb, high: arb) -> Ends:
    """Return the interval from what ``low`` may be at least to what ``high`` may be at most."""
    low, high = low.lower(), high.upper()
    return Ends(-INFINITY if low.is_nan() else low, INFINITY if high.is_nan() else high)


def _exactly(number: int) -> Ends:
    return Ends(arb(number), arb(number))


def _product(left: arb, right: arb) -> arb:
    """Return a product of ends; zero times any number is zero, however large that may be."""
    return arb(0) if left.is_zero() or right.is_zero() else left * right


OPERATIONS: Operations = {
    sympy.Add: Ends.__add__,
    sympy.Mul: Ends.__mul__,
    sympy.Pow: Ends.__pow__,
    RECIPROCAL: Ends.reciprocal,
    sympy.sqrt: lambda value: value.by_ends(arb.sqrt),
    sympy.Max: Ends.max,
    sympy.Min: Ends.min,
    sympy.Abs: abs,
    sympy.Heaviside: Ends.step,
    sympy.exp: Ends.exp,
    sympy.tanh: lambda value: value.by_ends(arb.tanh),
    sympy.log: lambda value: value.by_ends(arb.log),
    sympy.sech: Ends.sech,
    sympy.erf: lambda value: value.by_ends(arb.erf),
    Expm1: Ends.expm1,
    Log1p: lambda value: value.by_ends(arb.log1p),
    Erfc: Ends.erfc,
    TanhShrink: lambda value: value.by_ends(tanh_shrink),
    WherePositive: Ends.where_positive,
    type(sympy.pi): lambda: Ends.of(arb.pi()),
}
"""What the parts of a form are on intervals."""


@lru_cache(maxsize=256)
def enclosure(function: Activation, bits: int) -> Callable[[arb], arb]:
    """Return what encloses the values of an activation function on a ball.

    A form that has its argument once is enclosed as tightly as rounding to ``bits`` bits
    allows. In others each place of it takes values of its own, so that the interval is divided and
    the results united.

    >>> from symlstm.equations.activations import activation
    >>> value = enclosure(activation("sigmoid"), 53)(arb(0, 10**6))
    >>> value.is_finite(), value.contains(1), value.contains(arb("1.001"))
    (True, True, False)
    """
    with precision(bits):
        compiler = Compiler(OPERATIONS, lambda constant: Ends.of(arb(constant)))
        compiled = compiler.compile(function.computed)
    divide = divided if function.computed.count(x) > 1 else lambda whole: iter([whole])

    def enclose(ball: arb) -> arb:
        with precision(bits):
            return reduce(Ends.unite, map(compiled, divide(Ends.of(ball)))).ball

    return enclose


def divided(whole: Ends) -> Iterator[Ends]:
    """Yield intervals that together are ``whole``: few far from zero, many near it."""
    cuts = [cut for cut in CUTS if whole.low < cut < whole.high]
    for low, high in pairwise([whole.low, *cuts, whole.high]):
        pieces = PIECES if low >= -SATURATED and high <= SATURATED else 1
        points = sorted((low + (high - low) * k / pieces).mid() for k in range(1, pieces))
        # Points that rounding moves out of a very short interval divide nothing.
        inside = [point for point in points if low < point < high]
        yield from (Ends(a, b) for a, b in pairwise([low, *inside, high]))
