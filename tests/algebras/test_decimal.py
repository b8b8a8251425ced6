"""The decimal algebra steps as Python's ``decimal`` does, with mpmath's functions at 60 digits."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from oracles import CORNERS, FRACTION_ACTIVATIONS, TRANSCENDENTAL, true_value

from symlstm import LSTM
from symlstm.algebras.decimal_functions import rounded
from symlstm.equations.activations import activation, row_named
from symlstm.errors import PrecisionError, TooLargeError
from symlstm.numbers.exact import rational
from symlstm.numbers.places import Places

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
WIDE = Context(prec=300)
"""In which sums and products of the numbers here are exact."""


@dataclass(frozen=True)
class Calculator:
    """What someone has who rounds with a pocket calculator, in Python's decimals."""

    digits: int | None = None
    decimals: int | None = None
    rounding: str = "half_up"

    @property
    def options(self):
        given = {"digits": self.digits, "decimals": self.decimals}
        return {"rounding": self.rounding, **{k: v for k, v in given.items() if v is not None}}

    def round(self, value):
        value = Decimal(value)
        if self.digits is not None:
            return Context(self.digits, MODES[self.rounding]).plus(value)
        return value.quantize(Decimal(1).scaleb(-self.decimals), MODES[self.rounding], WIDE)

    def function(self, name, z):
        """Return a rounded function; mpmath's 60 digits must decide, and what is exact is."""
        with mpmath.workdps(60):
            true = true_value(name, Fraction(z))
            return self.round(mpmath.nstr(true, 50, strip_zeros=False))

    def prime(self, name, z):
        with mpmath.workdps(90):
            slope = SLOPES[name](mpmath.mpf(str(z)))
            return self.round(mpmath.nstr(slope, 50, strip_zeros=False))


SLOPES = {
    "sigmoid": lambda z: mpmath.exp(-z) / (1 + mpmath.exp(-z)) ** 2,
    "tanh": lambda z: 1 - mpmath.tanh(z) ** 2,
}

calculators = st.builds(
    Calculator, st.integers(1, 25), st.none(), st.sampled_from(sorted(MODES))
) | st.builds(Calculator, st.none(), st.integers(0, 25), st.sampled_from(sorted(MODES)))
numbers = st.decimals(-4, 4, allow_nan=False, allow_infinity=False, places=3)


def lstm(calculator, weights, inputs, h, c):
    """Step a cell of some units by hand, each named value rounded; returns the values by step."""
    kernel, recurrent, bias = weights
    units, sigma, steps = len(h), "sigmoid", []
    with_context = WIDE
    for x in inputs:
        z = []
        for column in range(4 * units):
            total = bias[column]
            for row, value in zip([*kernel, *recurrent], [*x, *h], strict=True):
                total = with_context.fma(row[column], value, total)
            z.append(calculator.round(total))
        parts = [z[k * units : (k + 1) * units] for k in range(4)]
        i, f, o = (
            [calculator.function(sigma, v) for v in part] for part in (parts[0], parts[1], parts[3])
        )
        g = [calculator.function("tanh", v) for v in parts[2]]
        c = [
            calculator.round(with_context.fma(f[k], c[k], with_context.multiply(i[k], g[k])))
            for k in range(units)
        ]
        squashed = [calculator.function("tanh", v) for v in c]
        h = [calculator.round(with_context.multiply(o[k], squashed[k])) for k in range(units)]
        named = zip(("z_i", "z_f", "z_c_tilde", "z_o"), parts, strict=True)
        steps.append({**dict(named), "i": i, "f": f, "c_tilde": g, "o": o, "c": c, "h": h})
    return steps


def table(draw, rows, columns):
    return [[draw(numbers) for _ in range(columns)] for _ in range(rows)]


@given(st.data(), calculators, st.integers(1, 2), st.integers(1, 2), st.integers(1, 3))
def test_each_named_value_is_what_a_calculator_gives(data, calculator, units, dim, steps):
    kernel, recurrent = table(data.draw, dim, 4 * units), table(data.draw, units, 4 * units)
    bias, h, c = table(data.draw, 3, 4 * units)
    h, c, inputs = h[:units], c[:units], table(data.draw, steps, dim)
    expected = lstm(calculator, (kernel, recurrent, bias), inputs, h, c)
    layer = LSTM(units, dim).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    trace = layer.run(inputs, initial_state=[h, c], algebra="decimal", **calculator.options)
    for step, values in enumerate(expected, start=1):
        for name, value in values.items():
            assert list(trace[step][name]) == [sympy.Rational(str(v)) for v in value], (step, name)


@pytest.mark.parametrize("name", [*FRACTION_ACTIVATIONS, *TRANSCENDENTAL])
@given(z=numbers | st.sampled_from(list(map(str, map(float, CORNERS)))), calculator=calculators)
@settings(max_examples=30)
def test_functions_are_rounded_correctly(name, z, calculator):
    z = Decimal(z)
    layer_of = Places(calculator.digits, calculator.decimals, calculator.rounding)
    if name in FRACTION_ACTIVATIONS:
        value = FRACTION_ACTIVATIONS[name](Fraction(z))
        expected = nearest_fraction(value, calculator)
    else:
        expected = Fraction(calculator.function(name, z))
    (found,) = functions_of(name, [z], layer_of)
    assert found == expected


def functions_of(name, arguments, places, longest=1000):
    function = row_named(name)
    if function.rational:
        from symlstm.algebras.decimal import DecimalAlgebra

        algebra = DecimalAlgebra(places)
        column = np.array([[rational(z)] for z in arguments], dtype=object)
        values = algebra.apply(function, algebra.convert(column)).entries()
    else:
        values = rounded(function, [rational(z) for z in arguments], places, longest)
    return [Fraction(int(v.p), int(v.q)) for v in values]
