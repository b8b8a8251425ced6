"""Operations on intervals contain what they give for any members, in exact fractions."""

from fractions import Fraction
from itertools import pairwise

import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.endpoints import OPERATIONS, Ends, divided
from symlstm.algebras.forms import RECIPROCAL

numbers = st.fractions(-30, 30, max_denominator=20)


@st.composite
def intervals(draw):
    """An interval, and a member of it."""
    low, member, high = sorted(draw(st.lists(numbers, min_size=3, max_size=3)))
    return Ends.of(ball_of(low)).unite(Ends.of(ball_of(high))), member


def ball_of(z):
    return arb(fmpq(z.numerator, z.denominator))


def inside(ends, value):
    with ctx.workprec(300):
        value = fmpq(value.numerator, value.denominator)
        return bool(ends.low <= value) and bool(ends.high >= value)


def step(value, at_zero):
    return at_zero if value == 0 else Fraction(value > 0)


@given(intervals(), intervals(), st.integers(2, 5))
def test_operations_contain_what_members_give(first, second, exponent):
    (a, x), (b, y) = first, second
    assert inside(OPERATIONS[sympy.Add](a, b), x + y)
    assert inside(OPERATIONS[sympy.Mul](a, b), x * y)
    assert inside(OPERATIONS[sympy.Max](a, b), max(x, y))
    assert inside(OPERATIONS[sympy.Min](a, b), min(x, y))
    assert inside(OPERATIONS[sympy.Abs](a), abs(x))
    assert inside(OPERATIONS[sympy.Pow](a, exponent), x**exponent)
    for at_zero in (0, 1):
        jump = OPERATIONS[sympy.Heaviside](a, Ends.of(arb(at_zero)))
        assert inside(jump, step(x, Fraction(at_zero)))
    if x != 0:
        assert inside(OPERATIONS[RECIPROCAL](a), 1 / x)


@given(intervals())
def test_ranges_have_no_room_but_for_rounding(interval):
    """A square is not below zero; one over what is above zero is above zero, and finite."""
    ends, _ = interval
    assert OPERATIONS[sympy.Pow](ends, 2).low >= 0
    assert OPERATIONS[sympy.exp](ends).low >= 0
    if ends.low > 0:
        reciprocal = OPERATIONS[RECIPROCAL](ends)
        assert reciprocal.low > 0
        assert reciprocal.high.is_finite()


@given(intervals())
def test_a_divided_interval_is_whole(interval):
    ends, _ = interval
    pieces = list(divided(ends))
    assert len(pieces) <= 2 * 16 + 2
    assert pieces[0].low == ends.low
    assert pieces[-1].high == ends.high
    for left, right in pairwise(pieces):
        assert left.low <= left.high == right.low <= right.high


@pytest.mark.parametrize("bits", [2, 5, 53])
def test_points_that_rounding_moves_divide_nothing(bits):
    with ctx.workprec(bits):
        ends = Ends(arb(7), arb(7) + arb(2) ** -60)
        pieces = list(divided(Ends(arb(7), arb("7.5").upper())))
        assert [p.low <= p.high for p in pieces] == [True] * len(pieces)
        assert list(divided(ends))


def test_intervals_know_the_operations_that_balls_know():
    assert set(OPERATIONS) == set(BallAlgebra.operations)
