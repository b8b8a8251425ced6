"""The decimal algebra against Python's decimals and mpmath, step by step, and its errors."""

import copy
import pickle
import re
from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np
import pytest
import sympy
from calculator import Calculator, calculators, decimals
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, Network, SimpleRNN, budget, figure, hand_calculation
from symlstm.errors import NotExactError, SymlstmError, TooLargeError
from symlstm.numbers.places import Places

FOUR = {"algebra": "decimal", "digits": 4}


def table(data, rows, columns):
    return [[data.draw(decimals) for _ in range(columns)] for _ in range(rows)]


def exactly(values):
    return [sympy.Rational(str(value)) for value in values]


def bound(kernel, recurrent, bias, **options):
    cell = LSTM(len(recurrent), len(kernel), **options)
    return cell.bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)


@pytest.fixture
def unit():
    return LSTM(1).bind(kernel="1/2", recurrent_kernel="0.3", bias="0.1")


@given(st.data(), calculators, st.integers(1, 2), st.integers(1, 2), st.integers(1, 3))
def test_every_value_is_what_a_calculator_shows(data, calculator, units, dim, steps):
    weights = table(data, dim, 4 * units), table(data, units, 4 * units), *table(data, 1, 4 * units)
    state, inputs = table(data, 2, units), table(data, steps, dim)
    expected = calculator.forward(*weights, inputs, state)
    options = {"algebra": "decimal", **calculator.options}
    trace = bound(*weights).run(inputs, initial_state=state, **options)
    for step, values in enumerate(expected, start=1):
        for name, value in values.items():
            assert list(trace[step][name]) == exactly(value), (step, name)


@given(st.data(), calculators, st.integers(1, 3))
def test_every_adjoint_is_what_a_calculator_shows(data, calculator, steps):
    weights = table(data, 1, 4), table(data, 1, 4), *table(data, 1, 4)
    state, inputs = table(data, 2, 1), table(data, steps, 1)
    forward = calculator.forward(*weights, inputs, state)
    expected = calculator.backward(*weights[:2], inputs, state, forward)
    options = {"algebra": "decimal", **calculator.options}
    gradients = bound(*weights).run(inputs, initial_state=state, **options).backward()
    for step, values in enumerate(expected):
        for name in values.keys() & gradients.differentiated:
            assert exactly([values[name]]) == [*gradients[step][name]], (step, name)
    sums = {name: value for name, value in expected[1].items() if name[0] in "WUb"}
    assert len(sums) == 12
    for name, value in sums.items():
        assert exactly([value]) == [*np.ravel(gradients[name])], name


def test_values_given_are_not_rounded_and_all_others_are(unit):
    trace = unit.run(["1.23456"], initial_state=["0.123456", "2/3"], **FOUR)
    assert (trace[1].x, trace[0].c) == (sympy.Rational("1.23456"), sympy.Rational(2, 3))
    z = Fraction("1.23456") / 2 + Fraction("0.123456") * Fraction("0.3") + Fraction("0.1")
    assert [trace[1].z_i] == exactly([Calculator(4).round(z)])
    i, f, g = (as_fraction(trace[1][name]) for name in ("i", "f", "c_tilde"))
    assert [trace[1].c] == exactly([Calculator(4).round(f * Fraction(2, 3) + i * g)])


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"digits": 4}, "0.1234"),
        ({"digits": 4, "rounding": "half_even"}, "0.1234"),
        ({"digits": 3, "rounding": "half_even"}, "0.123"),
        ({"decimals": 4}, "0.1235"),
        ({"decimals": 4, "rounding": "half_even"}, "0.1234"),
    ],
)
def test_ties(options, shown):
    """0.12345 is half way between two decimals of four places; 0.1234 is one of four digits."""
    value = "0.12345" if "decimals" in options else "0.1234"
    cell = SimpleRNN(1, activation=None)
    for sign in ("", "-"):
        layer = cell.bind(kernel=1, recurrent_kernel=0, bias=0)
        assert layer.run([sign + value], algebra="decimal", **options).state_h == sympy.Rational(
            sign + shown
        )


