"""The minimal gated unit: one gate, which forgets and which lets in."""

from __future__ import annotations

from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard, multiply, ones, subtract


class MGU(GatedCell):
    r"""The minimal gated unit, gates in the order f, h: a GRU with one gate for both of its own.

    It takes what `LSTM` takes, but no forget bias.

    Zhou, Wu, Zhang and Zhou, "Minimal Gated Unit for Recurrent Neural Networks" (2016), table 1;
    that of Flax is `FlaxMGU`.

    >>> for equation in MGU(units=2).equations:
    ...     print(equation)
    f_t = σ(W_f x_t + U_f h_{t-1} + b_f)
    h̃_t = tanh(W_h x_t + U_h (f_t ⊙ h_{t-1}) + b_h)
    h_t = (1 - f_t) ⊙ h_{t-1} + f_t ⊙ h̃_t
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the three equations."""
        f, h_tilde, h = map(self.vector, ("f", "h_tilde", "h"))
        own = multiply(self.U("h"), hadamard(f, h.previous))
        kept = hadamard(subtract(ones(f), f), h.previous)
        return (
            Equation(f, self.sigma(self.weighted("f"))),
            Equation(h_tilde, self.phi(add(multiply(self.W("h"), self.x), own, self.b("h")))),
            Equation(h, add(kept, hadamard(f, h_tilde))),
        )
