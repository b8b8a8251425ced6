"""The tangents of systems of equations, and of their adjoints."""

import unicodedata

import pytest
import sympy
from sympy import Identity

from symlstm import LSTM, Cell, Equation
from symlstm.equations import Quantity, add, hadamard, multiply, scale, t, transpose
from symlstm.equations.nodes import Diagonal
from symlstm.passes.differentiate import differentiate
from symlstm.passes.tangent import Tangents


def composed(text):
    """Accents may be written as characters of their own, or with their letters."""
    return unicodedata.normalize("NFC", str(text))


def lines(tangents):
    return {equation.lhs.name: composed(equation) for equation in tangents.equations}


def test_the_tangents_of_an_lstm_and_of_its_backward_pass():
    cell = LSTM(2)
    told = lines(Tangents((*cell.program, *cell.adjoint_equations), ["U_o"]))
    expected = {
        "z_dot_f": "ż_{f,t} = U_f ḣ_{t-1}",
        "z_dot_o": "ż_{o,t} = U̇_o h_{t-1} + U_o ḣ_{t-1}",
        "o_dot": "ȯ_t = ż_{o,t} ⊙ σ'(z_{o,t})",
        "h_dot": "ḣ_t = ȯ_t ⊙ tanh(c_t) + o_t ⊙ ċ_t ⊙ tanh'(c_t)",
        "delta_dot_o": "δ̇_{o,t} = ō̇_t ⊙ σ'(z_{o,t}) + ō_t ⊙ ż_{o,t} ⊙ σ''(z_{o,t})",
        "W_bar_dot_i": "W̄̇_{i,t} = W̄̇_{i,t+1} + δ̇_{i,t} x_tᵀ",
    }
    assert {name: told[name] for name in expected} == {
        name: composed(line) for name, line in expected.items()
    }
    equation = Tangents(cell.program, ["U_o"]).equations[-1]
    assert sympy.latex(equation.lhs) == r"\dot h_t"


def test_what_nothing_varied_goes_into_stays():
    cell = LSTM(2)
    tangents = Tangents(cell.program, [])
    assert all(one.rhs == sympy.ZeroMatrix(2, 1) for one in tangents.equations)
    straight = LSTM(2, activation="relu", recurrent_activation="hard_sigmoid")
    system = Tangents(differentiate(straight.program, [straight.output]), ["z_i", "z_o"])
    told = {one.lhs.name: one.rhs for one in system.equations}
    assert told["delta_dot_i"] == sympy.ZeroMatrix(2, 1)


def test_every_tangent_is_computed_after_its_equation_and_before_it_is_used():
    cell = LSTM(2)
    system = (*cell.program, *cell.adjoint_equations)
    tangents = Tangents(system, [*cell.weights, "x"])
    own = {equation.lhs for equation in tangents.equations}
    known = set()
    for equation in tangents.equations:
        now = {q for q in equation.rhs.atoms(Quantity) if q in own}
        assert now <= known
        known.add(equation.lhs)


def test_names_that_are_taken_are_left_alone():
    class Named(Cell):
        def define(self):
            h_dot = self.vector("h_dot")
            return (
                Equation(h_dot, multiply(self.W(), self.x)),
                Equation(self.h, add(self.h.previous, h_dot)),
            )

    tangents = Tangents(Named(1).program, ["x"])
    assert [one.lhs.name for one in tangents.equations] == ["h_dot_dot", "h_dot_star"]
    assert str(tangents.equations[1]) != str(Named(1).program[1])


a, b = (Quantity(name, 2, time=t) for name in "ab")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (hadamard(a, b, a), "(ȧ_t ⊙ b_t ⊙ a_t + a_t ⊙ b_t ⊙ ȧ_t)"),
        (scale("2/3", a), "2/3 ȧ_t"),
        (multiply(b, transpose(a)), "b_t ȧ_tᵀ"),
        (multiply(Diagonal(a), b), "diag(ȧ_t) b_t"),
    ],
)
def test_an_operation_has_a_tangent(expression, expected):
    tangents = Tangents([Equation(Quantity("y", 2, time=t), expression)], ["a"])
    shown = composed(tangents.equations[0]).partition(" = ")[2]
    assert shown.strip("()") == composed(expected).strip("()")


def test_a_constant_has_none():
    y = Quantity("y", 2, time=t)
    tangents = Tangents([Equation(y, multiply(Identity(2), b))], ["a"])
    assert tangents.equations[0].rhs == sympy.ZeroMatrix(2, 1)