@pytest.mark.parametrize(
    ("value", "options", "shown"),
    [
        ("0.99996", {"digits": 4}, "1"),
        ("0.99994", {"digits": 4}, "0.9999"),
        ("-9999.5", {"digits": 4}, "-10000"),
        ("123456789.5", {"digits": 4}, "123500000"),
        ("123456789.55555", {"decimals": 4}, "123456789.5556"),
        ("0.00004", {"decimals": 4}, "0"),
        ("-0.00005", {"decimals": 4}, "-0.0001"),
        ("-0.00005", {"decimals": 4, "rounding": "half_even"}, "0"),
        ("0", {"digits": 4}, "0"),
        ("0.5", {"decimals": 0}, "1"),
        ("2.5", {"decimals": 0, "rounding": "half_even"}, "2"),
    ],
)
def test_carries_zeros_and_large_numbers(value, options, shown):
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=0, bias=0)
    assert layer.run([value], algebra="decimal", **options).state_h == sympy.Rational(shown)


def test_the_algebra_says_how_it_rounds(unit):
    algebra = unit.run([1], algebra="decimal", decimals=2, rounding="half_even").algebra
    assert (algebra.digits, algebra.decimals, algebra.rounding) == (None, 2, "half_even")
    algebra = unit.run([1], **FOUR).algebra
    assert (algebra.digits, algebra.decimals, algebra.rounding) == (4, None, "half_up")
    assert not algebra.exact
    assert "decimal" in repr(unit.run([1], **FOUR))


def test_batches_masks_and_kept_states(unit):
    inputs = [[[1], ["-0.3"], [2]], [["0.7"], [1], [5]]]
    mask = [[True, False, True], [True, True, False]]
    together = unit.run(inputs, mask=mask, **FOUR)
    apart = unit.run([[1], [2]], **FOUR), unit.run([["0.7"], [1]], **FOUR)
    assert together.state_h.tolist() == [one.state_h.tolist() for one in apart]
    gradients, each = together.backward(), [one.backward() for one in apart]
    total = sum(as_fraction(one["W_i"].item()) for one in each)
    assert exactly([Calculator(4).round(total)]) == [gradients["W_i"].item()]
    whole = unit.run([[1], [2]], **FOUR)
    unit.run([[1]], stateful=True, **FOUR)
    assert unit.run([[2]], stateful=True, **FOUR).state_h == whole.state_h


def test_a_state_that_is_held_gets_its_gradient_rounded(unit):
    trace = unit.run([1, 1], initial_state=["1/3", "1/7"], mask=[False, False], **FOUR)
    gradients = trace.backward(grad_state_h="0.123456789")
    assert gradients.initial_state == [sympy.Rational("0.1235"), 0]


@settings(max_examples=10)
@given(calculators)
def test_a_network_hands_on_rounded_values(calculator):
    options = {"algebra": "decimal", **calculator.options}
    low = LSTM(1).bind(kernel="1/2", recurrent_kernel="0.3", bias="0.1")
    high = LSTM(1, 2).bind(kernel="-0.7", recurrent_kernel="0.3", bias="0.1")
    network = Network([[low, replace(low, go_backwards=True)], [high]])
    trace = network.run([1, "-0.3", 2], **options)
    ways = [low.run([1, "-0.3", 2], **options), low.run([2, "-0.3", 1], **options)]
    outputs = np.column_stack([ways[0]["h"], ways[1]["h"][::-1]])
    alone = high.run(outputs, **options)
    assert (trace.sequence_out == alone.sequence_out).all()
    gradient = trace.backward().inputs
    assert all(exactly([calculator.round(as_fraction(g))]) == [g] for g in gradient.flat)


def as_fraction(number):
    return Fraction(int(number.p), int(number.q))


