"""The exact values, against every other way to get them."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from oracles import numpy_lstm
from strategies import cases

from symlstm import LSTM
from symlstm.algebras.running_error import RunningErrorAlgebra


def test_the_articles_network_gives_the_articles_numbers(article):
    trace = article.run([1, 1, 1])
    for t, gate, c, h in [(1, 1, 1, 1), (2, 2, 6, 12), (3, 13, 247, 3211)]:
        step = trace[t]
        assert [step.i, step.f, step.c_tilde, step.o] == [gate] * 4
        assert (step.c, step.h) == (c, h)
    assert list(trace.sequence_out) == [1, 12, 3211]
    assert (trace.state_h, trace.state_c) == (3211, 247)


@given(cases())
def test_exact_values_are_those_of_an_lstm_in_fractions(case):
    trace = case.run()
    for t, expected in enumerate(case.in_fractions(), start=1):
        for name, entries in expected.items():
            assert np.atleast_1d(trace[t][name]).tolist() == entries, (t, name)


@given(cases())
def test_an_lstm_in_numpy_is_as_near_as_rounding_explains(case):
    """The bound holds for our own float64 values, and for another program's up to a factor."""
    exact = case.run()
    assert exact.check().agrees
    bounded = exact.given.run(RunningErrorAlgebra()).histories[0]
    with np.errstate(all="ignore"):
        in_numpy = case.in_numpy()
    for t, expected in enumerate(in_numpy, start=1):
        for name, theirs in expected.items():
            true = np.atleast_1d(exact[t][name])
            for value, entry, bound in zip(true, theirs, bounded[t][name].bound[:, 0], strict=True):
                if np.isfinite(entry) and np.isfinite(bound):
                    assert abs(Fraction(float(entry)) - value) <= 4 * Fraction(bound), (t, name)


@given(cases(max_units=2, max_steps=3))
@settings(max_examples=25)
def test_closed_forms_come_to_the_exact_values(case):
    """SymPy substitutes the numbers into trace[t].h, where it is small enough to be built."""
    symbolic = case.cell.unroll(case.steps, initial_state="symbolic", max_size=3000)
    exact, numbers = case.run(), substitution(case)
    for t in range(1, case.steps + 1):
        if symbolic.size("h", t) > 3000:
            return
        closed = np.atleast_1d(symbolic[t].h)
        assert [form.xreplace(numbers) for form in closed] == np.atleast_1d(exact[t].h).tolist()


@pytest.mark.slow
@given(cases())
@settings(max_examples=40)
def test_the_unrolled_definitions_come_to_the_exact_values(case):
    """SymPy substitutes the numbers step by step, at sizes where no closed form can be built."""
    symbolic = case.cell.unroll(case.steps, initial_state="symbolic")
    numbers, exact = substitution(case), case.run()
    for symbol, definition in symbolic.definitions.items():
        numbers[symbol] = definition.xreplace(numbers)
    for name in exact.names:
        for t in range(1, case.steps + 1):
            symbols = np.ravel(case.cell.symbols(f"{name}_{t}"))
            assert [numbers[s] for s in symbols] == np.atleast_1d(exact[t][name]).tolist()


def substitution(case):
    """Return {symbol: number} for the weights, inputs and initial state of a case."""
    numbers = {}
    blocks = dict(zip("WUb", (case.kernel.T, case.recurrent.T, case.bias), strict=True))
    for letter, block in blocks.items():
        for gate, part in zip("ifco", np.split(block, 4), strict=True):
            numbers |= symbols_to_numbers(case, f"{letter}_{gate}", part)
    if case.peephole:
        for gate, part in zip("ifo", np.split(case.peepholes, 3), strict=True):
            numbers |= symbols_to_numbers(case, f"p_{gate}", part)
    for t, x in enumerate(case.inputs, start=1):
        numbers |= symbols_to_numbers(case, f"x_{t}", x)
    for name, state in zip(("h_0", "c_0"), case.state, strict=True):
        numbers |= symbols_to_numbers(case, name, state)
    return numbers


def symbols_to_numbers(case, name, block):
    symbols = np.ravel(case.cell.symbols(name))
    values = [sympy.Rational(v.numerator, v.denominator) for v in np.ravel(block)]
    return dict(zip(symbols, values, strict=True))


@pytest.mark.parametrize("units", [1, 3])
def test_the_default_cell_in_float64_is_an_lstm_with_sigmoid_and_tanh(units):
    rng = np.random.default_rng(units)
    kernel = rng.normal(size=(2, 4 * units))
    recurrent = rng.normal(size=(units, 4 * units))
    bias = rng.normal(size=4 * units)
    inputs = rng.normal(size=(20, 2))
    layer = LSTM(units, 2).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    trace = layer.run(inputs, algebra="float")
    expected = numpy_lstm(inputs, kernel, recurrent, bias, "sigmoid", "tanh")
    np.testing.assert_allclose(trace.sequence_out, [step["h"] for step in expected], rtol=1e-12)


def test_floats_are_the_dyadic_numbers_that_they_are(article):
    assert article.run([0.1])[1].i == Fraction(0.1) != Fraction(1, 10)
    assert article.run([np.float32(0.1)])[1].i == Fraction(float(np.float32(0.1)))
