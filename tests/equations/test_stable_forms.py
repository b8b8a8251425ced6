"""What algebras compute of activation functions: the same as the table says, and all digits."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, ctx, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.forms import RECIPROCAL, Compiler
from symlstm.equations.activation_table import FAMILIES
from symlstm.equations.activations import activation, x
from symlstm.equations.stable_forms import STABLE, Erfc, Expm1, Log1p, TanhShrink, WherePositive

SMALL = Fraction(1, 10**30)
NAMES = [*TRANSCENDENTAL, "elu(alpha=-3)", "squareplus(b=9)"]
ROWS = [row for name in NAMES for row in (activation(name), activation(name).prime)]
FAR = [Fraction(z) for z in (-500, -50, -1, 1, 50, 500)]
points = st.sampled_from([*FAR, SMALL, -SMALL]) | st.fractions(-500, 500, max_denominator=99)

IN_MPMATH = {
    sympy.Add: mpmath.fadd,
    sympy.Mul: mpmath.fmul,
    sympy.Pow: mpmath.power,
    RECIPROCAL: lambda z: 1 / z,
    sympy.sqrt: mpmath.sqrt,
    sympy.Max: max,
    sympy.Min: min,
    sympy.Abs: abs,
    sympy.Heaviside: lambda z, at_zero: at_zero if z == 0 else mpmath.mpf(z > 0),
    sympy.exp: mpmath.exp,
    sympy.tanh: mpmath.tanh,
    sympy.log: mpmath.log,
    sympy.sech: mpmath.sech,
    sympy.erf: mpmath.erf,
    type(sympy.pi): lambda: +mpmath.pi,
    Expm1: mpmath.expm1,
    Log1p: mpmath.log1p,
    Erfc: mpmath.erfc,
    TanhShrink: lambda z: z - mpmath.tanh(z),
    WherePositive: lambda z, positive, otherwise: positive if z > 0 else otherwise,
}
"""What forms are made of, by their definitions, at whatever precision mpmath works with."""

ORACLES = {
    **TRANSCENDENTAL,
    "gelu": lambda z: z * mpmath.ncdf(z),  # 1 + erf would take 54,000 digits at -500
    "elu(alpha=-3)": lambda z: z if z > 0 else -3 * mpmath.expm1(z),
    "squareplus(b=9)": lambda z: (z + mpmath.sqrt(z * z + 9)) / 2,
}


def in_mpmath(form, z):
    compiler = Compiler(IN_MPMATH, lambda constant: mpmath.mpf(int(constant.p)) / int(constant.q))
    return compiler.compile(form)(mpmath.mpf(z.numerator) / z.denominator)


def in_balls(row, z, precision=64):
    with ctx.workprec(precision):
        ball = arb(fmpq(z.numerator, z.denominator))
        return BallAlgebra(precision).scalar(row)(ball)


def slope(function, z):
    small = mpmath.mpf(10) ** -100
    return (function(z + small) - function(z - small)) / (2 * small)


def true(row, z):
    """Return the value at ``z``, and how many digits a change of the last one of ``z`` costs."""
    f = ORACLES[row.name.removesuffix("'")]
    function = (lambda z: slope(f, z)) if row.name.endswith("'") else f
    with mpmath.workdps(1100):  # e^-1500, and differences of differences of it
        at = mpmath.mpf(z.numerator) / z.denominator
        value = function(at)
        condition = abs(at * slope(function, at) / value) if value else mpmath.mpf(0)
        return +value, math.log2(1 + min(condition, mpmath.mpf(2) ** 60))


def fraction(number):
    return fmpq(*map(int, mpmath.libmp.to_rational(number._mpf_)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@given(z=st.fractions(-40, 40, max_denominator=99) | st.sampled_from([SMALL, -SMALL]))
@settings(max_examples=15)
def test_what_is_computed_is_what_is_shown(row, z):
    with mpmath.workdps(500):  # of which a difference of nearly equal numbers leaves enough
        shown, computed = in_mpmath(row.form, z), in_mpmath(row.computed, z)
        assert abs(shown - computed) <= abs(shown) * mpmath.mpf(10) ** -50


SECONDS = [activation(name).prime.prime for name in NAMES if name != "exponential"]


@pytest.mark.parametrize("row", SECONDS, ids=lambda row: row.name)
@given(z=st.fractions(-40, 40, max_denominator=99).filter(bool))
@settings(max_examples=10)
def test_so_is_the_second_derivative(row, z):
    with mpmath.workdps(500):
        shown, computed = in_mpmath(row.form, z), in_mpmath(row.computed, z)
        assert abs(shown - computed) <= abs(shown) * mpmath.mpf(10) ** -50
        slope_of = in_mpmath(row.of.form, z + SMALL) - in_mpmath(row.of.form, z - SMALL)
        assert abs(slope_of / (2 * mpmath.mpf(10) ** -30) - computed) < mpmath.mpf(10) ** -50


@pytest.mark.parametrize("row", SECONDS, ids=lambda row: row.name)
@pytest.mark.parametrize("z", [-800, -40, -1, Fraction(1, 2**40), 1, 40, 800])
def test_in_floats_it_loses_no_digits_either(row, z):
    algebra = FloatAlgebra()
    with algebra.context(), mpmath.workdps(1100):
        found = algebra.apply(row, np.array([[float(z)]]))[0, 0]
        true = in_mpmath(row.form, Fraction(z))
        assert abs(mpmath.mpf(found) - true) <= abs(true) * 1e-12 + 1e-150


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@given(z=points.filter(lambda z: z not in CORNERS or abs(z) == 1))
@settings(max_examples=15)
@example(z=FAR[0])
@example(z=FAR[1])
@example(z=FAR[-2])
@example(z=FAR[-1])
@example(z=SMALL)
@example(z=-SMALL)
def test_balls_lose_no_more_digits_than_the_argument_makes_them(row, z):
    """An argument that is off in its last bit moves the value by some bits: no more are lost."""
    ball = in_balls(row, z)
    value, lost = true(row, z)
    assert ball.rad() == 0 or ball.rel_accuracy_bits() >= 64 - 8 - lost
    with ctx.workprec(4000):
        error = abs(value) * mpmath.mpf(10) ** -120
        assert (ball + arb(0, 1) * arb(fraction(error))).contains(fraction(value))


@pytest.mark.parametrize(
    "name",
    [*NAMES, "squareplus(b=1/16)", "elu(alpha=1/3)", "celu(alpha=2)", "celu(alpha=5/3)"],
)
def test_what_is_rational_at_zero_is_decided_there(name):
    """A ball is the number itself where that has a finite binary expansion, as zero has."""
    for row in (activation(name), activation(name).prime):
        value = row.form.subs(x, 0)
        if not value.is_Rational:
            continue
        ball = in_balls(row, Fraction(0))
        if value.q & (value.q - 1) == 0:
            assert ball == arb(fmpq(value.p, value.q))
        with ctx.workprec(200):
            assert (ball - fmpq(value.p, value.q)).contains(0)


@pytest.mark.parametrize("name", ["elu", "elu(alpha=1/3)", "elu(alpha=10000000)", "celu(alpha=3)"])
@given(z=st.fractions(min_value=0).filter(bool))
def test_a_unit_that_hands_its_argument_on_has_the_slope_one_exactly(name, z):
    assert in_balls(activation(name).prime, z) == 1
    argument = arb(fmpq(Fraction(float(z)).numerator, Fraction(float(z)).denominator))
    with ctx.workprec(64):
        assert BallAlgebra(64).scalar(activation(name))(argument) == argument


@pytest.mark.parametrize("name", FRACTION_ACTIVATIONS)
def test_rational_functions_are_computed_as_they_are_shown(name):
    for row in (activation(name), activation(name).prime):
        assert row.computed == row.form


@pytest.mark.parametrize("name", ["elu(alpha=0)", "scaled_tanh(alpha=0)", "scaled_tanh(beta=0)"])
def test_so_are_others_whose_parameters_make_them_rational(name):
    for row in (activation(name), activation(name).prime):
        assert row.rational
        assert row.computed == row.form


def test_stable_forms_are_of_families_in_the_table():
    assert set(STABLE) <= set(FAMILIES)
    names = {name.partition("(")[0] for name in NAMES}
    assert set(STABLE) <= names
