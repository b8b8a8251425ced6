"""Bounds of functions that are not rational contain mpmath's values at the ends of the argument."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, arb_mat, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL, true_value
from strategies import Case

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.running_error import Bounded, RunningErrorAlgebra
from symlstm.equations.activations import activation
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive

OPERATIONS = {
    sympy.exp: mpmath.exp,
    sympy.tanh: mpmath.tanh,
    sympy.log: mpmath.log,
    sympy.erf: mpmath.erf,
    sympy.sqrt: mpmath.sqrt,
    sympy.sech: mpmath.sech,
    Expm1: mpmath.expm1,
    Log1p: mpmath.log1p,
    Erfc: mpmath.erfc,
    TanhShrink: lambda z: z - mpmath.tanh(z),  # the last: a difference, near zero not precise
}
POSITIVE = (sympy.log, sympy.sqrt, Log1p)
bounds = st.sampled_from([0.0, 5e-324, 1e-17, 1e-9, 0.25]) | st.floats(0, 30)


def assert_bound_holds(result, true):
    """An infinite bound, or none, says nothing."""
    value, bound = (float(np.squeeze(part)) for part in (result.value, result.bound))
    if np.isfinite(value) and np.isfinite(bound):
        assert abs(mpmath.mpf(value) - true) <= mpmath.mpf(bound)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@given(value=st.floats(-740, 740) | st.floats(-1, 1), bound=bounds)
@settings(max_examples=200)
def test_bounds_of_functions_enclose(operation, value, bound):
    if operation in POSITIVE:
        value = abs(value)
    argument = Bounded(np.float64(value), np.float64(bound))
    with np.errstate(all="ignore"):
        result = RunningErrorAlgebra.operations[operation](argument)
    with mpmath.workdps(400):  # of which no float's digits are lost
        for sign in (-1, 0, 1):
            true = mpmath.mpf(value) + sign * mpmath.mpf(bound)
            if true > 0 or operation not in POSITIVE:
                assert_bound_holds(result, OPERATIONS[operation](true))


@given(st.floats(-0.9999999999, 0), bounds)
def test_so_does_that_of_the_logarithm_next_to_zero(value, bound):
    with np.errstate(all="ignore"):
        result = RunningErrorAlgebra.operations[Log1p](Bounded(np.float64(value), bound))
    with mpmath.workdps(400):
        for true in (mpmath.mpf(value) + sign * mpmath.mpf(bound) for sign in (-1, 0, 1)):
            if true > -1:
                assert_bound_holds(result, mpmath.log1p(true))


@given(st.floats(-2, 2), bounds, st.floats(-9, 9), st.floats(-9, 9), bounds)
def test_of_two_values_the_bound_holds_for_the_one_that_is_truly_meant(
    value, bound, positive, otherwise, off
):
    arguments = (value, bound), (positive, 0.0), (otherwise, off)
    result = RunningErrorAlgebra.operations[WherePositive](*(Bounded(*pair) for pair in arguments))
    with mpmath.workdps(400):
        for true in (mpmath.mpf(value) + sign * mpmath.mpf(bound) for sign in (-1, 0, 1)):
            for other in (mpmath.mpf(otherwise) - off, mpmath.mpf(otherwise) + off):
                assert_bound_holds(result, mpmath.mpf(positive) if true > 0 else other)


@pytest.mark.parametrize("operation", [*OPERATIONS][:-1], ids=lambda operation: operation.__name__)
@given(value=st.floats(0.01, 20))
def test_bounds_of_functions_are_no_wider_than_a_few_units_in_the_last_place(operation, value):
    argument = Bounded(np.float64(value), np.float64(0))
    result = RunningErrorAlgebra.operations[operation](argument)
    assert result.bound <= 2.0**-47 * abs(result.value) + 1e-300


@pytest.mark.parametrize("name", [*FRACTION_ACTIVATIONS, *TRANSCENDENTAL])
@given(value=st.floats(-40, 40) | st.floats(-1, 1), bound=bounds)
def test_bounds_of_activations_enclose(name, value, bound):
    algebra = RunningErrorAlgebra()
    argument = Bounded(np.array([[value]]), np.array([[bound]]))
    result = algebra.apply(activation(name), argument)
    with mpmath.workdps(400):
        for sign in (-1, 0, 1):
            from_value = mpmath.mpf(value) + sign * mpmath.mpf(bound)
            assert_bound_holds(result, true_value(name, fraction(from_value)))


def fraction(number):
    return Fraction(*map(int, mpmath.libmp.to_rational(number._mpf_)))


@given(value=st.floats(-40, 40).filter(lambda z: all(abs(z - c) > 1e-6 for c in CORNERS)))
@settings(max_examples=40)
def test_float64_is_within_its_bounds_of_balls_for_every_activation_and_derivative(value):
    algebra, floats, balls = RunningErrorAlgebra(), FloatAlgebra(), BallAlgebra(160)
    for name in [*FRACTION_ACTIVATIONS, *TRANSCENDENTAL]:
        for row in (activation(name), activation(name).prime):
            bounded = algebra.apply(row, Bounded(np.array([[value]]), np.array([[0.0]])))
            result = floats.apply(row, np.array([[value]]))
            with balls.context():
                ball = balls.apply(row, arb_mat(1, 1, [arb(value)]))[0, 0]
                assert np.isfinite(bounded.bound).all()
                error = abs(arb(float(result[0, 0])) - ball)
                assert error.lower() <= arb(float(bounded.bound[0, 0])), row.name


@given(st.data())
@settings(max_examples=20)
def test_a_cell_of_sigmoid_and_tanh_is_within_its_bounds(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    numbers = list(rng.integers(-64, 65, 200) / 32)
    case = Case(3, 2, "tanh", "sigmoid", False, numbers, 4)
    given_ = case.run(algebra="float").given
    bounded, floats = given_.run(RunningErrorAlgebra()), given_.run(FloatAlgebra())
    balls = given_.run(BallAlgebra(200))
    for step in range(1, 5):
        for name, value in balls.histories[0][step].items():
            bound = bounded.histories[0][step][name].bound.ravel()
            numbers = floats.histories[0][step][name].ravel()
            assert (bound < 1e-11).all()
            for ball, number, most in zip(value.entries(), numbers, bound, strict=True):
                with ctx.workprec(200):
                    assert abs(arb(float(number)) - ball) <= arb(float(most))
