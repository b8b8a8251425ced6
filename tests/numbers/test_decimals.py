"""Decimals against Python's own, whose division is rounded once."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from symlstm.errors import NumberError
from symlstm.numbers import decimals
from symlstm.numbers.exact import Interval, rational
from symlstm.numbers.precision import precision

numbers = st.one_of(
    st.fractions(),
    st.fractions(max_denominator=999, min_value=-999, max_value=999),
    st.builds(
        lambda whole, power: Fraction(whole) * Fraction(10) ** power,
        st.integers(-(10**6), 10**6),
        st.integers(-30, 30),
    ),
)
lengths = st.integers(1, 40)


@given(numbers, lengths)
def test_the_nearest_decimal_is_pythons_quotient(value, digits):
    context = Context(prec=digits, rounding=ROUND_HALF_EVEN)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    found = decimals.nearest_decimal(rational(value), digits)
    assert found == quotient
    assert value == 0 or len(found.as_tuple().digits) == digits


def by_definition(value, digits):
    """Round in fractions, of which Python's own are rounded half to even."""
    place = 1 - digits
    while abs(value) >= Fraction(10) ** (place + digits):
        place += 1
    while value and abs(value) < Fraction(10) ** (place + digits - 1):
        place -= 1
    whole = round(value / Fraction(10) ** place)
    if abs(whole) == 10**digits:
        whole, place = whole // 10, place + 1
    digits_of = tuple(map(int, str(abs(whole))))
    return Decimal((int(whole < 0), digits_of, place if whole else 0)).as_tuple()


def spelled(found):
    return None if found is None else found.as_tuple()


def of_both(low, high, digits):
    below, above = (by_definition(end, digits) for end in (low, high))
    return below if below == above else None


@st.composite
def near_what_decides(draw):
    """Draw how many digits, a number near a decimal, a tie or a power of ten, and how far off."""
    digits = draw(st.integers(1, 32))
    whole = st.integers(10 ** (digits - 1), 10**digits) | st.just(10 ** (digits - 1))
    half = draw(st.sampled_from([0, Fraction(1, 2), Fraction(-1, 20), Fraction(-1, 2)]))
    unit = Fraction(draw(st.sampled_from([2, 10]))) ** draw(st.integers(-60, 60))
    off = Fraction(draw(st.sampled_from([2, 10]))) ** -draw(st.integers(0, 60))
    number = (draw(whole) + half + draw(st.sampled_from([-1, 0, 1])) * off) * unit
    radius = draw(st.sampled_from([0, Fraction(1, 3), 1, 2, 10**6])) * off * unit
    return digits, number * draw(st.sampled_from([-1, 1])), radius


def test_the_definition_rounds_half_to_even():
    halves = [Fraction(-25, 2), Fraction(35, 20), Fraction(9995, 10), Fraction(0)]
    shown = [str(Decimal(by_definition(one, 3 if one > 9 else 2))) for one in halves]
    assert shown == ["-12", "1.8", "1.00E+3", "0"]


@given(near_what_decides())
def test_an_interval_has_a_nearest_decimal_when_both_its_ends_have_the_same(case):
    digits, middle, radius = case
    found = decimals.nearest_decimal(Interval(middle, radius), digits)
    assert spelled(found) == of_both(middle - radius, middle + radius, digits)


@given(near_what_decides(), st.integers(2, 400))
def test_a_ball_has_a_nearest_decimal_when_both_its_ends_have_the_same(case, bits):
    digits, number, radius = case
    with precision(bits):
        ball = arb(*map(rational, (number, radius)))
    middle, off = (
        Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        for mantissa, exponent in (ball.mid().man_exp(), ball.rad().man_exp())
    )
    found = decimals.nearest_decimal(ball, digits)
    assert spelled(found) == of_both(middle - off, middle + off, digits)


@pytest.mark.parametrize("ball", [arb("nan"), arb.pos_inf(), arb(0, arb.pos_inf()), arb(0, 1)])
def test_a_ball_of_which_little_is_known_has_no_nearest_decimal(ball):
    assert decimals.nearest_decimal(ball, 3) is None


@pytest.mark.parametrize("exponent", [-(10**40), -50_000, 50_000, 10**40])
def test_a_ball_out_of_bounds_is_an_error(exponent):
    with pytest.raises(NumberError, match="beyond"):
        decimals.nearest_decimal(arb((3, exponent), (1, exponent - 40)), 3)


@given(numbers, st.fractions(min_value=Fraction(1, 10**40), max_value=10), lengths)
def test_an_enclosure_contains_its_interval_and_little_more(middle, radius, digits):
    known = Interval(middle, radius)
    low, high = map(rational, decimals.enclosing(known, digits))
    assert low <= known.low < known.high <= high
    unit = max(abs(known.low), abs(known.high)) * fmpq(10) ** (1 - digits)
    assert high - low <= 2 * known.radius + 2 * max(unit, known.radius / 10)


@given(numbers, lengths)
def test_an_enclosure_of_a_number_contains_it(value, digits):
    low, high = map(rational, decimals.enclosing(rational(value), digits))
    assert low <= rational(value) <= high


@given(numbers, lengths)
def test_what_is_called_exact_is(value, digits):
    found = decimals.exact(rational(value), digits)
    if found is None:
        finite = Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))
        assert Fraction(finite) != value
    else:
        assert rational(found) == rational(value)
    if isinstance(found, Decimal):
        assert len(str(abs(int(found.scaleb(-found.as_tuple().exponent)))).strip("0")) <= digits


@pytest.mark.parametrize(
    ("value", "shown"),
    [("12000", "12000"), ("1/2", "0.5"), ("-0.125", "-0.125"), ("0", "0"), ("22/7", None),
     ("1e9", "1E+9"), ("1e-7", "1E-7")],
)  # fmt: skip
def test_short_numbers_are_as_short_as_can_be(value, shown):
    found = decimals.exact(rational(value), 4)
    assert found == rational(value) if shown is None else str(found) == shown


@given(st.fractions(-1000, 1000), st.integers(0, 12))
def test_a_number_rounds_to_what_is_written_of_it_and_to_no_neighbour(value, places):
    unit = Decimal(1).scaleb(-places)
    written = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(unit)
    for text, rounds in [
        (str(written), True),
        (str(written + unit), abs(Fraction(written + unit) - value) <= Fraction(unit) / 2),
        (str(written - unit), abs(Fraction(written - unit) - value) <= Fraction(unit) / 2),
    ]:
        interval = decimals.rounds_to(text if places else f"{text}.")
        assert (interval.low <= rational(value) <= interval.high) == rounds
        assert decimals.rounded_to(interval) == Decimal(text)


def test_integers_and_fractions_are_no_decimals():
    assert [decimals.rounds_to(text) for text in ("3", "-3", "1/3", "1.0 ± 0", "")] == [None] * 5
