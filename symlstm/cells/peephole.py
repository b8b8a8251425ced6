"""The LSTM whose gates see the cell state."""

from __future__ import annotations

from typing import ClassVar

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.forget_bias import ForgetBias
from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard


class PeepholeLSTM(ForgetBias):
    r"""The LSTM with peepholes: i and f see the last cell state, o sees the new one.

    It takes what `LSTM` takes, and one more group of weights: ``peephole`` (i, f, o).

    Gers, Schraudolph and Schmidhuber, "Learning Precise Timing with LSTM Recurrent Networks"
    (2002), in the form of Greff et al., "LSTM: A Search Space Odyssey" (2017), section II.

    >>> for equation in PeepholeLSTM(units=2).equations:
    ...     print(equation)
    i_t = σ(W_i x_t + U_i h_{t-1} + p_i ⊙ c_{t-1} + b_i)
    f_t = σ(W_f x_t + U_f h_{t-1} + p_f ⊙ c_{t-1} + b_f)
    c̃_t = tanh(W_c x_t + U_c h_{t-1} + b_c)
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t
    o_t = σ(W_o x_t + U_o h_{t-1} + p_o ⊙ c_t + b_o)
    h_t = o_t ⊙ tanh(c_t)
    """

    parameters: ClassVar = {**GatedCell.parameters, "peephole": "p"}

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations."""
        i, f, c_tilde, o, c = map(self.vector, ("i", "f", "c_tilde", "o", "c"))
        return (
            Equation(i, self.sigma(self.weighted("i", peephole("i", c.previous)))),
            Equation(f, self.sigma(self.remembering("f", peephole("f", c.previous)))),
            Equation(c_tilde, self.phi(self.weighted("c"))),
            Equation(c, add(hadamard(f, c.previous), hadamard(i, c_tilde))),
            Equation(o, self.sigma(self.weighted("o", peephole("o", c)))),
            Equation(self.h, hadamard(o, self.phi(c))),
        )


def peephole(gate: str, state: Quantity) -> MatrixExpr:
    """Return what a gate sees of the cell state: each unit its own."""
    return hadamard(Quantity(f"p_{gate}", state.shape[0]), state)
