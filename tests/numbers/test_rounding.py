"""Balls of which the nearest float is known, with the sign of its zero, against Fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from symlstm.numbers.exact import exactly
from symlstm.numbers.floats import FORMATS
from symlstm.numbers.precision import precision
from symlstm.numbers.rounding import Rounding, decided, nearest_float

HALF = FORMATS["float16"]
TINY = Fraction(1, 2**30)
"""Too small for a float16."""

powers = st.builds(
    lambda sign, exponent: sign * Fraction(1, 2**exponent),
    st.sampled_from([-1, 0, 1]),
    st.integers(20, 60),
)
numbers = st.fractions(-2, 2) | powers
radii = powers.map(abs)


def number(value):
    return fmpq(value.numerator, value.denominator)


def around(middle, radius):
    with precision(200):
        return arb(number(middle), number(radius)) if radius else arb(number(middle))


def ends(ball):
    """Return the ends of a ball, in Fractions."""
    middle, radius = (Fraction(int(n.p), int(n.q)) for n in map(exactly, (ball.mid(), ball.rad())))
    return middle - radius, middle + radius


def bits(values):
    return np.float16(values).view(np.uint16).tolist()


@given(true=numbers)
@example(true=TINY)
@example(true=-TINY)
@example(true=Fraction(0))
def test_a_number_below_zero_has_a_float_below_it_if_only_by_its_sign(true):
    nearest = nearest_float(number(true), HALF)
    assert nearest == np.float16(float(true))
    assert math.copysign(1, nearest) == (-1 if true < 0 else 1)


@given(middle=numbers, radius=radii)
@example(middle=TINY, radius=TINY)
@example(middle=-TINY, radius=TINY)
@example(middle=-TINY, radius=TINY / 3)
@example(middle=Fraction(0), radius=TINY)
@example(middle=Fraction(0), radius=Fraction(0))
def test_a_ball_decides_what_all_in_it_round_to_with_the_sign(middle, radius):
    ball = around(middle, radius)
    low, high = (bits(nearest_float(number(end), HALF)) for end in ends(ball))
    found = decided(ball, HALF)
    assert (None if found is None else bits(found)) == (low if low == high else None)


NEAR = st.tuples(
    st.sampled_from([1, -1]),
    st.integers(-2, 2),
    st.sampled_from([0, 1, "least", "greatest"]),
    st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1, 2) - TINY, Fraction(1, 4) + TINY]),
    st.sampled_from([Fraction(0), TINY, 2 * TINY, Fraction(1, 4), Fraction(1, 2), 4, 2**60]),
)
"""A sign, a significand near a power of two, an exponent, what is added in units, and a radius."""


@given(st.sampled_from(sorted(FORMATS)), st.lists(NEAR, min_size=1, max_size=20))
@settings(max_examples=60)
def test_many_balls_are_decided_as_each_is_by_its_ends(name, places):
    format_, balls = FORMATS[name], []
    for sign, number, exponent, beside, radius in places:
        whole = 2 ** (format_.precision - 1 + (number < 0)) + number
        power = getattr(format_, exponent) if isinstance(exponent, str) else exponent
        unit = Fraction(2) ** (power - format_.precision + 1)
        balls.append(around(sign * (whole + beside) * unit, radius * unit))
    expected = [decided(ball, format_) for ball in balls]
    rounding = Rounding((len(balls),), format_)
    assert rounding.narrow(balls) == (None not in expected)
    known = [0.0 if one is None else one for one in expected]
    rounding.narrow([fmpq(0) if one is None else arb.nan() for one in expected])
    found = rounding.floats()
    assert found.tolist() == known
    assert np.signbit(found).tolist() == np.signbit(known).tolist()


def test_what_is_open_is_decided_by_balls_that_are_smaller():
    rounding = Rounding((3,), HALF)
    assert not rounding.narrow([around(Fraction(1), TINY), around(-TINY, 2 * TINY), arb(0)])
    assert bits(rounding.floats()) == bits([1, 0.0, 0.0])
    assert rounding.narrow([arb.nan(), around(-TINY, TINY / 2), arb.nan()])
    assert bits(rounding.floats()) == bits([1, -0.0, 0.0])


def test_one_that_stays_open_leaves_all_open_unless_it_is_a_zero():
    rounding = Rounding((2,), HALF)
    assert not rounding.narrow([around(Fraction(1), Fraction(1)), around(Fraction(0), TINY)])
    assert rounding.floats() is None
    assert not rounding.narrow([fmpq(1, 3), arb.nan()])
    assert bits(rounding.floats()) == bits([1 / 3, 0.0])


@pytest.mark.parametrize("value", [fmpq(-1, 2**40), arb((-1, -40))])
def test_a_single_value_is_a_number_of_the_format(value):
    rounding = Rounding((), HALF)
    assert rounding.narrow(value)
    found = rounding.floats()
    assert isinstance(found, np.float16)
    assert bits(found) == bits(-0.0)
