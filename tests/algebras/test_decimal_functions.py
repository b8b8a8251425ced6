"""Functions of rational numbers are rounded correctly, ties and saturated arguments among them."""

from fractions import Fraction

import numpy as np
import pytest
from calculator import SLOPES, Calculator, calculators, decimals
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.equations.activations import row_named
from symlstm.errors import PrecisionError, TooLargeError
from symlstm.numbers.exact import rational
from symlstm.numbers.places import Places

arguments = decimals.map(Fraction) | st.sampled_from(CORNERS)


def value(name, z, max_digits=1000, **places):
    algebra = DecimalAlgebra(Places(**places), max_digits)
    column = np.array([[rational(z)]], dtype=object)
    (found,) = algebra.apply(row_named(name), algebra.convert(column)).entries()
    return Fraction(int(found.p), int(found.q))


@pytest.mark.parametrize("name", [*TRANSCENDENTAL, *SLOPES])
@given(arguments, calculators)
@settings(max_examples=30)
def test_functions_that_are_not_rational(name, z, calculator):
    assert value(name, z, **calculator.options) == Fraction(calculator.function(name, z))


@pytest.mark.parametrize("name", [name for name in FRACTION_ACTIVATIONS if name != "linear"])
@given(arguments, calculators)
@settings(max_examples=10)
def test_rational_functions(name, z, calculator):
    exact = FRACTION_ACTIVATIONS[name](z)
    assert value(name, z, **calculator.options) == Fraction(calculator.round(exact))


def test_the_identity_rounds_nothing_that_is_given():
    assert value("linear", "0.123456", digits=2) == Fraction("0.123456")


@pytest.mark.parametrize(
    ("name", "z", "places", "shown"),
    [
        ("sigmoid", 0, {"digits": 4}, "0.5"),
        ("sigmoid", 0, {"decimals": 0}, "1"),
        ("sigmoid", 0, {"decimals": 0, "rounding": "half_even"}, "0"),
        ("tanh", 0, {"digits": 4}, "0"),
        ("sigmoid'", 0, {"digits": 1}, "0.3"),
        ("sigmoid'", 0, {"digits": 1, "rounding": "half_even"}, "0.2"),
        ("tanh'", 0, {"digits": 4}, "1"),
        ("gelu", 0, {"digits": 4}, "0"),
        ("mish'", 0, {"digits": 4}, "0.6"),
        ("elu", "0.12345", {"digits": 4}, "0.1235"),
        ("elu", "0.12345", {"digits": 4, "rounding": "half_even"}, "0.1234"),
        ("squareplus", "3/2", {"decimals": 0}, "2"),
        ("squareplus'", "3/2", {"digits": 1}, "0.8"),
        ("celu(alpha=1/3)", "1/4", {"digits": 1}, "0.3"),
        ("exponential", 0, {"digits": 4}, "1"),
    ],
)
def test_ties_and_values_that_are_rational(name, z, places, shown):
    assert value(name, z, **places) == Fraction(shown)


@pytest.mark.parametrize("sign", [1, -1])
def test_saturated(sign):
    assert value("tanh", 40 * sign, digits=4) == sign
    assert value("tanh", sign * 10**100, decimals=4) == sign
    assert value("sigmoid", 40 * sign, decimals=4) == (sign + 1) // 2
    assert value("sigmoid'", sign * 10**100, decimals=4) == 0


def test_a_saturated_gate_has_digits_below_one():
    assert value("sigmoid", 40, digits=4) == 1
    assert value("sigmoid", -40, digits=4) == Fraction("4.248e-18")
    assert value("sigmoid", 7, digits=4) == Fraction("0.9991")


@pytest.mark.parametrize(
    ("name", "z", "digits", "shown"),
    [
        ("tanh", "1.2345e-90", 4, "1.234e-90"),  # below the tie by its cube
        ("tanh", "-1.2345e-90", 4, "-1.234e-90"),
        ("softplus", "1000.5", 4, "1001"),
        ("log_sigmoid", "-1000.5", 4, "-1001"),
        ("gelu", "40.5", 2, "40"),
        ("tanh_shrink", "1e-100", 3, "3.33e-301"),
    ],
)
def test_values_next_to_ties_are_decided(name, z, digits, shown):
    assert value(name, z, digits=digits) == Fraction(shown)


def test_what_no_precision_decides_is_an_error():
    with pytest.raises(PrecisionError, match=r"two numbers of 4 digits gelu of 2001/2 .* bits"):
        value("gelu", "1000.5", digits=4)


@pytest.mark.parametrize("z", [10**4, 10**30, 10**100])
def test_what_cannot_be_written_out_is_an_error(z):
    with pytest.raises(TooLargeError, match=r"sigmoid of -1000.* is beyond 10\^±1,000"):
        value("sigmoid", -z, digits=4)
    with pytest.raises(TooLargeError, match="exponential of 1000"):
        value("exponential", z, decimals=4)
    assert value("sigmoid", -z, decimals=4) == 0


def test_many_digits():
    calculator = Calculator(45)
    found = value("tanh", Fraction(1, 3), digits=45)
    assert found == Fraction(calculator.function("tanh", Fraction(1, 3)))
    longer = value("tanh", Fraction(1, 3), digits=3000, max_digits=5000)
    assert Fraction(calculator.round(longer)) == found
