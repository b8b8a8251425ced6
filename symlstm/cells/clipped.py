"""What the cells of ONNX have in common: what an activation function is given has a limit."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.cell import Cell
from symlstm.equations import activations
from symlstm.equations.expression import apply
from symlstm.numbers.exact import rational


@dataclass(frozen=True, repr=False)
class Clipped(Cell):
    """A cell that bounds what every gate is given to ±clip; ``None`` is for no limit."""

    _: KW_ONLY
    clip: Any = None

    def __post_init__(self) -> None:
        if self.clip is not None:
            object.__setattr__(self, "clip", str(rational(self.clip, argument="clip")))
        super().__post_init__()

    def clipped(self, argument: MatrixExpr) -> MatrixExpr:
        """Return ``argument`` within the limit."""
        if self.clip is None:
            return argument
        limit = activations.activation(f"clip(limit={self.clip})", argument="clip")
        return apply(limit, argument)

    def phi(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the activation of ``argument`` within the limit."""
        return super().phi(self.clipped(argument))
