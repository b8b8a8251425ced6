import copy
import pickle
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL, true_value

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.forms import RECIPROCAL
from symlstm.equations.activations import (
    ACTIVATIONS,
    RATIONAL_OPERATIONS,
    Activation,
    activation,
    rational_names,
    row_named,
    x,
)
from symlstm.errors import CellError, NotExactError

ALL = [*FRACTION_ACTIVATIONS, *TRANSCENDENTAL]
fractions = st.fractions(min_value=-10, max_value=10, max_denominator=12)


def number(z):
    return sympy.Rational(z.numerator, z.denominator)


def in_balls(row, z, precision=200):
    with ctx.workprec(precision):
        return BallAlgebra(precision).scalar(row)(arb(fmpq(z.numerator, z.denominator)))


def encloses(ball, true, error):
    """Whether a ball is within ``error`` of an mpmath number."""
    true = fmpq(*map(int, mpmath.libmp.to_rational(true._mpf_)))
    with ctx.workprec(300):
        return (ball + arb(0, error)).contains(true)


def test_the_table_has_what_it_should_and_knows_what_stays_rational():
    families = {name.partition("(")[0] for name in FRACTION_ACTIVATIONS}
    assert set(rational_names()) == families
    assert set(ACTIVATIONS) == families | {name.partition("(")[0] for name in TRANSCENDENTAL}
    assert set(ExactAlgebra.operations) == RATIONAL_OPERATIONS | {RECIPROCAL}
    assert all(activation(name).rational for name in FRACTION_ACTIVATIONS)
    assert not any(activation(name).rational for name in TRANSCENDENTAL)


@pytest.mark.parametrize(
    "form", [sympy.sqrt(x**2 + 3), sympy.erf(x), 2**x, x + sympy.pi, x * sympy.sqrt(2)]
)
def test_a_function_that_leaves_the_rationals_is_never_exact(form):
    row = Activation("mine", "m", "m", lambda _: form, lambda _: sympy.diff(form, x))
    assert not row.rational
    with pytest.raises(NotExactError, match="mine takes rational numbers to irrational ones") as e:
        ExactAlgebra().scalar(row)
    mends = ("use algebra='ball'", "algebra='float'", "a rational activation (linear, relu")
    places = [str(e.value).index(mend) for mend in mends]
    assert places == sorted(places)


@pytest.mark.parametrize("form", [x ** sympy.Rational(1, 3), sympy.sin(x)])
def test_what_no_algebra_knows_is_no_value_in_any(form):
    row = Activation("mine", "m", "m", lambda _: form, lambda _: sympy.diff(form, x))
    for algebra in (BallAlgebra(), FloatAlgebra()):
        with pytest.raises(NotExactError):
            algebra.scalar(row)


@pytest.mark.parametrize("name", FRACTION_ACTIVATIONS)
@given(z=fractions | st.sampled_from(CORNERS))
def test_forms_and_heads_give_the_values_written_by_hand(name, z):
    row, expected = activation(name), FRACTION_ACTIVATIONS[name](z)
    assert row.form.subs(x, number(z)) == expected
    assert row.head(number(z)) == expected
    exact = ExactAlgebra().scalar(row)(fmpq(z.numerator, z.denominator))
    assert exact == fmpq(expected.numerator, expected.denominator)


@pytest.mark.parametrize("name", TRANSCENDENTAL)
@given(z=fractions | st.sampled_from([Fraction(-(10**4)), Fraction(10**4)]))
def test_other_forms_enclose_the_values_of_mpmath(name, z):
    ball = in_balls(activation(name), z)
    with mpmath.workdps(60):
        true = true_value(name, z)
        assert ball.rad() < 1e-50 * (1 + abs(ball.mid()))
        assert encloses(ball, true, error=1e-50 * (1 + abs(float(min(abs(true), 1e300)))))


