"""Whatever is printed means what is computed: print it, read it back, work it out."""

import re
from fractions import Fraction

import numpy as np
import sympy
from hypothesis import given
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS

from symlstm.algebras.evaluate import evaluate
from symlstm.algebras.exact import ExactAlgebra
from symlstm.equations.activations import ACTIVATIONS
from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Quantity,
    add,
    apply,
    hadamard,
    multiply,
    scale,
    subtract,
    t,
    transpose,
)
from symlstm.equations.nodes import Diagonal
from symlstm.equations.printer import Printer
from symlstm.equations.vocabulary import square, square_root
from symlstm.notation import LATEX, PLAIN
from symlstm.numbers.arrays import exported, rational_array

FUNCTIONS = {
    ACTIVATIONS[n].text: n for n in ("relu", "relu6", "softsign", "hard_sigmoid", "leaky_relu")
}
KINDS = ["quantity", "add", "hadamard", "multiply", "apply", "linear"]
KINDS += ["scale", "subtract", "transpose", "diagonal"]
numbers = st.builds(Fraction, st.integers(-5, 5), st.sampled_from([1, 1, 2, 3]))


@st.composite
def expressions(draw):
    """An expression of any shape, and the numbers of its quantities."""
    values = {}

    def quantity(rows, columns):
        entries = draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns))
        made = Quantity(f"a_{len(values)}", rows, columns)
        values[made] = np.array(entries, dtype=object).reshape(rows, columns)
        return made

    def build(depth, rows):
        kind = draw(st.sampled_from(KINDS))
        if depth == 0 or kind == "quantity":
            return quantity(rows, 1)
        if kind in ("add", "hadamard"):
            parts = [build(depth - 1, rows) for _ in range(draw(st.integers(2, 3)))]
            return add(*parts) if kind == "add" else hadamard(*parts)
        if kind in ("scale", "subtract"):
            part = build(depth - 1, rows)
            if kind == "scale":
                return scale(sympy.Rational(str(draw(numbers))), part)
            return subtract(part, build(depth - 1, rows))
        if kind == "diagonal":
            return multiply(Diagonal(build(depth - 1, rows)), build(depth - 1, rows))
        if kind in ("multiply", "transpose"):
            columns = draw(st.integers(1, 3))
            shape = (rows, columns) if kind == "multiply" else (columns, rows)
            matrix = quantity(*shape)
            matrix = matrix if kind == "multiply" else transpose(matrix)
            return multiply(matrix, build(depth - 1, columns))
        name = draw(st.sampled_from(sorted(FUNCTIONS.values()))) if kind == "apply" else "linear"
        return apply(ACTIVATIONS[name], build(depth - 1, rows))

    return build(draw(st.integers(1, 3)), draw(st.integers(1, 3))), values


@given(expressions())
def test_what_is_printed_is_what_is_computed(case):
    expression, values = case
    shown = {quantity: exported(rational_array(entries)) for quantity, entries in values.items()}
    printed = Printer(PLAIN, shown).text(expression)
    assert read(printed).tolist() == computed(expression, values).tolist(), printed


def computed(expression, values):
    algebra = ExactAlgebra()
    constants = {q.name: algebra.convert(rational_array(v)) for q, v in values.items()}
    history = {1: {}}
    result = Quantity("result", expression.shape[0], time=t)
    evaluate((Equation(result, expression),), algebra, constants, history, [1])
    return algebra.export(history[1]["result"])


WORDS = "|".join(["diag", *sorted(FUNCTIONS, reverse=True)])
TOKEN = re.compile(rf"\s*({WORDS}|-?\d+/\d+|-?\d+|[][;()+·⊙-])")


def read(printed):
    """Read a formula by the textbook's rules: ⊙ and · bind more than + and -, A x more than both.

    A number in front of a matrix scales it.
    """
    tokens = TOKEN.findall(printed)
    assert "".join(tokens) == printed.replace(" ", "") or ";" in printed
    position = 0

    def peek():
        return tokens[position] if position < len(tokens) else None

    def take():
        nonlocal position
        position += 1
        return tokens[position - 1]

    def total():
        value = entrywise() if peek() != "-" else 0
        while peek() in ("+", "-"):
            value = value + entrywise() if take() == "+" else value - entrywise()
        return value

    def entrywise():
        value = product()
        while peek() in ("⊙", "·"):
            take()
            value = value * product()
        return value

    def product():
        value = atom()
        while peek() not in (None, "+", "-", "⊙", "·", ")", "]", ";"):
            right = atom()
            value = value * right if value.shape == (1, 1) else value @ right
        return value

    def atom():
        token = take()
        if token == "(":
            value = total()
            assert take() == ")"
            return value
        if token == "[":
            return matrix()
        if token == "diag":
            return np.diag(atom()[:, 0]) + Fraction(0)
        if token in FUNCTIONS:
            return np.vectorize(FRACTION_ACTIVATIONS[FUNCTIONS[token]], otypes=[object])(atom())
        return np.array([[Fraction(token)]], dtype=object)

    def matrix():
        rows = [[]]
        while (token := take()) != "]":
            if token == ";":
                rows.append([])
            else:
                rows[-1].append(Fraction(token))
        return np.array(rows, dtype=object)

    value = total()
    assert position == len(tokens), printed
    return value


def test_what_has_an_exponent_or_a_fraction_bar_is_bracketed_before_it_is_raised():
    one, other = Quantity("W_bar_i^1", 1), Quantity("v_W", 1)
    values = {one: np.array([[sympy.Rational(1, 3)]]), other: np.array([[sympy.Integer(2)]])}
    for notation, shown in [
        (PLAIN, ["(W̄_i^(1))²", "v_W^(1/2)", "(1/3)²", "2^(1/2)"]),
        (LATEX, [r"(\bar W_i^{(1)})^2", "v_W^{1/2}", r"\Bigl(\frac{1}{3}\Bigr)^2", "2^{1/2}"]),
    ]:
        printers = [Printer(notation), Printer(notation, values)]
        printed = [p.text(e) for p in printers for e in (square(one), square_root(other))]
        assert printed == shown
