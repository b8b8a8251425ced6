"""The long short-term memory cell."""

from __future__ import annotations

from symlstm.cells.forget_bias import ForgetBias
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard


class LSTM(ForgetBias):
    r"""The LSTM with a forget gate, as Keras has it: gates in the order i, f, c, o.

    ``LSTM(units, input_dim=1, *, activation="tanh", recurrent_activation="sigmoid",
    use_bias=True, forget_bias=0)``; see `Cell` for the arguments and their errors. ``forget_bias``
    is added to b_f whenever the cell runs, as in TensorFlow 1.

    Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), with the forget gate of Gers,
    Schmidhuber and Cummins, "Learning to Forget" (2000); the forward pass of Greff et al., "LSTM: A
    Search Space Odyssey" (2017), section II, without its peepholes.

    >>> for equation in LSTM(units=2).equations:
    ...     print(equation)
    i_t = σ(W_i x_t + U_i h_{t-1} + b_i)
    f_t = σ(W_f x_t + U_f h_{t-1} + b_f)
    c̃_t = tanh(W_c x_t + U_c h_{t-1} + b_c)
    o_t = σ(W_o x_t + U_o h_{t-1} + b_o)
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t
    h_t = o_t ⊙ tanh(c_t)
    >>> print(LSTM(units=2, forget_bias=1).equations[1])
    f_t = σ(W_f x_t + U_f h_{t-1} + b_f + 1)
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations."""
        i, f, c_tilde, o, c = map(self.vector, ("i", "f", "c_tilde", "o", "c"))
        return (
            Equation(i, self.sigma(self.weighted("i"))),
            Equation(f, self.sigma(self.remembering("f"))),
            Equation(c_tilde, self.phi(self.weighted("c"))),
            Equation(o, self.sigma(self.weighted("o"))),
            Equation(c, add(hadamard(f, c.previous), hadamard(i, c_tilde))),
            Equation(self.h, hadamard(o, self.phi(c))),
        )
