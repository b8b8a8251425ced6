"""Functions of balls that Arb does not have, or not as activation functions need them."""

from __future__ import annotations

import operator
from functools import reduce

from flint import arb


def power(base: arb, exponent: int) -> arb:
    """Return a power by products, since ``arb**2`` is no number where zero is in the ball."""
    return reduce(operator.mul, [base] * exponent)


def root(argument: arb) -> arb:
    """Return the square root of a ball; of one around zero, of what is not below, as it has to be.

    What is a sum of squares is zero only as nearly as it is known.
    """
    if argument.lower() >= 0 or argument < 0:
        return argument.sqrt()
    return arb(0).union(argument.upper().sqrt())


def step(argument: arb, at_zero: arb) -> arb:
    """Return the unit step of a ball: one of its two values, or what encloses both."""
    if argument > 0:
        return arb(1)
    if argument < 0:
        return arb(0)
    return at_zero if argument.is_zero() else arb(0).union(arb(1))


def where_positive(argument: arb, positive: arb, otherwise: arb) -> arb:
    """Return one of two balls, as the argument says, or what encloses both."""
    if argument > 0:
        return positive
    return otherwise if argument <= 0 else positive.union(otherwise)


def tanh_shrink(z: arb) -> arb:
    """Return z - tanh(z), near zero by a series that keeps all digits of it.

    It is z^3/3 times 0F1(; 5/2; z^2/4) / cosh(z): NIST's Digital Library of Mathematical Functions,
    10.49.8 with 10.47.7 and 10.39.9.
    """
    if abs(z) > 1:
        return z - z.tanh()
    square = z * z
    return z * square / 3 * (square / 4).hypgeom_0f1(arb(5) / 2) * z.sech()
