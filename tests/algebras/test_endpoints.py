"""Operations on intervals contain what they give for any members, in exact fractions."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.endpoints import OPERATIONS, Ends, divided
from symlstm.algebras.forms import RECIPROCAL
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive
from symlstm.numbers.exact import exactly

FUNCTIONS = {
    sympy.exp: mpmath.exp,
    sympy.tanh: mpmath.tanh,
    sympy.sech: mpmath.sech,
    sympy.erf: mpmath.erf,
    Expm1: mpmath.expm1,
    Log1p: mpmath.log1p,
    Erfc: mpmath.erfc,
    TanhShrink: lambda z: z - mpmath.tanh(z),
}
RANGES = {sympy.exp: 0, sympy.sech: 0, Expm1: -1, Erfc: 0}
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


def fraction_of(end):
    return Fraction(int(exactly(end).p), int(exactly(end).q))


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


@pytest.mark.parametrize("operation", FUNCTIONS, ids=lambda operation: operation.__name__)
@given(interval=intervals())
def test_functions_contain_what_members_give(operation, interval):
    ends, member = interval
    if operation is Log1p and ends.low <= -1:
        return
    with mpmath.workdps(60):
        true = FUNCTIONS[operation](mpmath.mpf(member.numerator) / member.denominator)
        nearest = fmpq(*map(int, mpmath.libmp.to_rational(true._mpf_)))
    with ctx.workprec(300):
        assert OPERATIONS[operation](ends).ball.overlaps(nearest + arb(0, 1e-40))


@pytest.mark.parametrize("operation", FUNCTIONS, ids=lambda operation: operation.__name__)
@given(interval=intervals())
def test_functions_are_enclosed_by_their_values_at_ends_or_at_zero(operation, interval):
    """All of them rise or fall, but for one that is even and has its maximum at zero."""
    ends, _ = interval
    low, high = map(fraction_of, (ends.low, ends.high))
    if operation is Log1p and low <= -1:
        return
    places = [low, high, *([Fraction(0)] if low <= 0 <= high else [])]
    values = [FUNCTIONS[operation](mpmath.mpf(z.numerator) / z.denominator) for z in places]
    result = OPERATIONS[operation](ends)
    for end, value in ((result.low, min(values)), (result.high, max(values))):
        assert abs(float(end) - value) <= 1e-13 * (1 + abs(value))


@pytest.mark.parametrize("operation", RANGES, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("size", [1e3, 1e9, float("inf")])
def test_far_away_a_function_still_has_no_values_outside_its_range(operation, size):
    everything = Ends(arb(-size), arb(size))
    assert OPERATIONS[operation](everything).low >= RANGES[operation]
    assert OPERATIONS[sympy.sech](everything).high == 1
    assert OPERATIONS[Erfc](everything).high <= 2


@given(intervals(), intervals(), intervals())
def test_of_two_values_those_are_enclosed_that_a_member_can_mean(argument, positive, otherwise):
    (a, x), (b, y), (c, z) = argument, positive, otherwise
    result = OPERATIONS[WherePositive](a, b, c)
    assert inside(result, y if x > 0 else z)
    if a.low > 0 or a.high <= 0:
        assert result is (b if a.low > 0 else c)


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
