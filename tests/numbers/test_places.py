"""Decimals of rational numbers against Python's, and what is decided between two numbers."""

from fractions import Fraction

import pytest
from calculator import calculators
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from symlstm.errors import SymlstmError
from symlstm.numbers.places import Places, order, power_of_ten

ties = st.builds(
    lambda mantissa, exponent: Fraction(2 * mantissa + 1, 2) * Fraction(10) ** exponent,
    st.integers(-(10**6), 10**6),
    st.integers(-30, 10),
)
scaled = st.builds(
    lambda value, exponent: value * Fraction(10) ** exponent,
    st.fractions(-100, 100),
    st.integers(-30, 30),
)


def fmpq_of(number):
    return fmpq(number.numerator, number.denominator)


def fraction_of(number):
    return Fraction(int(number.p), int(number.q))


@given(ties | scaled, calculators)
def test_the_nearest_decimal_is_pythons(value, calculator):
    places = Places(**calculator.options)
    found = places.nearest(fmpq_of(value))
    assert fraction_of(found) == Fraction(calculator.round(value))
    assert places.nearest(found) == found
    assert abs(found - fmpq_of(value)) * 2 <= places.unit(fmpq_of(value))


@given(scaled, scaled, calculators)
def test_what_is_decided_of_an_interval_is_so_of_every_number_in_it(first, second, calculator):
    places = Places(**calculator.options)
    low, high = sorted(map(fmpq_of, (first, second)))
    decided = places.decided(low, high)
    inside = {places.nearest(low + (high - low) * k / 10) for k in range(11)}
    assert inside == {decided} or (decided is None and len(inside) > 1)
    assert places.decided(low, low) == places.nearest(low)


@given(scaled | st.sampled_from([Fraction(10) ** k for k in range(-40, 40)]))
def test_the_order_is_that_of_the_first_digit(value):
    if value == 0:
        assert order(fmpq(0)) == 0
    else:
        found = order(fmpq_of(value))
        assert power_of_ten(found) <= abs(fmpq_of(value)) < power_of_ten(found + 1)


@pytest.mark.parametrize("exponent", [100_000, -100_000])
def test_the_order_of_long_numbers(exponent):
    power = power_of_ten(exponent)
    nearly = [power, power * 9, power * fmpq(99, 100), power * fmpq(101, 100)]
    assert [order(value) - exponent for value in nearly] == [0, 0, -1, 0]


def test_places_are_told_in_words():
    assert [str(Places(1)), str(Places(4)), str(Places(decimals=1)), str(Places(decimals=0))] == [
        "1 digit",
        "4 digits",
        "1 decimal",
        "0 decimals",
    ]


def test_of_digits_and_decimals_one_is_given():
    with pytest.raises(SymlstmError, match="neither is given"):
        Places()
    with pytest.raises(SymlstmError, match="both are given"):
        Places(4, 4)
