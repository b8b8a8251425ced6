"""Enclosures of activation functions on balls of every width contain mpmath's values."""

from fractions import Fraction

import mpmath
import pytest
from flint import arb, arb_mat, ctx, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL, true_value
from parts import bits

from symlstm.algebras.ball import WIDEST, BallAlgebra
from symlstm.equations.activations import activation
from symlstm.numbers.exact import exactly

ALL = [*FRACTION_ACTIVATIONS, *TRANSCENDENTAL]
MONOTONE = [
    "sigmoid",
    "tanh",
    "relu",
    "hard_sigmoid",
    "hard_tanh",
    "exponential",
    "clip(limit=2/3)",
]
SMOOTH = [name for name in TRANSCENDENTAL if name.partition("(")[0] not in ("elu", "selu")]

middles = st.fractions(-120, 120, max_denominator=9) | st.sampled_from(
    [Fraction(0), Fraction(10**6), Fraction(-(10**6)), Fraction(1, 10**9)]
)
radii = st.sampled_from([Fraction(0), Fraction(1, 10**40), Fraction(1, 2**10), Fraction(1, 3)])
radii |= st.sampled_from([Fraction(2), Fraction(100), Fraction(10**6)]) | st.fractions(0, 20)
places = st.fractions(-1, 1, max_denominator=50)


def fmpq_of(z):
    return fmpq(z.numerator, z.denominator)


def enclosed(name, low, high, *, precision=128, prime=False):
    """Return the enclosure of a function on an interval, as a layer's column computes it."""
    algebra, row = BallAlgebra(precision), activation(name)
    with algebra.context():
        ball = arb(fmpq_of(low)).union(arb(fmpq_of(high)))
        return algebra.apply(row.prime if prime else row, arb_mat(1, 1, [ball]))[0, 0]


def contains(ball, true):
    """Whether a ball contains an mpmath number, up to that number's own error of 60 digits."""
    with ctx.workprec(250):
        true = arb(fmpq_of(mpmath_to_fraction(true)))
        return ball.overlaps(true + arb(0, 1e-50) * (1 + abs(true)))


@pytest.mark.parametrize("name", ALL)
@given(middle=middles, radius=radii, place=places)
@example(middle=Fraction(0), radius=Fraction(100), place=Fraction(-1))
@settings(max_examples=40)
def test_an_interval_is_enclosed_with_every_point_of_it(name, middle, radius, place):
    ball = enclosed(name, middle - radius, middle + radius)
    assert ball.is_finite()
    with mpmath.workdps(70):
        assert contains(ball, true_value(name, middle + place * radius))


@pytest.mark.parametrize("name", ALL)
@given(middle=middles, radius=radii, place=places)
@settings(max_examples=25)
def test_so_are_the_derivatives_of_its_points(name, middle, radius, place):
    """The oracle is a difference quotient of values, taken clear of any corner or jump."""
    point, small = middle + place * radius, Fraction(1, 10**25)
    ball = enclosed(name, middle - radius, middle + radius, prime=True)
    assert ball.is_finite()
    if any(abs(point - corner) <= small for corner in CORNERS):
        return
    with mpmath.workdps(100):
        after, before = (true_value(name, point + step) for step in (small, -small))
        slope = (after - before) / (2 * mpmath.mpf(10) ** -25)
    with ctx.workprec(250):
        assert contains(ball + arb(0, 1e-20), slope)


@pytest.mark.parametrize("name", MONOTONE)
@given(middle=middles, radius=radii.filter(lambda radius: radius > 0.01))
@settings(max_examples=25)
def test_a_function_that_has_its_argument_once_is_enclosed_tightly(name, middle, radius):
    """The ends of the enclosure are the values at the ends, up to the rounding of a radius."""
    algebra = BallAlgebra(128)
    with algebra.context():
        ball = arb(fmpq_of(middle), fmpq_of(radius))
        value = algebra.apply(activation(name), arb_mat(1, 1, [ball]))[0, 0]
    with ctx.workprec(200), mpmath.workdps(60):
        low, high = (
            arb(fmpq_of(mpmath_to_fraction(true_value(name, fraction_of(end)))))
            for end in (ball.lower(), ball.upper())
        )
        room = 1e-8 * (high - low) + 1e-30 * (1 + abs(high))
        assert value.lower() >= low - room
        assert value.upper() <= high + room