@pytest.mark.parametrize("name", ALL)
@given(z=st.floats(-5, 5))
@settings(max_examples=20)
def test_heads_can_be_lambdified_and_evaluated(name, z):
    head = activation(name).head(x)
    with mpmath.workdps(30):
        expected = pytest.approx(float(true_value(name, Fraction(z))), rel=1e-12, abs=1e-14)
    for modules in ("numpy", "mpmath"):
        if modules == "mpmath" or name != "gelu":  # NumPy has no erf
            assert float(sympy.lambdify(x, head, modules)(z)) == expected
    assert float(head.xreplace({x: sympy.Float(z, 17)}).evalf()) == expected


@pytest.mark.parametrize("name", FRACTION_ACTIVATIONS)
@given(z=fractions)
def test_derivatives_are_the_slopes_away_from_corners(name, z):
    row, small = activation(name), Fraction(1, 10**9)
    if any(abs(z - corner) <= small for corner in CORNERS):
        return
    f = FRACTION_ACTIVATIONS[name]
    slope = (f(z + small) - f(z - small)) / (2 * small)
    derivative = row.derivative.subs(x, number(z))
    assert abs(Fraction(int(derivative.p), int(derivative.q)) - slope) < Fraction(1, 10**8)


@pytest.mark.parametrize("name", TRANSCENDENTAL)
@given(z=fractions.filter(lambda z: z != 0) | st.sampled_from([Fraction(-300), Fraction(300)]))
def test_other_derivatives_enclose_the_slopes_of_mpmath(name, z):
    ball = in_balls(activation(name).prime, z)
    with mpmath.workdps(80):
        at = mpmath.mpf(z.numerator) / z.denominator
        small = mpmath.mpf(10) ** -30
        f = TRANSCENDENTAL[name]
        slope = (f(at + small) - f(at - small)) / (2 * small)
    assert ball.rad() < 1e-50 * (1 + abs(ball.mid()))
    assert encloses(ball, slope, error=1e-45 * (1 + abs(float(slope))))


@pytest.mark.parametrize("name", ALL)
@given(z=st.floats(-1e4, 1e4) | st.floats(-10, 10))
def test_float64_is_near_the_true_values_far_from_zero_too(name, z):
    """An exponential may overflow where it is the value itself; a jump has two sides."""
    row, argument = activation(name), np.array([z])
    for function in (row, row.prime):
        if name == "exponential" and z > 700:
            continue
        if any(abs(z - corner) < 1e-9 for corner in CORNERS):
            continue
        true = float(in_balls(function, Fraction(z)).mid())
        floats = FloatAlgebra()
        with floats.context():
            value = floats.apply(function, argument)
        assert value.shape == (1,)
        assert value[0] == pytest.approx(true, rel=1e-11, abs=1e-14 * (1 + abs(z)))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "exponential", "gelu", "silu", "squareplus"])
def test_derivatives_of_smooth_functions_are_what_sympy_derives(name):
    row = ACTIVATIONS[name]
    assert sympy.simplify(sympy.diff(row.form, x) - row.derivative) == 0


SLOPES_AT_CORNERS = [
    ("relu", 0, 0), ("relu6", 0, 0), ("relu6", 6, 0), ("leaky_relu", 0, Fraction(1, 5)),
    ("hard_sigmoid", -3, 0), ("hard_sigmoid", 3, 0), ("hard_tanh", 1, 0), ("hard_silu", -3, 0),
    ("hard_silu", 3, 1), ("sparse_sigmoid", -1, 0), ("softsign", 0, 1), ("elu", 0, 1),
    ("celu", 0, 1), ("selu", 0, sympy.Rational("1.6732632423543772848170429916717")
    * sympy.Rational("1.0507009873554804934193349852946")), ("sparse_plus", -1, 0),
    ("sparse_plus", 1, 1), ("hard_shrink", Fraction(1, 2), 0), ("hard_shrink", 0, 0),
    ("soft_shrink", Fraction(-1, 2), 0), ("soft_shrink", Fraction(1, 2), 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "corner", "slope"),
    [*SLOPES_AT_CORNERS, ("thresholded_relu", 1, 0), ("threshold", 0, 0),
     ("clip", 1, 0), ("clip", -1, 0),
     ("elu(alpha=1/2)", 0, Fraction(1, 2)), ("elu(alpha=2)", 0, 2), ("celu(alpha=2)", 0, 1),
     ("leaky_relu(negative_slope=2)", 0, 2), ("hard_shrink(threshold=0)", 0, 1)],
)  # fmt: skip
def test_at_a_corner_the_flatter_side_counts_or_else_the_side_below(name, corner, slope):
    assert activation(name).derivative.subs(x, corner) == slope


