"""Limits: of a value, and of what every gate is given, as the cells of ONNX have it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.cell import Cell
from symlstm.cells.options import keep_exact
from symlstm.equations import activations
from symlstm.equations.expression import apply


def bounded(value: MatrixExpr, limit: str | None, option: str) -> MatrixExpr:
    """Return ``value`` within ±limit; ``None`` is for no limit. ``option`` is what asks for it."""
    if limit is None:
        return value
    return apply(activations.activation(f"clip(limit={limit})", argument=option), value)


@dataclass(frozen=True, repr=False)
class Clipped(Cell):
    """A cell that bounds what every gate is given to ±clip; ``None`` is for no limit."""

    _: KW_ONLY
    clip: Any = None

    def __post_init__(self) -> None:
        keep_exact(self, "clip")
        super().__post_init__()

    def clipped(self, argument: MatrixExpr) -> MatrixExpr:
        """Return ``argument`` within the limit."""
        return bounded(argument, self.clip, "clip")

    def phi(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the activation of ``argument`` within the limit."""
        return super().phi(self.clipped(argument))
