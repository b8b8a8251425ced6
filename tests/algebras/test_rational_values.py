"""Rational values of functions that have few, against what SymPy makes of their forms."""

from fractions import Fraction

import pytest
import sympy
from flint import fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import CORNERS, TRANSCENDENTAL

from symlstm.algebras.rational_values import rational_value
from symlstm.equations.activations import activation, x

arguments = st.sampled_from(CORNERS) | st.fractions(-3, 3, max_denominator=9)


@pytest.mark.parametrize("name", TRANSCENDENTAL)
@given(arguments)
@example(Fraction(0))
@example(Fraction(3, 2))
@settings(max_examples=10)
def test_they_are_those_that_sympy_finds(name, z):
    for function in (activation(name), activation(name).prime):
        found = rational_value(function, fmpq(z.numerator, z.denominator))
        value = function.form.xreplace({x: sympy.Rational(z.numerator, z.denominator)})
        expected = fmpq(int(value.p), int(value.q)) if value.is_Rational else None
        assert found == expected, function.name


def test_one_that_is_not_seen_to_be_rational_is_decided_by_balls():
    """It is tanh(log 2), which is 3/5; no tie, so that balls decide it."""
    assert rational_value(activation("mish").prime, fmpq(0)) is None


def test_long_numbers_take_no_time():
    """Nobody looks for the factors of a square of twenty thousand digits."""
    long = fmpq(10**10_000 + 1, 2 * 10**10_000)
    assert rational_value(activation("squareplus"), long) is None
    assert rational_value(activation("squareplus(b=4)"), fmpq(3, 2) * 10**10_000) is None
