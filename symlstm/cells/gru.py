"""The gated recurrent unit, with the reset gate before or after the recurrent weights."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from sympy import ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, multiply, ones, subtract


@dataclass(frozen=True, repr=False)
class GRU(GatedCell):
    r"""The gated recurrent unit, as Keras has it: gates in the order z, r, h.

    ``GRU(units, input_dim=1, *, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
    reset_after=True)``; see `Cell` for the arguments and their errors. With ``reset_after``, as in
    PyTorch, cuDNN and ONNX with linear_before_reset=1, the reset gate comes after the recurrent
    weights of the candidate, which have a bias of their own then: ``recurrent_bias``. Without, it
    comes before them, as in the original. Of the biases of z and of r there is one each: where a
    program has two, they are added. In some papers z and 1 - z are the other way round.

    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
    Translation" (2014), equations 5 to 8, without biases; with ``reset_after``, Keras's
    ``keras.layers.GRU`` and PyTorch's ``torch.nn.GRU``.

    >>> for equation in GRU(units=2).equations:
    ...     print(equation)
    z_t = σ(W_z x_t + U_z h_{t-1} + b_z)
    r_t = σ(W_r x_t + U_r h_{t-1} + b_r)
    h̃_t = tanh(W_h x_t + r_t ⊙ (U_h h_{t-1} + d_h) + b_h)
    h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ h̃_t
    >>> print(GRU(units=2, reset_after=False).equations[2])
    h̃_t = tanh(W_h x_t + U_h (r_t ⊙ h_{t-1}) + b_h)
    """

    _: KW_ONLY
    reset_after: bool = True

    parameters: ClassVar = {**GatedCell.parameters, "recurrent_bias": "d"}

    def define(self) -> tuple[Equation, ...]:
        """Return the four equations."""
        z, r, h_tilde, h = map(self.vector, ("z", "r", "h_tilde", "h"))
        candidate = add(multiply(self.W("h"), self.x), self._remembered(r), self.b("h"))
        new = hadamard(subtract(ones(z), z), h_tilde)
        return (
            Equation(z, self.sigma(self.weighted("z"))),
            Equation(r, self.sigma(self.weighted("r"))),
            Equation(h_tilde, self.phi(candidate)),
            Equation(h, add(hadamard(z, h.previous), new)),
        )

    def _remembered(self, r: Quantity) -> MatrixExpr:
        """Return what the candidate sees of the last output."""
        U, h = self.U("h"), self.h.previous
        if not self.reset_after:
            return multiply(U, hadamard(r, h))
        d = Quantity("d_h", self.units) if self.use_bias else ZeroMatrix(self.units, 1)
        return hadamard(r, add(multiply(U, h), d))
