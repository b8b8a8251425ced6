"""What cells have in common whose cell state goes through an activation function of its own."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.gated import GatedCell
from symlstm.equations import activations
from symlstm.equations.expression import apply


@dataclass(frozen=True, repr=False)
class OutputActivation(GatedCell):
    """A cell with an activation function of its own for the cell state: ONNX's h."""

    _: KW_ONLY
    output_activation: str | None = "tanh"

    def psi(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the output activation of ``argument``."""
        return apply(activations.activation(self.output_activation), argument)