def test_how_a_state_carries_itself_is_rounded_too():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=-3, bias=0)
    jacobian = layer.run([2, 2, -1], **FOUR).state_jacobian("c")
    steps = [as_fraction(jacobian[t]) for t in (1, 2, 3)]
    alone, total = jacobian.alone(), jacobian.total()
    assert [alone] == exactly([Calculator(4).round(prod(steps))])
    others = as_fraction(total) - as_fraction(alone)
    assert [jacobian.through_others()] == exactly([Calculator(4).round(others)])
    assert jacobian.through_others() != total - alone


def test_a_copy_is_the_same(unit):
    trace = unit.run([1, 2], **FOUR)
    for copied in (pickle.loads(pickle.dumps(trace)), copy.deepcopy(trace)):
        assert copied.algebra.places == Places(4)
        assert (copied["h"] == trace["h"]).all()
        assert copied.backward()["W_i"] == trace.backward()["W_i"]
    assert str(pickle.loads(pickle.dumps(trace.distance()))["h"]) == str(trace.distance()["h"])


@pytest.mark.parametrize(
    ("options", "argument", "words"),
    [
        ({"algebra": "decimal"}, "digits", "neither is given"),
        ({**FOUR, "decimals": 4}, "digits", "both are given"),
        ({**FOUR, "digits": 0}, "digits", "1 or more"),
        ({"algebra": "decimal", "decimals": -1}, "decimals", "0 or more"),
        ({"algebra": "decimal", "decimals": 1.5}, "decimals", "whole number"),
        ({**FOUR, "rounding": "up"}, "rounding", "known: half_up, half_even"),
        ({**FOUR, "rounding": 1}, "rounding", "known: half_up, half_even"),
        ({**FOUR, "digits": 10_001}, "digits", "certified_digits"),
        ({"algebra": "decimal", "decimals": 10**30}, "decimals", "certified_digits"),
        ({**FOUR, "max_digits": 0}, "max_digits", "1 or more"),
        ({"algebra": "ball", "decimals": 4}, "decimals", "for algebra='decimal'"),
        ({"rounding": "half_up"}, "rounding", "for algebra='decimal'"),
    ],
)
def test_what_does_not_fit_is_an_error(unit, options, argument, words):
    with pytest.raises(SymlstmError, match=words) as caught:
        unit.run([1], **options)
    assert caught.value.argument == argument


def test_what_costs_too_much_is_refused(unit):
    with budget(ball_operations=10), pytest.raises(TooLargeError, match="a run in 4 digits"):
        unit.run([1, 2], **FOUR)
    linear = LSTM(1, activation=None, recurrent_activation=None)
    layer = linear.bind(kernel=9, recurrent_kernel=9, bias=0)
    with pytest.raises(TooLargeError, match="max_digits=100000"):
        layer.run([9] * 20, **FOUR)
    with pytest.raises(TooLargeError, match="max_digits=3"):
        unit.run([1], max_digits=3, **FOUR)


def test_intervals_and_training_are_refused(unit):
    with pytest.raises(NotExactError, match="the decimal algebra is for numbers"):
        unit.run(["1 ± 0.1"], **FOUR)
    with pytest.raises(SymlstmError, match="algebra is 'decimal', and training"):
        unit.fit([[1]], [1], loss="mean_squared_error", learning_rate=1, algebra="decimal")


def test_rounded_numbers_stand_after_no_equals_sign(unit):
    trace = unit.run([1], **FOUR)
    shown = str(float(trace[1].h))
    assert f"≈ {shown}\n" in hand_calculation(trace)
    drawn = figure(trace, step=1).svg()
    assert "≈" in drawn
    assert f"h_1 ≈ {shown}" in drawn
    assert not re.search(r"= ?0\.", drawn)
    with pytest.raises(NotExactError, match=r"rounded to 4 digits; trace\.distance"):
        trace.check()
    with pytest.raises(NotExactError, match="rounded to 4 digits"):
        trace.backward().check()
