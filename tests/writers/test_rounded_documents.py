"""Hand calculations of runs that round: every line is worked again from its printed numbers.

The student here is a small evaluator of printed text, with Python's decimals and mpmath.
"""

import re
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from calculator import Calculator, calculators, decimals
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, PeepholeLSTM, SimpleRNN, figure, hand_calculation

FOUR = {"algebra": "decimal", "digits": 4}
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
TOKEN = re.compile(r"\s*(\d[\d.]*(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?(?:/\d+)?|σ'|σ|tanh'|tanh|diag|.)")
FUNCTIONS = {"σ": "sigmoid", "σ'": "sigmoid'", "tanh": "tanh", "tanh'": "tanh'"}


class Student:
    """Works out a printed formula; matrices are lists of rows, numbers those of one entry.

    Functions are rounded wherever they stand, and nothing else is.
    """

    def __init__(self, calculator, formula):
        self.calculator = calculator
        self.tokens = [t for t in TOKEN.findall(formula) if t.strip()]

    def work(self):
        value = self.sum()
        assert not self.tokens
        return value

    def next(self, *wanted):
        if self.tokens and self.tokens[0] in wanted:
            return self.tokens.pop(0)
        return None

    def sum(self):
        value = self.product()
        while sign := self.next("+", "-"):
            other, factor = self.product(), 1 if sign == "+" else -1
            value = entrywise(lambda a, b, factor=factor: a + factor * b, value, other)
        return value

    def product(self):
        if self.next("-"):
            return entrywise(lambda a, b: a * b, self.product(), [[Fraction(-1)]])
        value = self.atom()
        while self.tokens and self.tokens[0] not in ("+", "-", ")", "]", ";"):
            if self.next("⊙", "·"):
                value = entrywise(lambda a, b: a * b, value, self.atom())
            else:
                value = matrix_product(value, self.atom())
        return value

    def atom(self):
        if self.next("("):
            value = self.sum()
            assert self.next(")")
            return value
        if self.next("["):
            return self.matrix()
        token = self.tokens.pop(0)
        if token == "-":
            return [[-self.atom()[0][0]]]
        if token in FUNCTIONS:
            name = FUNCTIONS[token]
            return [[self.function(name, z) for z in row] for row in self.atom()]
        return [[read(token)]]

    def function(self, name, z):
        return Fraction(self.calculator.function(name, z))

    def matrix(self):
        rows = [[]]
        while not self.next("]"):
            if self.next(";"):
                rows.append([])
            else:
                rows[-1] += self.atom()[0]
        return rows


def read(number):
    base, _, power = number.partition("×10")
    return Fraction(base) * Fraction(10) ** int(power.translate(SUPERSCRIPTS) or 0)


def entrywise(operation, left, right):
    if len(left) == len(left[0]) == 1:
        left = [[left[0][0]] * len(row) for row in right]
    if len(right) == len(right[0]) == 1:
        right = [[right[0][0]] * len(row) for row in left]
    rows = zip(left, right, strict=True)
    return [[operation(a, b) for a, b in zip(*row, strict=True)] for row in rows]


def matrix_product(left, right):
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left
    ]


def worked_lines(page):
    """Yield the lines of a page in a terminal that compute: signs, and what follows each."""
    page = page.partition("Time step 1\n")[2]
    page = re.sub(r"\n {3,}(?=[-=≈+⊙·] |\[)", " ", page)
    for line in page.splitlines():
        if re.search(r" = .* [=≈] ", line) and ", " not in line and "from" not in line:
            parts = re.split(r" ([=≈]) ", line.strip())
            links = list(zip(parts[1::2], parts[2::2], strict=True))
            yield line, [(s, k) for s, k in links if not re.search(r"[^\W\d]\S*_", k)]


def rounded(calculator, value):
    return [[Fraction(calculator.round(entry)) for entry in row] for row in value]


def follow(calculator, page):
    """Work every line of a page out; return how many there are, and the signs."""
    signs = []
    for line, links in worked_lines(page):
        for (_, shown), (sign, following) in pairwise(links):
            before, after = unrounded(calculator, shown), unrounded(calculator, following)
            if before is not None and after is not None:
                assert (before == after) == (sign == "="), line
        for (_, shown), (sign, value) in pairwise(links[-2:]):
            result = Student(calculator, shown).work()
            final = Student(calculator, value).work()
            assert rounded(calculator, result) == final, line
            signs.append(sign)
    return signs


def unrounded(calculator, shown):
    """Return what a formula without functions comes to; `None` for one with them."""
    return None if re.search("σ|tanh", shown) else Student(calculator, shown).work()


@settings(max_examples=25, deadline=None)
@given(st.data(), calculators.filter(lambda one: (one.digits or one.decimals or 0) <= 12))
def test_every_line_follows_from_its_printed_numbers(data, calculator):
    units = data.draw(st.integers(1, 2))
    kernel = [[data.draw(decimals) for _ in range(4 * units)]]
    recurrent = [[data.draw(decimals) for _ in range(4 * units)] for _ in range(units)]
    bias = [data.draw(decimals) for _ in range(4 * units)]
    layer = LSTM(units).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    trace = layer.run([data.draw(decimals), 1], algebra="decimal", **calculator.options)
    page = hand_calculation(trace, closed_form_size=0)
    assert len(follow(calculator, page)) == 12


