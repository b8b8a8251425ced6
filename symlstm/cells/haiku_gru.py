"""The gated recurrent unit of Haiku, whose update gate says what is new."""

from __future__ import annotations

from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard, multiply, ones, subtract


class HaikuGRU(GatedCell):
    r"""The gated recurrent unit with z and 1 - z the other way round than in `GRU`; gates z, r, a.

    It takes what `LSTM` takes, but no forget bias. The candidate is a, as in Haiku; the reset gate
    comes before its recurrent weights. With a sigmoid, it is a `GRU` whose W_z, U_z and b_z are
    the negative ones.

    Chung, Gulcehre, Cho and Bengio, "Empirical Evaluation of Gated Recurrent Neural Networks on
    Sequence Modeling" (2014), section 3.2; google-deepmind/dm-haiku, haiku/_src/recurrent.py, GRU.

    >>> for equation in HaikuGRU(units=2).equations[2:]:
    ...     print(equation)
    a_t = tanh(W_a x_t + U_a (r_t ⊙ h_{t-1}) + b_a)
    h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ a_t
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the four equations."""
        z, r, a, h = map(self.vector, ("z", "r", "a", "h"))
        own = multiply(self.U("a"), hadamard(r, h.previous))
        kept = hadamard(subtract(ones(z), z), h.previous)
        return (
            Equation(z, self.sigma(self.weighted("z"))),
            Equation(r, self.sigma(self.weighted("r"))),
            Equation(a, self.phi(add(multiply(self.W("a"), self.x), own, self.b("a")))),
            Equation(h, add(kept, hadamard(z, a))),
        )
