"""The GRU of ONNX: the reset gate before or after the recurrent weights, and a clip."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.clipped import Clipped
from symlstm.cells.gru import GRU


@dataclass(frozen=True, repr=False)
class OnnxGRU(Clipped, GRU):
    r"""The GRU of ONNX's operator: its f is ``recurrent_activation``, its g ``activation``.

    Beside what `GRU` takes: ``clip``, which bounds what every gate is given to ±clip.
    ``reset_after`` is the operator's ``linear_before_reset``, and False unless given.

    ONNX operators, "GRU" (version 22).

    >>> for equation in OnnxGRU(units=2, clip=3).equations[1:3]:
    ...     print(equation)
    r_t = σ(clip_{3}(W_r x_t + U_r h_{t-1} + b_r))
    h̃_t = tanh(clip_{3}(W_h x_t + U_h (r_t ⊙ h_{t-1}) + b_h))
    """

    _: KW_ONLY
    reset_after: bool = False

    def sigma(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the recurrent activation of ``argument`` within the limit."""
        return super().sigma(self.clipped(argument))