def test_the_sign_before_a_value_is_as_near_as_it_is():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel="0.5", bias=0)
    page = hand_calculation(layer.run([0, 1], **FOUR), closed_form_size=0)
    signs = follow(Calculator(4), page)
    assert "=" in signs
    assert "≈" in signs
    assert "= σ(0) = 0.5000" in page
    assert "= σ(1.000) ≈ 0.7311" in page
    page = hand_calculation(layer.run([0, 1], algebra="decimal", decimals=2), closed_form_size=0)
    assert "c̃_1 = tanh(W_c x_1 + U_c h_0 + b_c) = tanh(1 · 0 + 0.5 · 0 + 0) = tanh(0.00)" in page


def test_a_pre_activation_that_is_rounded_stands_after_nearly():
    layer = SimpleRNN(1).bind(kernel="0.123456", recurrent_kernel=0, bias=0)
    page = hand_calculation(layer.run([1], **FOUR))
    assert "= tanh(0.123456 · 1 + 0 · 0 + 0) ≈ tanh(0.1235)\n      ≈ 0.1229" in page


@pytest.mark.parametrize("calculator", [Calculator(4), Calculator(decimals=3)])
def test_backward_lines_follow_from_their_printed_numbers(calculator):
    layer = LSTM(1).bind(kernel="0.7", recurrent_kernel="-0.4", bias="0.1")
    trace = layer.run([1, "-0.5", 2], algebra="decimal", **calculator.options)
    gradients = trace.backward(grad_sequence="0.3")
    page = hand_calculation(gradients, closed_form_size=0, running_sums=True)
    assert len(follow(calculator, page)) > 70
    assert "Δ_{h,3} = 0.3\n" in page
    assert "derivative at the printed z" in page


def test_numbers_given_are_printed_as_given_and_others_with_all_places():
    layer = PeepholeLSTM(1).bind(kernel="1/3", recurrent_kernel="0.25", bias=-1, peephole="0.5")
    page = hand_calculation(layer.run(["1.25"], initial_state=["0.5", "-0.1"], **FOUR))
    assert "W_i = W_f = W_c = W_o = 1/3" in page
    assert "x_1 = 1.25, h_0 = 0.5, c_0 = -0.1" in page
    numbers = re.findall(r"(?<![\d.])0\.\d+", page.partition("Summary")[2].partition("How far")[0])
    assert all(len(n.lstrip("0.")) == 4 for n in numbers if n not in ("0.5", "0.1"))


def test_several_sequences_add_up_to_rounded_gradients():
    layer = LSTM(1).bind(kernel="0.7", recurrent_kernel="-0.4", bias="0.1")
    gradients = layer.run([[[1], [2]], [["0.3"], [-1]]], **FOUR).backward()
    page = hand_calculation(gradients, closed_form_size=0)
    line = next(one for one in page.splitlines() if "W̄_i = W̄_i^" in one)
    total = Decimal(str(float(gradients["W_i"].item())))
    assert Decimal(re.split(r" [=≈] ", line)[-1]) == total
    assert page.count("the true value") == 2


@pytest.mark.parametrize("format_", ["latex", "markdown", "terminal"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"digits": 4}, ["4 significant digits", "further from zero", "half up"]),
        ({"decimals": 1}, ["1 decimal before", "further from zero", "half up"]),
        (
            {"decimals": 3, "rounding": "half_even"},
            ["3 decimals", "last digit is even", "half even"],
        ),
    ],
)
def test_a_page_says_how_it_rounds_and_ends_with_how_far_off_it_is(format_, options, words):
    trace = (
        LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0).run([1], algebra="decimal", **options)
    )
    page = " ".join(hand_calculation(trace, format_).split())
    assert all(one in page.partition("The cell")[0] for one in words)
    last = page.partition("How far the rounding leads")[2]
    assert "the true value" in last
    assert "differs from the true one by at most" in last
    assert ("printed" in page.partition("The cell")[0]) is False


def test_what_rounding_changes_is_bounded_and_nothing_is_said_so():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    page = hand_calculation(layer.run([1, 1, 1], **FOUR))
    assert "h_3 = 0.7888, rounded" in page
    true = Fraction(re.search(r"h_3 ≈ (\S+), the true value", page)[1])
    bound = read(re.search(r"at most (\S+)\.\n", page)[1])
    assert 0 < abs(true - Fraction("0.7888")) <= bound < Fraction("1e-4")
    nothing = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=0, bias=0)
    page = hand_calculation(nothing.run([2], **FOUR))
    assert "Rounding has changed nothing of the last output." in page


def test_a_state_jacobian_is_rounded_likewise():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel="0.5", bias=0)
    page = hand_calculation(layer.run([1, 2], **FOUR), state_jacobian="c")
    assert re.search(r"∂c_2/∂c_0 = f_1 f_2 = 0.7311 · 0\.\d{4} ≈ 0\.\d{4}\n", page)


@pytest.mark.parametrize("units", [1, 2])
def test_a_state_jacobian_is_rounded_over_more_steps_than_two(units):
    layer = LSTM(units, input_dim=1).bind(kernel=1, recurrent_kernel="0.5", bias=0)
    trace = layer.run([1, 2, 1], **FOUR)
    page = hand_calculation(trace, state_jacobian="h")
    assert "∂h_3/∂h_0" in page


def test_wires_show_all_places_after_nearly():
    trace = LSTM(1).bind(kernel="0.5", recurrent_kernel=1, bias=0).run([0, 1], **FOUR)
    drawn = figure(trace, step=1).svg()
    assert "0.5000" in drawn
    assert re.search(r"x_1 = 0\b", drawn)
    assert "h_0 = 0" in drawn
