"""Expressions in plain text, read back by a parser of its own: nothing is lost or ambiguous."""

import re

import mpmath
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import Abs, Heaviside, Max, Min, Rational, erf, exp, log, pi, sqrt, tanh

from symlstm.equations.activations import ACTIVATIONS, activation
from symlstm.notation import ENCLOSED, EXACT, LATEX, PLAIN, ROUNDED, certainty, text
from symlstm.notation.notation import unit_steps

x, y = sympy.symbols("x y", real=True)
sigmoid = ACTIVATIONS["sigmoid"].head


def plain(expression):
    return text(PLAIN.form(expression))


DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
TOKEN = re.compile(r" ([+-]) | · |, | |[()|√/^-]|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d+(?:\.\d+)?|[A-Za-zσθπ]+")
FUNCTIONS = {
    "max": max,
    "min": min,
    "θ": lambda z: mpmath.mpf(z > 0),
    "σ": lambda z: 1 / (1 + mpmath.exp(-z)),
    **{name: getattr(mpmath, name) for name in ("exp", "log", "tanh", "erf")},
}


def step(number, at_zero):
    return mpmath.mpf(number > 0 or (number == 0 and at_zero))


class Reader:
    """Computes what plain text says: sums of products of powers, juxtaposed factors multiplied."""

    def __init__(self, text, values):
        self.tokens = [match.group() for match in TOKEN.finditer(text)]
        assert "".join(self.tokens) == text
        self.values = {"π": mpmath.pi, **values}

    def read(self):
        value = self.sum()
        assert not self.tokens
        return value

    def take(self, *wanted):
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in wanted else None

    def sum(self):
        value = -self.product() if self.take("-") else self.product()
        while sign := self.take(" + ", " - "):
            value = value + self.product() if sign == " + " else value - self.product()
        return value

    def product(self):
        value = self.power()
        while operator := self.take(" ", " · ", "/"):
            value = value / self.power() if operator == "/" else value * self.power()
        return value

    def power(self):
        value = self.atom() ** self.superscript()
        return value ** self.power() if self.take("^") else value

    def superscript(self):
        digits = self.tokens[0].translate(DIGITS) if self.tokens else ""
        raised = digits.lstrip("-").isdigit() and digits != self.tokens[0]
        return int(digits) if raised and self.tokens.pop(0) else 1

    def atom(self):
        token = self.tokens.pop(0)
        if token == "√":
            return mpmath.sqrt(self.atom())
        if token in "(|":
            value = self.sum()
            assert self.tokens.pop(0) == {"(": ")", "|": "|"}[token]
            return abs(value) if token == "|" else value
        if token in FUNCTIONS:
            power = self.superscript()
            assert self.tokens.pop(0) == "("
            arguments = [self.sum()]
            while self.take(", "):
                arguments.append(self.sum())
            assert self.tokens.pop(0) == ")"
            return FUNCTIONS[token](*arguments) ** power
        return self.values[token] if token in self.values else mpmath.mpf(token)


numbers = st.fractions(-9, 9, max_denominator=9).map(lambda q: Rational(q.numerator, q.denominator))
leaves = st.sampled_from([x, y, x, pi]) | numbers


def larger(parts):
    return st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(lambda terms: sympy.Add(*terms)),
        st.lists(parts, min_size=2, max_size=3).map(lambda factors: sympy.Mul(*factors)),
        st.tuples(parts, parts).map(lambda pair: pair[0] - pair[1]),
        st.tuples(parts, parts).map(lambda pair: pair[0] / (1 + Abs(pair[1]))),
        st.tuples(parts, st.integers(-3, 3)).map(lambda pair: (pair[0] + 2) ** pair[1]),
        st.tuples(parts, numbers).map(lambda pair: (1 + Abs(pair[0])) ** pair[1]),
        st.tuples(parts, parts).map(lambda pair: Max(pair[0], Min(*pair))),
        st.tuples(st.sampled_from([Abs, tanh, sigmoid, erf]), parts).map(lambda p: p[0](p[1])),
        parts.map(lambda part: tanh(part) ** 2),
        parts.map(lambda part: sigmoid(part) ** 3),
        parts.map(lambda part: exp(-tanh(part))),
        parts.map(lambda part: sqrt(1 + part**2)),
        parts.map(lambda part: log(1 + Abs(part))),
        st.tuples(numbers, st.sampled_from([0, 1])).map(
            lambda pair: Heaviside(x - pair[0], pair[1])
        ),
    )


