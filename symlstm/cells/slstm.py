"""The sLSTM: exponential gates, and a state that normalises them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from symlstm.cells.gated import GatedCell
from symlstm.equations import activations
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, apply, hadamard, subtract
from symlstm.equations.vocabulary import divide, exp, maximum
from symlstm.errors import CellError


@dataclass(frozen=True, repr=False)
class SLSTM(GatedCell):
    r"""The sLSTM of the xLSTM: an LSTM with exponential gates and a normaliser state n.

    Beside what `GatedCell` takes: ``forget_activation``, that of the forget gate, "sigmoid" or
    "exponential". ``activation`` is that of the cell input z, and ``recurrent_activation`` that of
    the output gate. With ``stabilised``, the state m keeps exponentials from overflowing; the
    outputs are the same numbers without. A cell of several heads has zeros in its recurrent kernel
    outside the blocks of its heads.

    Beck et al., "xLSTM: Extended Long Short-Term Memory" (2024), equations 8 to 17.

    >>> for equation in SLSTM(units=2, stabilised=False).equations[1:]:
    ...     print(equation)
    i_t = exp(W_i x_t + U_i h_{t-1} + b_i)
    f_t = σ(W_f x_t + U_f h_{t-1} + b_f)
    o_t = σ(W_o x_t + U_o h_{t-1} + b_o)
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ z_t
    n_t = f_t ⊙ n_{t-1} + i_t
    h_t = o_t ⊙ c_t ⊘ n_t
    >>> for equation in SLSTM(units=2).equations[1:6]:
    ...     print(equation)
    ĩ_t = W_i x_t + U_i h_{t-1} + b_i
    l_t = logσ(W_f x_t + U_f h_{t-1} + b_f) + m_{t-1}
    m_t = max(l_t, ĩ_t)
    i_t = exp(ĩ_t - m_t)
    f_t = exp(l_t - m_t)
    """

    _: KW_ONLY
    forget_activation: str | None = "sigmoid"
    stabilised: bool = True

    def __post_init__(self) -> None:
        if self.forget_activation not in ("sigmoid", "exponential"):
            message = f"forget_activation is {self.forget_activation!r}"
            message = f"{message}; give 'sigmoid' or 'exponential'"
            raise CellError(message, argument="forget_activation")
        super().__post_init__()

    def define(self) -> tuple[Equation, ...]:
        """Return the equations, with those of the gates as the options say."""
        z, i, f, o, c, n, h = map(self.vector, ("z", "i", "f", "o", "c", "n", "h"))
        return (
            Equation(z, self.phi(self.weighted("z"))),
            *(self._stable_gates(i, f) if self.stabilised else self._gates(i, f)),
            Equation(o, self.sigma(self.weighted("o"))),
            Equation(c, add(hadamard(f, c.previous), hadamard(i, z))),
            Equation(n, add(hadamard(f, n.previous), i)),
            Equation(h, hadamard(o, divide(c, n))),
        )

    def _gates(self, i: Quantity, f: Quantity) -> Iterator[Equation]:
        yield Equation(i, exp(self.weighted("i")))
        yield Equation(f, apply(activations.activation(self.forget_activation), self.weighted("f")))

    def _stable_gates(self, i: Quantity, f: Quantity) -> Iterator[Equation]:
        """Yield the gates over e^m: in the end, m falls out of c over n."""
        i_tilde, longest, m = map(self.vector, ("i_tilde", "l", "m"))
        weighted = self.weighted("f")
        if self.forget_activation == "sigmoid":
            weighted = apply(activations.activation("log_sigmoid"), weighted)
        yield Equation(i_tilde, self.weighted("i"))
        yield Equation(longest, add(weighted, m.previous))
        yield Equation(m, maximum(longest, i_tilde))
        yield Equation(i, exp(subtract(i_tilde, m)))
        yield Equation(f, exp(subtract(longest, m)))
