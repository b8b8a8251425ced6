from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases

from symlstm import LSTM, SimpleRNN
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.running_error import Bounded, RunningErrorAlgebra
from symlstm.errors import CellError


def test_a_check_says_the_worst_error_and_where_it_is():
    cell = LSTM(1, activation=None, recurrent_activation=None, use_bias=False)
    check = cell.bind(kernel="1/3", recurrent_kernel=1).run([1, 1]).check()
    values = {
        place: abs(Fraction(float(approximate)) - exact) / exact
        for place, exact, approximate in [
            (("i", 1), Fraction(1, 3), 1 / 3),
            (("c", 1), Fraction(1, 9), (1 / 3) * (1 / 3)),
            (("h", 1), Fraction(1, 27), (1 / 3) * ((1 / 3) * (1 / 3))),
            (("i", 2), Fraction(10, 27), 1 / 3 + (1 / 3) * ((1 / 3) * (1 / 3))),
        ]
    }
    assert check.agrees
    assert check.worst_error >= float(max(values.values())) > 0
    assert f"at {check.worst.name}_{check.worst.step}" in str(check)
    error = abs(
        Fraction(check.float_value) - Fraction(int(check.exact_value.p), check.exact_value.q)
    )
    assert (
        float(error / Fraction(int(check.exact_value.p), check.exact_value.q)) == check.worst_error
    )


def test_a_check_says_from_where_float64_overflows(article):
    check = article.run([1] * 10).check()
    first = next(
        t for t, h in enumerate(article.run([1] * 10, algebra="float")["h"], 1) if h == np.inf
    )
    assert check.overflows_from == first == 8
    assert "overflows from step 8" in str(check)
    assert article.run([1] * 3).check().overflows_from is None


def test_the_float_trace_gives_the_same_check(article):
    assert article.run([0.1, 3], algebra="float").check() == article.run([0.1, 3]).check()


@pytest.mark.parametrize(
    ("operation", "place"),
    [("multiply", "z_i_1"), ("add", "z_i_1"), ("hadamard", "c_1"), ("apply", "i_1")],
)
def test_a_float_program_that_is_wrong_is_found(monkeypatch, operation, place):
    """The oracle must be able to fail: to be off by 1e-14 is no rounding."""
    cell = LSTM(2, activation="softsign", recurrent_activation="hard_sigmoid")
    exact = cell.bind(kernel="1/3", recurrent_kernel="1/7", bias="1/11").run(["1/3", "1/7"])
    assert exact.check().agrees
    right = getattr(FloatAlgebra, operation)
    monkeypatch.setattr(FloatAlgebra, operation, lambda self, *v: right(self, *v) * (1 + 1e-14))
    assert not exact.check().agrees
    assert str(exact.check()) == f"float64 disagrees with the exact values at {place}"


def test_an_exact_zero_has_no_relative_error():
    cell = LSTM(1, 3, activation=None, recurrent_activation=None, use_bias=False)
    layer = cell.bind(kernel=1, recurrent_kernel=0)
    check = layer.run([["0.1", "0.2", "-0.3"]]).check()
    assert check.agrees
    assert np.isfinite(check.worst_error)


def test_symbols_cannot_be_checked():
    with pytest.raises(CellError, match="no numbers to check"):
        LSTM(1).unroll(2).check()


@given(cases(max_units=2, max_steps=3))
@settings(max_examples=40)
def test_gradients_in_float64_are_within_their_bounds(case):
    assert case.run().backward(grad_sequence="1/3", grad_state_c=1).check().agrees


@pytest.mark.parametrize("operation", ["multiply", "add", "hadamard", "apply"])
def test_a_wrong_backward_pass_is_found(monkeypatch, operation):
    cell = LSTM(2, activation="softsign", recurrent_activation="hard_sigmoid")
    exact = cell.bind(kernel="1/3", recurrent_kernel="1/7", bias="1/11").run(["1/3", "1/7"])
    gradients = exact.backward()
    assert gradients.check().agrees
    right = getattr(FloatAlgebra, operation)
    monkeypatch.setattr(FloatAlgebra, operation, lambda self, *v: right(self, *v) * (1 + 1e-14))
    assert not gradients.check().agrees


def test_a_slope_may_be_any_of_two_where_rounding_decides_on_which_side_of_a_corner_it_is():
    """0.1 + 0.2 - 0.3 is zero exactly, and above it in float64: the slope of relu jumps there."""
    cell = SimpleRNN(1, 3, activation="relu", use_bias=False)
    gradients = cell.bind(kernel=1, recurrent_kernel=0).run([["0.1", "0.2", "-0.3"]]).backward()
    assert gradients["W"].ravel().tolist() == [0, 0, 0]
    assert gradients.check().agrees


def test_symbolic_gradients_cannot_be_checked():
    with pytest.raises(CellError, match="no numbers to check"):
        LSTM(1).unroll(2).backward().check()


finite = st.floats(-1e6, 1e6)


