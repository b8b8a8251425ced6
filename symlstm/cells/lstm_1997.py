"""The long short-term memory cell of 1997, which never forgets."""

from __future__ import annotations

from symlstm.cells.output_activation import OutputActivation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard


class LSTM1997(OutputActivation):
    r"""The LSTM without a forget gate: the cell state is a sum over all steps; gates i, c, o.

    It takes what `LSTM` takes, but no forget bias, and ``output_activation``, the one of the cell
    state. The squashing functions of the paper, g in (-2, 2) and h in (-1, 1), are ``activation=
    "scaled_tanh(alpha=2, beta=1/2)"`` and ``output_activation="scaled_tanh(beta=1/2)"``; the
    gradient is the whole one, where the paper cuts it off at the gates.

    Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), section 4, without its connections
    from gates to gates; "No Forget Gate" of Greff et al., "LSTM: A Search Space Odyssey" (2017).

    >>> for equation in LSTM1997(units=2).equations:
    ...     print(equation)
    i_t = σ(W_i x_t + U_i h_{t-1} + b_i)
    c̃_t = tanh(W_c x_t + U_c h_{t-1} + b_c)
    o_t = σ(W_o x_t + U_o h_{t-1} + b_o)
    c_t = c_{t-1} + i_t ⊙ c̃_t
    h_t = o_t ⊙ tanh(c_t)
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the five equations."""
        i, c_tilde, o, c = map(self.vector, ("i", "c_tilde", "o", "c"))
        return (
            Equation(i, self.sigma(self.weighted("i"))),
            Equation(c_tilde, self.phi(self.weighted("c"))),
            Equation(o, self.sigma(self.weighted("o"))),
            Equation(c, add(c.previous, hadamard(i, c_tilde))),
            Equation(self.h, hadamard(o, self.psi(c))),
        )