@pytest.mark.parametrize("name", ALL)
def test_heads_are_differentiated_by_the_table(name):
    row = activation(name)
    point = sympy.Rational(1, 5)
    slope = sympy.expand_func(sympy.diff(row.head(2 * x), x)).subs(x, point)
    assert slope == 2 * row.derivative.subs(x, 2 * point)


def test_heads_stay_closed_until_they_are_expanded():
    sigmoid = ACTIVATIONS["sigmoid"].head(x)
    assert str(sigmoid) == "sigmoid(x)"
    assert sympy.expand_func(sigmoid) == 1 / (1 + sympy.exp(-x))
    assert sympy.latex(sigmoid) == r"\sigma{\left(x \right)}"
    assert sympy.latex(sigmoid**2) == r"\sigma^{2}{\left(x \right)}"


@pytest.mark.parametrize("name", [*ALL, *ACTIVATIONS])
def test_rows_and_heads_survive_pickling(name):
    for row in (activation(name), activation(name).prime):
        assert pickle.loads(pickle.dumps(row)) is copy.deepcopy(row) is copy.copy(row) is row
        for copied in (pickle.loads(pickle.dumps(row.head)), copy.deepcopy(row.head)):
            assert copied(x) == row.head(x)
        assert pickle.loads(pickle.dumps(row.head(x))) == row.head(x)


@pytest.mark.parametrize("name", ["tanh", "mine"])
def test_a_row_of_ones_own_is_not_taken_for_the_tables(name):
    row = Activation(name, "s", "s", sympy.sin, sympy.cos)
    for copied in (pickle.loads(pickle.dumps(row)), copy.deepcopy(row)):
        assert copied == row != activation("tanh")
        assert copied.form == sympy.sin(x)


def test_no_name_is_the_identity_and_a_wrong_one_is_named():
    assert activation(None).name == "linear"
    with pytest.raises(CellError, match="did you mean 'sigmoid'"):
        activation("sigmod")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("identity", "'identity' is called 'linear' here; known: linear, sigmoid"),
     ("None", "'None' is called 'linear' here"), ("logistic", "'logistic' is called 'sigmoid'"),
     ("Logistic(alpha=2)", r"is 'Logistic\(alpha=2\)'; 'Logistic' is called 'sigmoid' here"),
     ("Swish", "'Swish' is called 'silu'"), ("hardswish", "'hardswish' is called 'hard_silu'"),
     ("hardtanh", "did you mean 'hard_tanh'"), ("HardSigmoid", "did you mean 'hard_sigmoid'"),
     ("relu_6", "did you mean 'relu6'"), ("ReLU", "did you mean 'relu'"),
     ("LeakyReLU(negative_slope=1/100)", "did you mean 'leaky_relu'"),
     ("leaky_relu(alpha=1/100)", "no parameter 'alpha'; 'alpha' is called 'negative_slope' here")],
)  # fmt: skip
def test_what_others_call_a_function_is_told_its_name_here(name, meant):
    with pytest.raises(CellError, match=meant):
        activation(name)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [("swish", "silu"), ("hard_swish", "hard_silu"), ("elu()", "elu"), ("elu(alpha=1.0)", "elu"),
     ("leaky_relu(negative_slope=0.01)", "leaky_relu(negative_slope=1/100)"),
     ("leaky_relu( negative_slope = 20e-2 )", "leaky_relu"),
     ("hard_sigmoid(beta=1/2,alpha=0.2)", "hard_sigmoid(alpha=1/5)"),
     ("affine(beta=-3,alpha=2)", "affine(alpha=2, beta=-3)"),
     ("elu(alpha=5368709/536870912)", "elu(alpha=5368709/536870912)")],
)  # fmt: skip
def test_equal_functions_have_the_same_name_and_row(given_name, name):
    assert activation(given_name).name == name
    assert activation(given_name) is activation(name) is row_named(name)
    assert row_named(f"{name}'") is activation(name).prime