@given(finite, finite, st.floats(0, 1), st.floats(0, 1))
def test_bounds_enclose_what_the_operations_can_give(a, b, ea, eb):
    """For true values at the ends of both bounds, every result is within the result's bound."""
    left, right = Bounded(np.float64(a), np.float64(ea)), Bounded(np.float64(b), np.float64(eb))
    operations = [
        (left + right, lambda x, y: x + y),
        (left * right, lambda x, y: x * y),
        (RunningErrorAlgebra.operations[sympy.Max](left, right), max),
    ]
    for result, operation in operations:
        for x in (Fraction(a) - Fraction(ea), Fraction(a) + Fraction(ea)):
            for y in (Fraction(b) - Fraction(eb), Fraction(b) + Fraction(eb)):
                distance = abs(Fraction(float(result.value)) - operation(x, y))
                assert distance <= Fraction(float(result.bound))


@given(st.floats(0.1, 1e6), st.floats(0, 0.05))
def test_bounds_of_powers_enclose(a, error):
    for exponent in (-2, -1, 2, 3):
        base = Bounded(np.float64(a), np.float64(error))
        result = (base if exponent > 0 else base.reciprocal()) ** abs(exponent)
        for x in (Fraction(a) - Fraction(error), Fraction(a) + Fraction(error)):
            distance = abs(Fraction(float(result.value)) - x**exponent)
            assert distance <= Fraction(float(result.bound))


@given(st.integers(1, 4), st.integers(-1074, 40), st.randoms(use_true_random=False))
def test_bounds_of_matrix_products_enclose_down_to_the_smallest_numbers(terms, exponent, random):
    A = np.array([[random.uniform(-1, 1) * 2.0 ** random.randint(-60, 3) for _ in range(terms)]])
    x = np.array([[random.uniform(-1, 1) * 2.0**exponent] for _ in range(terms)])
    A_bound, x_bound = abs(A) * 2.0**-53, np.maximum(abs(x) * 2.0**-53, 5e-324)
    product = RunningErrorAlgebra().multiply(Bounded(A, A_bound), Bounded(x, x_bound))
    for sign in (1, -1):
        true = sum(
            (Fraction(a) + sign * Fraction(a_bound)) * (Fraction(b) + sign * Fraction(b_bound))
            for a, a_bound, b, b_bound in zip(A[0], A_bound[0], x[:, 0], x_bound[:, 0], strict=True)
        )
        assert abs(Fraction(product.value[0, 0]) - true) <= Fraction(product.bound[0, 0])


def test_bounds_of_reciprocals_hold_for_the_largest_numbers():
    result = Bounded(np.float64(1e200), np.float64(1e190)).reciprocal()
    true = 1 / (Fraction(1e200) + Fraction(1e190))
    assert abs(Fraction(float(result.value)) - true) <= Fraction(float(result.bound))


RATIONAL = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}


@pytest.mark.parametrize("digits", [3, 30, 60])
def test_balls_are_checked_against_certified_values_finer_than_float64(digits):
    layer = LSTM(2, **RATIONAL).bind(kernel="1/3", recurrent_kernel="1/7", bias="1/11")
    exact, balls = layer.run(["1/3", 2]), layer.run(["1/3", 2], algebra="ball", digits=digits)
    for one, other in [
        (exact.check(), balls.check()),
        (exact.backward().check(), balls.backward().check()),
    ]:
        assert (one.worst, one.float_value) == (other.worst, other.float_value)
        assert other.worst_error == pytest.approx(one.worst_error, rel=1e-10)
        assert other.agrees
        assert str(other).startswith("float64 agrees with the certified values: worst")
        assert float(other.exact_value) == pytest.approx(float(one.exact_value), rel=1e-15)


@pytest.mark.parametrize(
    ("operation", "place"),
    [("multiply", "z_i_1"), ("add", "z_i_1"), ("hadamard", "c_1"), ("apply", "i_1")],
)
def test_a_float_program_that_is_wrong_is_found_by_balls(monkeypatch, operation, place):
    layer = LSTM(2, **RATIONAL).bind(kernel="1/3", recurrent_kernel="1/7", bias="1/11")
    trace = layer.run(["1/3", "1/7"], algebra="ball", digits=4)
    right = getattr(FloatAlgebra, operation)
    monkeypatch.setattr(FloatAlgebra, operation, lambda self, *v: right(self, *v) * (1 + 1e-14))
    assert str(trace.check()) == f"float64 disagrees with the certified values at {place}"
    assert not trace.backward().check().agrees


@pytest.mark.parametrize("algebra", ["ball", "float"])
def test_sigmoid_and_tanh_are_checked_too(monkeypatch, algebra):
    layer = LSTM(2).bind(kernel="1/3", recurrent_kernel="1/7", bias="1/11")
    trace = layer.run([1, -2, "1/2"], algebra=algebra)
    for subject in (trace, trace.backward()):
        check = subject.check()
        assert check.agrees
        assert check.certified
        assert 0 < check.worst_error < 1e-14
    right = FloatAlgebra.apply
    monkeypatch.setattr(FloatAlgebra, "apply", lambda self, *v: right(self, *v) * (1 + 1e-13))
    wrong = layer.run([1, -2, "1/2"], algebra=algebra)
    assert not wrong.check().agrees
    assert not wrong.backward().check().agrees
