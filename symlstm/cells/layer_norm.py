"""The LSTM with layer normalisation, as TensorFlow's cells have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.gated import GatedCell
from symlstm.cells.lstm import LSTM
from symlstm.cells.options import keep_exact
from symlstm.equations import activations
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, apply, hadamard, multiply


@dataclass(frozen=True, repr=False)
class LayerNormalized(GatedCell):
    r"""A cell whose gates weigh what is normalised: γ_i ⊙ norm(W_i x + U_i h) + b_i.

    ``epsilon`` is added to the variance; see `symlstm.equations.norm`.
    """

    _: KW_ONLY
    epsilon: Any = "1/1000"

    parameters: ClassVar = {**GatedCell.parameters, "gamma": "gamma"}

    def __post_init__(self) -> None:
        keep_exact(self, "epsilon")
        super().__post_init__()

    def weighted(self, gate: str, *seen: MatrixExpr, last: Iterable[MatrixExpr] = ()) -> MatrixExpr:
        """Return what a gate weighs, normalised before the bias is added."""
        inputs, outputs = multiply(self.W(gate), self.x), multiply(self.U(gate), self.h.previous)
        normalised = self.normalised(add(inputs, outputs, *seen))
        gain = Quantity(f"gamma_{gate}", self.units)
        return add(hadamard(gain, normalised), self.b(gate), *last)

    def normalised(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the deviations from the mean over their root mean square, but for epsilon."""
        row = activations.activation(f"norm(epsilon={self.epsilon})", argument="epsilon")
        return apply(row, argument)


@dataclass(frozen=True, repr=False)
class LayerNormLSTM(LayerNormalized, LSTM):
    r"""The LSTM whose gates are normalised over the units, each with a gain and a bias.

    ``LayerNormLSTM(units, input_dim=1, *, activation="tanh", recurrent_activation="sigmoid",
    use_bias=True, epsilon="1/1000", state_norm=False)``; see `Cell` for the arguments. So it is in
    TensorFlow Lite, whose epsilon is 1e-8. With ``state_norm``, the cell state is normalised, too,
    with a gain ``g`` and a bias ``beta``, as by TensorFlow 1's ``LayerNormBasicLSTMCell``: there
    epsilon is 1e-12, the biases are called beta, and ``forget_bias`` is 1.

    Ba, Kiros and Hinton, "Layer Normalization" (2016).

    >>> for equation in LayerNormLSTM(units=2, state_norm=True).equations[3:]:
    ...     print(equation)
    o_t = σ(γ_o ⊙ norm(W_o x_t + U_o h_{t-1}) + b_o)
    c_t = g ⊙ norm(f_t ⊙ c_{t-1} + i_t ⊙ c̃_t) + β
    h_t = o_t ⊙ tanh(c_t)
    """

    _: KW_ONLY
    state_norm: bool = False

    parameters: ClassVar = {
        **LayerNormalized.parameters,
        "state_gamma": "g",
        "state_beta": "beta",
    }

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations."""
        return tuple(self._with_norm(super().define()))

    def _with_norm(self, equations: tuple[Equation, ...]) -> Iterator[Equation]:
        for equation in equations:
            if equation.lhs.name == "c" and self.state_norm:
                gain, bias = (Quantity(name, self.units) for name in ("g", "beta"))
                normalised = hadamard(gain, self.normalised(equation.rhs))
                yield Equation(equation.lhs, add(normalised, bias))
            else:
                yield equation
