"""Decimals against Python's own, whose division is rounded once."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from symlstm.numbers import decimals
from symlstm.numbers.exact import Interval, rational

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


@given(numbers, st.fractions(min_value=Fraction(1, 10**40), max_value=10), lengths)
def test_an_interval_has_a_nearest_decimal_when_both_its_ends_have_the_same(middle, radius, digits):
    known = Interval(middle, radius)
    low, high = (decimals.nearest_decimal(end, digits) for end in (known.low, known.high))
    assert decimals.nearest_decimal(known, digits) == (low if low == high else None)


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
