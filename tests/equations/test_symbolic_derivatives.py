"""Derivatives of activations in symbols, against SymPy's own of the forms written out."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL

from symlstm import LSTM
from symlstm.algebras.floating import FloatAlgebra
from symlstm.equations.activations import ACTIVATIONS, activation, x

NAMES = sorted({*ACTIVATIONS, *FRACTION_ACTIVATIONS, *TRANSCENDENTAL})
z = sympy.Symbol("z", real=True)
sigmoid = ACTIVATIONS["sigmoid"].head
points = st.fractions(-8, 8, max_denominator=12).filter(
    lambda point: all(abs(point) != abs(corner) for corner in CORNERS)
)
"""Numbers that are no corner of any function of the table, on either side of zero."""


def at(expression, point, symbol=x):
    """Return the value at a rational point, to 25 digits."""
    number = sympy.Rational(point.numerator, point.denominator)
    return sympy.expand_func(expression).doit().xreplace({symbol: number}).evalf(25)


def assert_same(ours, theirs):
    assert abs(ours - theirs) <= 1e-20 * (1 + abs(theirs)), (ours, theirs)


@pytest.mark.parametrize("name", NAMES)
@given(point=points)
@settings(max_examples=5)
def test_first_and_second_derivatives_are_those_that_sympy_finds(name, point):
    row = activation(name)
    first, second = sympy.diff(row.form, x), sympy.diff(row.form, x, 2)
    for ours, theirs in (
        (row.head(x).diff(x), first),
        (row.prime.head(x), first),
        (row.head(x).diff(x, 2), second),
        (row.prime.head(x).diff(x), second),
        (row.prime.prime.head(x), second),
    ):
        assert_same(at(ours, point), at(theirs, point))


@pytest.mark.parametrize("name", NAMES)
def test_the_chain_rule_goes_through_a_head_inside_another(name):
    outer = activation(name)
    ours = outer.head(sigmoid(2 * z) - sympy.Rational(1, 3)).diff(z)
    theirs = outer.form.xreplace({x: 1 / (1 + sympy.exp(-2 * z)) - sympy.Rational(1, 3)}).diff(z)
    assert_same(at(ours, Fraction(2, 7), z), at(theirs, Fraction(2, 7), z))


def test_gradients_of_a_symbolic_trace_keep_the_sigmoid():
    cell = LSTM(units=1)
    trace = cell.unroll(2)
    gradients = trace.backward()
    W_i, x_1 = cell.symbols("W_i x_1")
    derivative = sympy.diff(trace[1].i, W_i)
    for expression in [derivative, *(gradients[name] for name in cell.weights)]:
        assert expression.has(sigmoid)
        assert not expression.has(sympy.exp)
    assert derivative == x_1 * (1 - trace[1].i) * trace[1].i
    assert str(sigmoid(z).diff(z)) == "(1 - sigmoid(z))*sigmoid(z)"


def test_higher_derivatives_and_those_of_a_derivative_keep_the_sigmoid():
    for order in range(1, 6):
        derivative = sigmoid(z).diff(z, order)
        assert not derivative.has(sympy.exp, sympy.Derivative, sympy.Subs)
        theirs = sympy.diff(1 / (1 + sympy.exp(-z)), z, order)
        assert_same(at(derivative, Fraction(3, 5), z), at(theirs, Fraction(3, 5), z))
    assert not ACTIVATIONS["sigmoid"].prime.prime.prime.head(z).has(sympy.exp)


def test_what_sympy_does_with_a_derivative():
    slope = sigmoid(3 * z).diff(z)
    form = sympy.diff(1 / (1 + sympy.exp(-3 * z)), z)
    assert sympy.simplify(sympy.expand_func(slope) - form) == 0
    assert slope.subs(z, 0) == sympy.Rational(3, 4)
    assert slope.subs(z, sympy.Rational(1, 3)) == sympy.Mul(3, 1 - sigmoid(1), sigmoid(1))
    assert sympy.latex(slope) == (
        r"3 \left(1 - \sigma{\left(3 z \right)}\right) \sigma{\left(3 z \right)}"
    )
    assert slope.series(z, 0, 6) == form.series(z, 0, 6)
    assert sympy.integrate(sigmoid(z).diff(z), z) == sigmoid(z)


@pytest.mark.parametrize("point", [-90, -2, 0, 1, 35, 90])
def test_digits_are_right_where_the_slope_is_tiny(point):
    theirs = 1 / (2 + 2 * sympy.cosh(point))
    assert abs(sigmoid(z).diff(z).subs(z, point).evalf(30) / theirs.evalf(40) - 1) < 1e-28


def test_without_a_number_to_evaluate_at_nothing_is_opened():
    assert sigmoid(z).evalf() == sigmoid(z)
    assert (sigmoid(z).diff(z) / 3).evalf(5).has(sigmoid)
    assert sigmoid(z).evalf(subs={z: 2}) == pytest.approx(1 / (1 + np.exp(-2)), rel=1e-14)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"gelu"}))
def test_derivatives_can_be_lambdified(name):
    """NumPy has no erf, which gelu needs."""
    row = ACTIVATIONS[name]
    numbers = np.array([-4.0, -2.25, -0.75, 0.25, 0.75, 1.5, 8.0])
    floats = FloatAlgebra()
    with floats.context():
        expected = floats.apply(row.prime, numbers)
    for derivative in (row.prime.head(z), row.head(z).diff(z)):
        values = sympy.lambdify(z, derivative, "numpy")(numbers)
        np.testing.assert_allclose(values * np.ones(7), expected, rtol=1e-13, atol=1e-15)


def test_a_real_argument_gives_a_real_value():
    assert sigmoid(z).is_real
    assert sigmoid(sympy.Symbol("w")).is_real is None
    curvature = ACTIVATIONS["softsign"].head(sigmoid(z)).diff(z, 2)
    assert not curvature.has(sympy.re, sympy.im, sympy.Derivative)


@pytest.mark.parametrize(
    "name", ["affine(alpha=0)", "scaled_tanh(alpha=0)", "hard_sigmoid(alpha=0, beta=0)"]
)
def test_the_derivative_of_a_constant_is_zero(name):
    row = activation(name)
    assert row.derivative_shown == row.prime.head(z) == row.head(z).diff(z) == 0
