"""A cell with gates, which have an activation function of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.cell import Cell
from symlstm.equations import activations
from symlstm.equations.expression import add, apply, multiply


@dataclass(frozen=True, repr=False)
class GatedCell(Cell):
    """A cell with gates, which have an activation function of their own."""

    _: KW_ONLY
    recurrent_activation: str | None = "sigmoid"

    def sigma(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the recurrent activation of ``argument``."""
        return apply(activations.activation(self.recurrent_activation), argument)

    def weighted(self, gate: str, *seen: MatrixExpr, last: Iterable[MatrixExpr] = ()) -> MatrixExpr:
        """Return what a gate weighs: the input, the last output, what else it sees, the bias."""
        inputs, outputs = multiply(self.W(gate), self.x), multiply(self.U(gate), self.h.previous)
        return add(inputs, outputs, *seen, self.b(gate), *last)
