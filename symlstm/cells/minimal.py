"""The minimal GRU and LSTM: what they let in does not depend on their last output."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard, multiply, ones, subtract
from symlstm.equations.vocabulary import divide


@dataclass(frozen=True, repr=False)
class _OfInputs(GatedCell):
    """A cell whose gates see the input alone."""

    _: KW_ONLY
    activation: str | None = "linear"

    def seen(self, gate: str) -> MatrixExpr:
        """Return what a gate weighs: the input, and the bias."""
        return add(multiply(self.W(gate), self.x), self.b(gate))


class MinGRU(_OfInputs):
    r"""The minimal GRU: gates in the order z, h, without recurrent weights.

    It takes what `GRU` takes, but ``reset_after``; ``activation`` is the identity unless given. In
    the form of the paper for computation with logarithms it is "sigmoid_plus".

    Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs All We Needed?" (2024), section 3.1.

    >>> for equation in MinGRU(units=2).equations:
    ...     print(equation)
    z_t = σ(W_z x_t + b_z)
    h̃_t = W_h x_t + b_h
    h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ h̃_t
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the three equations."""
        z, h_tilde, h = map(self.vector, ("z", "h_tilde", "h"))
        kept = hadamard(subtract(ones(z), z), h.previous)
        return (
            Equation(z, self.sigma(self.seen("z"))),
            Equation(h_tilde, self.phi(self.seen("h"))),
            Equation(h, add(kept, hadamard(z, h_tilde))),
        )


@dataclass(frozen=True, repr=False)
class MinLSTM(_OfInputs):
    r"""The minimal LSTM: gates in the order f, i, h, without recurrent weights and cell state.

    It takes what `MinGRU` takes, and ``normalised``, for gates that are divided by f + i.

    Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs All We Needed?" (2024), section 3.2.

    >>> for equation in MinLSTM(units=2).equations:
    ...     print(equation)
    f_t = σ(W_f x_t + b_f)
    i_t = σ(W_i x_t + b_i)
    h̃_t = W_h x_t + b_h
    h_t = f_t ⊙ h_{t-1} + i_t ⊙ h̃_t
    >>> print(MinLSTM(units=2, normalised=True).equations[-1])
    h_t = (f_t ⊙ h_{t-1} + i_t ⊙ h̃_t) ⊘ (f_t + i_t)
    """

    _: KW_ONLY
    normalised: bool = False

    def define(self) -> tuple[Equation, ...]:
        """Return the four equations."""
        f, i, h_tilde, h = map(self.vector, ("f", "i", "h_tilde", "h"))
        new = add(hadamard(f, h.previous), hadamard(i, h_tilde))
        return (
            Equation(f, self.sigma(self.seen("f"))),
            Equation(i, self.sigma(self.seen("i"))),
            Equation(h_tilde, self.phi(self.seen("h"))),
            Equation(h, divide(new, add(f, i)) if self.normalised else new),
        )
