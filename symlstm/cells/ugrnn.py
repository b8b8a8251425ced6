"""The update gate RNN: a simple recurrent cell with one gate that says what stays."""

from __future__ import annotations

from symlstm.cells.forget_bias import ForgetBias
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard, ones, subtract


class UGRNN(ForgetBias):
    r"""The update gate RNN: gates in the order g, h.

    It takes what `LSTM` takes; ``forget_bias`` goes to its gate. The candidate is c in the paper.

    Collins, Sohl-Dickstein and Sussillo, "Capacity and Trainability in Recurrent Neural Networks"
    (2017), section 2.1; tensorflow, contrib/rnn/python/ops/rnn_cell.py, UGRNNCell.

    >>> for equation in UGRNN(units=2).equations:
    ...     print(equation)
    g_t = σ(W_g x_t + U_g h_{t-1} + b_g)
    h̃_t = tanh(W_h x_t + U_h h_{t-1} + b_h)
    h_t = g_t ⊙ h_{t-1} + (1 - g_t) ⊙ h̃_t
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the three equations."""
        g, h_tilde, h = map(self.vector, ("g", "h_tilde", "h"))
        new = hadamard(subtract(ones(g), g), h_tilde)
        return (
            Equation(g, self.sigma(self.remembering("g"))),
            Equation(h_tilde, self.phi(self.weighted("h"))),
            Equation(h, add(hadamard(g, h.previous), new)),
        )