def fraction_of(end):
    return Fraction(int(exactly(end).p), int(exactly(end).q))


def mpmath_to_fraction(value):
    return Fraction(*map(int, mpmath.libmp.to_rational(value._mpf_)))


@pytest.mark.parametrize("size", [Fraction(1), Fraction(100), Fraction(10**6), Fraction(10) ** 400])
def test_the_whole_range_of_a_gate_is_enclosed_in_little_more_than_it(size):
    gate, slope = enclosed("sigmoid", -size, size), enclosed("sigmoid", -size, size, prime=True)
    assert gate.lower() >= -1e-8
    assert gate.upper() <= 1 + 1e-8
    assert slope.upper() <= 1 + 1e-8
    if size < 10**9:  # beyond, e^x is any positive number
        assert slope.upper() <= 0.5
        assert enclosed("silu", -size, Fraction(8)).lower() >= -0.5
    assert enclosed("tanh", -size, size, prime=True).upper() <= 1 + 1e-8


def test_a_ball_that_is_all_numbers_is_enclosed_where_the_function_is_bounded():
    algebra = BallAlgebra(64)
    with algebra.context():
        for ball in (arb.nan(), arb(0, 1) * arb.pos_inf(), arb.pos_inf()):
            gate = algebra.apply(activation("sigmoid"), arb_mat(1, 1, [ball]))[0, 0]
            assert gate.is_finite()
            assert gate.contains(1)
            assert not algebra.apply(activation("relu"), arb_mat(1, 1, [ball]))[0, 0].is_finite()


def test_wide_and_narrow_balls_stand_side_by_side():
    algebra = BallAlgebra(128)
    with algebra.context():
        narrow = [arb(k) / 3 for k in range(5)]
        column = arb_mat(6, 1, [*narrow, arb(0, 50)])
        mixed = algebra.apply(activation("sigmoid"), column).entries()
        alone = algebra.apply(activation("sigmoid"), arb_mat(5, 1, narrow)).entries()
        assert [ball.str() for ball in mixed[:5]] == [ball.str() for ball in alone]
        assert mixed[5].is_finite()
        halfway = arb(0, WIDEST.mid() * 0.75)
        together = algebra.apply(activation("tanh"), arb_mat(4, 1, [halfway] * 4))
        assert all(ball.rad() < 2 * WIDEST for ball in together.entries())


@pytest.mark.parametrize("name", SMOOTH)
@given(middle=st.fractions(-5, 5, max_denominator=7), place=places)
@settings(max_examples=20)
def test_a_narrow_ball_of_low_precision_still_contains_the_value(name, middle, place):
    radius = Fraction(1, 10**4)
    ball = enclosed(name, middle - radius, middle + radius, precision=24)
    with mpmath.workdps(70):
        assert contains(ball, true_value(name, middle + place * radius))


@pytest.mark.parametrize("name", ["tanh", "tanh_shrink", "mish", "gelu", "squareplus"])
def test_a_slope_around_zero_is_a_number(name):
    """A power of a ball around zero must not be lost."""
    slope = enclosed(name, -Fraction(1, 10**30), Fraction(1, 10**30), prime=True)
    assert slope.rad() < 1e-25


@pytest.mark.parametrize("name", ["gelu", "squareplus(b=1/9)", "hard_sigmoid"])
def test_constants_of_a_form_have_the_precision_of_the_algebra_wherever_it_is_compiled(name):
    within, outside = BallAlgebra(300), BallAlgebra(300)
    function = outside.scalar(activation(name))
    with within.context():
        assert bits(function(arb(1))) == bits(within.scalar(activation(name))(arb(1)))