@given(st.sampled_from([float, np.float32, np.float64]), st.floats(1e-30, 1e30))
def test_any_float_can_be_a_parameter(kind, value):
    numerator, denominator = float(kind(value)).as_integer_ratio()
    row = activation(f"celu(alpha={numerator}/{denominator})")
    assert row.derivative.subs(x, -number(Fraction(numerator, denominator))) == sympy.exp(-1)


@pytest.mark.parametrize(
    ("name", "message"),
    [("softmax(axis=1)", "no parameter 'axis'"), ("sparsemax", "acts on no unit by itself"),
     ("glu(axis=1)", "glu acts on no unit by itself"),
     ("leaky_relu(1/100)", r"give name\(parameter=number"), ("elu(", r"give name\(parameter="),
     ("elu(alpha=1,)", r"give name\(parameter=number"), ("elu(alpha=0,9)", "point, and no comma"),
     ("sigmoid'", "known: linear"),
     ("leaky_relu(slope=1)", "no parameter 'slope'; known: negative_slope"),
     ("sigmoid(alpha=1)", "sigmoid has no parameter 'alpha'; it has none"),
     ("elu(alpha=1, alpha=1)", "alpha is given twice"), ("elu(alpha=nan)", "alpha is 'nan'; give"),
     ("elu(alpha=x)", "alpha is 'x'; give a number"), ("elu(alpha=)", "alpha is ''; give a number"),
     ("elu(alpha=1/0)", "alpha is '1/0'"), ("elu(alpha=1e9999)", "a number of fewer digits"),
     ("elu(alpha=1e99999)", "alpha is '1e99999'; give a number"), ("celu(alpha=0)", "above 0"),
     ("celu(alpha=-1)", "above 0"), ("hard_shrink(threshold=-1)", "not below 0"),
     ("soft_shrink(threshold=-1/9)", "not below 0"), ("clip(limit=0)", "limit is '0'; give"),
     ("squareplus(b=0)", "above 0"), ("elu(alpha=__import__('os'))", "give name"),
     ("__class__", "known: linear"), ("", "known: linear"), (3, "gate is 3; known: linear"),
     (["elu"], "known: linear"), ("elu(alpha=" + "9" * 5000 + ")", "fewer digits")],
)  # fmt: skip
def test_what_is_no_activation_is_one_clear_error(name, message):
    with pytest.raises(CellError, match=message) as caught:
        activation(name, argument="gate")
    assert caught.value.argument == "gate"
    assert str(caught.value).startswith("gate is ")
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("name", "latex", "text"),
    [("hard_sigmoid(alpha=1/5)", r"\sigma_{\mathrm{hard},1/5,1/2}", "σ_{hard,1/5,1/2}"),
     ("leaky_relu(negative_slope=1/100)", r"\mathrm{lrelu}_{1/100}", "lrelu_{1/100}"),
     ("hard_sigmoid", r"\sigma_{\mathrm{hard}}", "σ_hard")],
)  # fmt: skip
def test_parameters_that_are_not_the_usual_ones_stand_below_the_symbol(name, latex, text):
    assert (activation(name).latex, activation(name).text) == (latex, text)
