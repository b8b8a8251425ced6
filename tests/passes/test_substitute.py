from itertools import pairwise

import pytest
import sympy
from sympy import ZeroMatrix

from symlstm import ACTIVATIONS, LSTM
from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Quantity,
    add,
    apply,
    hadamard,
    multiply,
    scale,
    t,
    transpose,
)
from symlstm.equations.printer import Printer
from symlstm.notation import PLAIN
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import Unrolled


def test_unrolling_puts_numbers_for_time():
    equations = LSTM(2).equations
    assert [str(e) for e in Unrolled(equations).at(3)][4] == "c_3 = f_3 ⊙ c_2 + i_3 ⊙ c̃_3"


def test_closed_forms_in_vector_form_keep_the_order_of_the_formulas():
    cell = LSTM(3, 2, activation="linear", use_bias=False)
    h = cell.vector("h")
    known = {state.at(0): ZeroMatrix(3, 1) for state in cell.states.values()}
    unrolled, definitions = Unrolled(cell.equations), Definitions(known)
    known.update((e.lhs, e.rhs) for e in unrolled.at(1))
    assert definitions.size(h.at(2)) == 1  # what it is, nobody has said yet
    closed = definitions.substitute(h.at(1))
    known.update((e.lhs, e.rhs) for e in unrolled.at(2))
    assert definitions.size(h.at(2)) == Definitions({**known}).size(h.at(2)) > 1
    assert str(Equation(h.at(1), closed)) == "h_1 = σ(W_o x_1) ⊙ σ(W_i x_1) ⊙ (W_c x_1)"
    assert closed.atoms(Quantity) <= {cell.x.at(1), *cell.weights.values()}
    assert "U_f (σ(W_o x_1) ⊙ σ(W_i x_1) ⊙ (W_c x_1))" in str(
        Equation(h.at(2), definitions.substitute(h.at(2)))
    )


def test_work_grows_with_the_definitions_and_not_with_the_tree():
    names = sympy.symbols("a:400", real=True)
    doubled = {new: old * (old + 1) for old, new in pairwise(names)}
    assert Definitions(doubled).size(names[-1]) > 2**399
    few = Definitions(dict(list(doubled.items())[:3]))
    a = names[0]
    expected = a * (a + 1)
    for _ in range(2):
        expected = expected * (expected + 1)
    assert few.substitute(names[3]) == expected


LONG = 1500
"""More steps than Python has calls within one another."""


def links(kind, *, initial=None):
    """Return the definitions of h_1 to h_1500, and how to go from each to the one before."""
    h, x = Quantity("h", 2, time=t), Quantity("x", 2, time=t)
    weight, tanh = Quantity("U", 2, 2), ACTIVATIONS["tanh"]
    rhs, before = {
        "add": (add(h.previous, x), lambda e: e.args[0]),
        "add last": (add(x, h.previous), lambda e: e.args[1]),
        "hadamard": (hadamard(h.previous, x), lambda e: e.args[0]),
        "hadamard last": (hadamard(x, h.previous), lambda e: e.args[1]),
        "multiply": (multiply(weight, h.previous), lambda e: e.args[1]),
        "outer": (multiply(multiply(h.previous, transpose(x)), x), lambda e: e.args[0].args[0]),
        "apply": (apply(tanh, add(h.previous, x)), lambda e: e.argument.args[0]),
        "transpose": (transpose(transpose(hadamard(h.previous, x))), lambda e: e.arg.arg.args[0]),
        "scale": (add(scale(-3, hadamard(h.previous, x)), x), lambda e: e.args[0].argument.args[0]),
    }[kind]
    unrolled = Unrolled([Equation(h, rhs)])
    equations = [one for step in range(1, LONG + 1) for one in unrolled.at(step)]
    start = {} if initial is None else {h.at(0): initial}
    return h, Definitions({**start, **{e.lhs: e.rhs for e in equations}}), before


KINDS = ["add", "add last", "hadamard", "hadamard last", "multiply", "outer", "apply"]
KINDS += ["transpose", "scale"]


@pytest.mark.parametrize("kind", KINDS)
def test_closed_forms_are_as_deep_as_a_sequence_is_long(kind):
    h, definitions, before = links(kind)
    closed = definitions.substitute(h.at(LONG))
    for step in range(LONG, 0, -1):
        assert closed is definitions.substitute(h.at(step))
        closed = before(closed)
    assert closed == h.at(0)
    assert definitions.size(h.at(LONG)) == 1 + LONG * (definitions.size(h.at(1)) - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_and_print_as_forms_of_two_steps_do(kind):
    """Each step's text stands in that of the next one, in brackets if it does so at first."""
    h, definitions, _ = links(kind)
    one, two, many = (Printer(PLAIN).text(definitions.substitute(h.at(k))) for k in (1, 2, 400))

    def within(text, step, around):
        return one.replace("x_1", f"x_{step}").replace("h_0", around.format(text))

    around = next(brackets for brackets in ("{}", "({})") if within(one, 2, brackets) == two)
    text = one
    for step in range(2, 401):
        text = within(text, step, around)
    assert many == text


@pytest.mark.parametrize("kind", ["hadamard", "hadamard last", "multiply", "outer"])
def test_nothing_is_left_of_what_zero_is_multiplied_with(kind):
    h, definitions, _ = links(kind, initial=ZeroMatrix(2, 1))
    assert definitions.substitute(h.at(LONG)) == ZeroMatrix(2, 1)