@given(st.recursive(leaves, larger, max_leaves=8), numbers, numbers)
@settings(max_examples=100)
def test_plain_text_says_what_the_expression_is_worth(expression, at_x, at_y):
    # SymPy takes tanh(log(1 + exp(-30))) for zero, so that functions of numbers alone stay out.
    assume(all(part.free_symbols for part in expression.atoms(sympy.Function)))
    assume(not expression.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan))
    tokens = PLAIN.form(expression)
    assume(certainty(tokens) == EXACT and "…" not in text(tokens))
    function = sympy.lambdify([x, y], expression, [{"Heaviside": step}, "mpmath"])
    with mpmath.workdps(60):
        numbers = [mpmath.mpf(int(at.p)) / int(at.q) for at in (at_x, at_y)]
        try:
            value = function(*numbers)
        except ZeroDivisionError:
            assume(False)
        read = Reader(text(tokens), dict(zip("xy", numbers, strict=True))).read()
        assert abs(read - value) <= mpmath.mpf(10) ** -40 * (1 + abs(value))


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (1 - tanh(x) ** 2, "1 - tanh²(x)"),
        (1 / (1 + exp(-x)), "1/(1 + exp(-x))"),
        (sigmoid(x).diff(x), "(1 - σ(x)) σ(x)"),
        (Min(1, Max(0, x / 6 + Rational(1, 2))), "min(1, max(0, x/6 + 1/2))"),
        (Rational(-2, 7) * x, "-2 x/7"),
        (x / (1 + Abs(x)), "x/(|x| + 1)"),
        ((1 + Abs(x)) ** -2, "1/(|x| + 1)²"),
        (sqrt(x**2 + 4) / 2 - x**3, "-x³ + √(x² + 4)/2"),
        (x * exp(-(x**2) / 2) / sqrt(2 * pi), "√2 x exp(-x²/2)/(2 √π)"),
        (2**x + x ** Rational(1, 3), "2^x + x^(1/3)"),
        (sympy.Mul(2, Rational(3) ** Rational(1, 3)), "2 · 3^(1/3)"),
        (x ** (2**x) + sqrt(tanh(x)), "x^(2^x) + √(tanh(x))"),
        (sympy.Mul(x, sympy.Mul(y, x / 2), evaluate=False), "x (x y/2)"),
        (sympy.Pow(sympy.Pow(x, y), 3, evaluate=False), "(x^y)³"),
        (x * Heaviside(Abs(x) - 2, 0), "x θ(|x| - 2)"),
        (Heaviside(x, 1), "1 - θ(-x)"),
        (activation("hard_sigmoid(alpha=1/5)").head(x) ** 2, "σ_{hard,1/5,1/2}²(x)"),
        (sympy.Float("-1.5", 3) * x - sympy.Float("2.5", 3), "-1.50 x - 2.50"),
        (sympy.Mul(-1, x + 1, evaluate=False), "-(x + 1)"),
        (sympy.sign(x) * sympy.DiracDelta(x), "δ(x) sign(x)"),
        (sympy.Derivative(tanh(x), x, evaluate=False) + sympy.E, "Derivative(tanh(x), x) + e"),
    ],
)
def test_mathematics_reads_as_mathematics(expression, shown):
    assert plain(expression) == shown


def test_a_line_is_broken_before_the_outermost_terms_and_then_factors():
    levels = {
        (token.text, token.level)
        for token in PLAIN.form(x * tanh(x + exp(x * y)) - 1)
        if token.level is not None
    }
    outer_sum, outer_product, inner_sum, inner_product = sorted(levels, key=lambda pair: pair[1])
    assert [outer_sum[0], outer_product[0], inner_sum[0], inner_product[0]] == [
        " - ", " ", " + ", " ",
    ]  # fmt: skip


def test_quantities_are_spelled_as_in_equations():
    W_i, x_1, b_i, c = sympy.symbols(["W_i", "x_1", "b_i[0]", "c_tilde_1"], real=True)
    assert plain(W_i * x_1 + b_i) == "W_i x_1 + b_i[0]"
    assert plain(W_i**2 * c) == f"W_i² {PLAIN.symbol('c_tilde', '1').text}"


def test_fractions_that_are_too_long_are_rounded_and_say_so():
    alpha, whole = Rational(10**30 + 1, 3 * 10**29), sympy.Integer(10**30)
    for expression, digits, shown, certain in [
        (alpha * x - alpha, 5, "3.3333 x - 3.3333", ROUNDED),
        (Rational(1, 10**30) + x, 5, "x + 1×10⁻³⁰", EXACT),
        (Rational(5, 2) * x, 5, "5 x/2", EXACT),
        (whole * x, 5, "100000…000000 [31 digits] x", EXACT),
        (alpha, None, "3.333333333", ROUNDED),
    ]:
        tokens = PLAIN.form(expression, digits)
        assert (text(tokens), certainty(tokens)) == (shown, certain)
    assert certainty(PLAIN.form(ACTIVATIONS["selu"].form, 5)) not in (EXACT, ENCLOSED)


@given(st.sampled_from([Rational(0), Rational(1, 2), Rational(1)]), st.integers(-1, 1))
def test_every_unit_step_is_told_by_the_one_that_is_zero_at_zero(at_zero, point):
    form = 3 * Heaviside(x, at_zero) - Heaviside(-x, at_zero)
    told = unit_steps(form).subs(x, point)
    theta = sympy.Function("theta")
    assert told.replace(theta, lambda z: sympy.Integer(bool(z > 0))) == form.subs(x, point)


@pytest.mark.parametrize("notation", [PLAIN, LATEX], ids=["plain", "latex"])
def test_a_form_with_a_jump_has_the_right_value_at_it(notation):
    """At its threshold the function is still the default value."""
    shown = text(notation.form(activation("threshold(threshold=1/3, default_value=2)").form))
    assert shown.count("- 2") == 1
    assert shown.endswith("+ 2")
