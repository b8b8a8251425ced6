"""How balls, and matrices of FLINT's, are pickled and copied: python-flint does not say.

Importing the module tells ``copyreg``, so that whatever holds one pickles, with nothing rounded.
"""

from __future__ import annotations

import copyreg
from typing import Any, TypeAlias

from flint import arb, arb_mat, fmpq_mat

Exact: TypeAlias = tuple[int, int] | float
"""A mantissa and the exponent of two that it is scaled by; or an infinity, or no number."""

RADIUS_BITS = 30
"""How many bits FLINT keeps of a radius."""


def ball(middle: Exact, radius: Exact) -> arb:
    """Return the ball of this middle and this radius, at any precision of the context.

    A radius that FLINT does not keep as it is becomes a larger one, never a smaller one.

    >>> ball((1, -1), (2**30 - 1, -40)).rad().man_exp()
    (1073741823, -40)
    """
    made = arb(middle, _before_rounding(radius))
    return made if made.rad() == arb(radius) else arb(middle, radius)


def _before_rounding(radius: Exact) -> Exact:
    """Return a number that FLINT, which rounds radii up, makes ``radius`` of.

    It adds a unit in the last place even to radii that it could keep. A number a quarter of a unit
    below becomes the radius itself, whether it is cut off and a unit added, or rounded up.
    """
    if isinstance(radius, float) or not radius[0]:
        return radius
    mantissa, exponent = radius
    shift = max(RADIUS_BITS - mantissa.bit_length(), 0) + 2
    return (mantissa << shift) - 1, exponent - shift


def _exact(number: arb) -> Exact:
    """Return what an exact ball is."""
    if not number.is_finite():
        return float(number)
    mantissa, exponent = number.man_exp()
    return int(mantissa), int(exponent)


def of_ball(value: arb) -> tuple[Any, ...]:
    """Return what makes a ball again, as ``copyreg`` has it."""
    return ball, (_exact(value.mid()), _exact(value.rad()))


def _of_matrix(matrix: Any) -> tuple[Any, ...]:
    return type(matrix), (matrix.nrows(), matrix.ncols(), matrix.entries())


copyreg.pickle(arb, of_ball)
copyreg.pickle(arb_mat, _of_matrix)
copyreg.pickle(fmpq_mat, _of_matrix)
