import pytest

from symlstm import LSTM, Equation, GatedCell, PeepholeLSTM, SimpleRNN
from symlstm.equations.expression import add, hadamard, multiply, scale
from symlstm.equations.printer import Printer
from symlstm.notation import PLAIN
from symlstm.passes.state_jacobian import state_jacobian


def shown(cell, name):
    states = cell.states
    return Printer(PLAIN).text(state_jacobian(cell.program, states.values(), states[name]))


class Original(GatedCell):
    """The cell of 1997, whose state has no gate to pass: the error in it is constant."""

    def define(self):
        i, g, c, h = map(self.vector, ("i", "g", "c", "h"))
        gate = {n: multiply(self.U(n), h.previous) for n in "ig"}
        return (
            Equation(i, self.sigma(gate["i"])),
            Equation(g, self.phi(gate["g"])),
            Equation(c, add(c.previous, hadamard(i, g))),
            Equation(h, self.phi(c)),
        )


class Leaky(SimpleRNN):
    def define(self):
        h = self.vector("h")
        return (Equation(h, add(scale("1/2", h.previous), self.phi(multiply(self.W(), self.x)))),)


@pytest.mark.parametrize(
    ("cell", "state", "formula"),
    [
        (LSTM(2), "c", "diag(f_t)"),
        (
            LSTM(2),
            "h",
            "U_iᵀ diag(σ'(z_{i,t}) ⊙ c̃_t ⊙ tanh'(c_t) ⊙ o_t)"
            " + U_fᵀ diag(σ'(z_{f,t}) ⊙ c_{t-1} ⊙ tanh'(c_t) ⊙ o_t)"
            " + U_cᵀ diag(tanh'(z_{c̃,t}) ⊙ i_t ⊙ tanh'(c_t) ⊙ o_t)"
            " + U_oᵀ diag(σ'(z_{o,t}) ⊙ tanh(c_t))",
        ),
        (SimpleRNN(2), "h", "Uᵀ diag(tanh'(z_{h,t}))"),
        (SimpleRNN(2, activation="linear"), "h", "Uᵀ"),
        (Original(2), "c", "I"),
        (
            Original(2, activation="linear", recurrent_activation="linear"),
            "h",
            "U_iᵀ diag(g_t) + U_gᵀ diag(i_t)",
        ),
        (Leaky(2), "h", "1/2 I"),
        (
            PeepholeLSTM(2),
            "c",
            "diag(p_i ⊙ σ'(z_{i,t}) ⊙ c̃_t) + diag(p_f ⊙ σ'(z_{f,t}) ⊙ c_{t-1}) + diag(f_t)",
        ),
    ],
)
def test_a_state_reaches_itself_by_ways_that_pass_no_other(cell, state, formula):
    assert shown(cell, state) == formula
