import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS, NUMPY_ACTIVATIONS

from symlstm.activations import ACTIVATIONS, RATIONAL_OPERATIONS, Activation, activation, x
from symlstm.algebras.exact import ExactAlgebra
from symlstm.errors import CellError, NotExactError

fractions = st.fractions(min_value=-10, max_value=10, max_denominator=12)
corners = [-3, -1, 0, 1, 3, 6]


def test_the_table_has_what_it_should_and_knows_what_stays_rational():
    rational = {"linear", "relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_tanh"}
    rational |= {"sparse_sigmoid", "softsign"}
    assert {name for name, row in ACTIVATIONS.items() if row.rational} == rational
    assert set(ACTIVATIONS) == rational | {"sigmoid", "tanh"}
    assert set(ExactAlgebra.operations) == RATIONAL_OPERATIONS


@pytest.mark.parametrize("form", [sympy.sqrt(x**2 + 3), sympy.erf(x), 2**x, x + sympy.pi])
def test_a_function_that_leaves_the_rationals_is_never_exact(form):
    row = Activation("mine", "m", "m", lambda _: form, lambda _: sympy.diff(form, x))
    assert not row.rational
    with pytest.raises(NotExactError, match="mine takes rational numbers to irrational ones"):
        ExactAlgebra().scalar(row)


@pytest.mark.parametrize("name", FRACTION_ACTIVATIONS)
@given(z=fractions | st.sampled_from(corners).map(Fraction))
def test_forms_and_heads_give_the_values_written_by_hand(name, z):
    row, number = ACTIVATIONS[name], sympy.Rational(z.numerator, z.denominator)
    expected = FRACTION_ACTIVATIONS[name](z)
    assert row.form.subs(x, number) == expected
    assert row.head(number) == expected


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.floats(-5, 5))
def test_heads_can_be_lambdified_and_evaluated(name, z):
    head = ACTIVATIONS[name].head(x)
    expected = pytest.approx(float(NUMPY_ACTIVATIONS[name](np.float64(z))), rel=1e-12, abs=1e-300)
    for modules in ("numpy", "mpmath"):
        assert float(sympy.lambdify(x, head, modules)(z)) == expected
    assert float(head.xreplace({x: sympy.Float(z, 17)}).evalf()) == expected


@pytest.mark.parametrize("name", FRACTION_ACTIVATIONS)
@given(z=fractions)
def test_derivatives_are_the_slopes_away_from_corners(name, z):
    row, small = ACTIVATIONS[name], Fraction(1, 10**9)
    if any(abs(z - corner) <= small for corner in corners):
        return
    f = FRACTION_ACTIVATIONS[name]
    slope = (f(z + small) - f(z - small)) / (2 * small)
    derivative = row.derivative.subs(x, sympy.Rational(z.numerator, z.denominator))
    assert abs(Fraction(int(derivative.p), int(derivative.q)) - slope) < Fraction(1, 10**8)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_derivatives_of_smooth_functions_are_what_sympy_derives(name):
    row = ACTIVATIONS[name]
    assert sympy.simplify(sympy.diff(row.form, x) - row.derivative) == 0


@pytest.mark.parametrize(
    ("name", "corner", "slope"),
    [("relu", 0, 0), ("relu6", 0, 0), ("relu6", 6, 0), ("leaky_relu", 0, Fraction(1, 5)),
     ("hard_sigmoid", -3, 0), ("hard_sigmoid", 3, 0), ("hard_tanh", 1, 0),
     ("sparse_sigmoid", -1, 0), ("softsign", 0, 1)],
)  # fmt: skip
def test_at_a_corner_the_flatter_side_counts(name, corner, slope):
    assert ACTIVATIONS[name].derivative.subs(x, corner) == slope


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_heads_are_differentiated_by_the_table(name):
    row = ACTIVATIONS[name]
    point = sympy.Rational(1, 3)
    assert sympy.diff(row.head(2 * x), x).subs(x, point) == 2 * row.derivative.subs(x, 2 * point)


def test_heads_stay_closed_until_they_are_expanded():
    sigmoid = ACTIVATIONS["sigmoid"].head(x)
    assert str(sigmoid) == "sigmoid(x)"
    assert sympy.expand_func(sigmoid) == 1 / (1 + sympy.exp(-x))
    assert sympy.latex(sigmoid) == r"\sigma{\left(x \right)}"
    assert sympy.latex(sigmoid**2) == r"\sigma^{2}{\left(x \right)}"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_heads_survive_pickling(name):
    head = ACTIVATIONS[name].head(x)
    assert pickle.loads(pickle.dumps(head)) == head


def test_no_name_is_the_identity_and_a_wrong_one_is_named():
    assert activation(None).name == "linear"
    with pytest.raises(CellError, match="did you mean 'sigmoid'"):
        activation("sigmod")
