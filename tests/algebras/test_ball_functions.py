"""Functions of balls that Arb does not have, against mpmath and in exact fractions."""

from fractions import Fraction

import mpmath
import pytest
from flint import arb, ctx, fmpq
from hypothesis import example, given
from hypothesis import strategies as st

from symlstm.algebras.ball_functions import power, root, step, tanh_shrink, where_positive

numbers = st.fractions(-50, 50, max_denominator=100)
radii = st.sampled_from([Fraction(0), Fraction(1, 10**30), Fraction(1, 2000)])


def ball_of(middle, radius=Fraction(0)):
    return arb(fmpq_of(middle), fmpq_of(radius))


def fmpq_of(z):
    return fmpq(z.numerator, z.denominator)


@given(numbers | st.fractions(-2, 2), radii, st.sampled_from([-1, 0, 1]))
@example(Fraction(1), Fraction(1, 2000), -1)
@example(Fraction(1, 10**40), Fraction(0), 0)
def test_the_difference_of_z_and_tanh_is_enclosed_with_all_its_digits(middle, radius, side):
    with ctx.workprec(100):
        result = tanh_shrink(ball_of(middle, radius))
    with mpmath.workdps(300):
        point = middle + side * radius
        z = mpmath.mpf(point.numerator) / point.denominator
        true = z - mpmath.tanh(z)
        nearest = fmpq(*map(int, mpmath.libmp.to_rational(true._mpf_)))
    with ctx.workprec(1000):
        assert result.overlaps(nearest + arb(0, 1e-250))
    assert radius or result.is_zero() or result.rel_accuracy_bits() > 90


@pytest.mark.parametrize("ball", [arb.nan(), arb(0, 1) * arb.pos_inf()])
def test_of_what_is_no_number_nothing_is_proven(ball):
    assert not tanh_shrink(ball).is_finite()


@given(numbers, radii, numbers, numbers, st.sampled_from([-1, 0, 1]))
@example(Fraction(0), Fraction(0), Fraction(1), Fraction(2), 0)
def test_one_of_two_or_both(middle, radius, positive, otherwise, side):
    result = where_positive(ball_of(middle, radius), ball_of(positive), ball_of(otherwise))
    meant = positive if middle + side * radius > 0 else otherwise
    assert result.overlaps(ball_of(meant))
    if abs(middle) > 1 or radius == middle == 0:
        assert result.overlaps(ball_of(positive if middle > 0 else otherwise))
        assert result.rad() <= 1e-10


@given(numbers, radii, st.integers(2, 5), st.sampled_from([-1, 0, 1]))
def test_a_power_contains_those_of_its_points(middle, radius, exponent, side):
    point = middle + side * radius
    result = power(ball_of(middle, radius), exponent)
    with ctx.workprec(400):
        assert result.overlaps(arb(fmpq_of(point**exponent)))


@given(numbers, radii)
def test_a_step_around_zero_is_both_of_its_values(middle, radius):
    result = step(ball_of(middle, radius), arb("0.5"))
    if abs(middle) > radius:
        assert result == int(middle > 0)
    elif radius:
        assert result.contains(0)
        assert result.contains(1)
    else:
        assert result == arb("0.5")


def test_the_root_of_a_ball_around_zero_is_that_of_what_is_not_below():
    small = root(arb(0, 1e-20))
    assert small.contains(arb("1e-10").mid() * arb(1, 1e-9))
    assert small.contains(0)
    assert small.rad() < 2e-10
    assert root(arb(4)) == 2
    assert root(arb(0)) == 0
    assert root(arb(-1)).is_nan()
