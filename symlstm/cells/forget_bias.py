"""What cells have in common whose forget gate is given a number more than it weighs."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.gated import GatedCell
from symlstm.cells.options import keep_exact
from symlstm.equations.expression import ones, scale
from symlstm.numbers.exact import rational


@dataclass(frozen=True, repr=False)
class ForgetBias(GatedCell):
    """A cell that adds ``forget_bias`` to what its forget gate weighs, whenever it runs.

    With a layout, `bind` takes arrays as its program has them; what the cell adds is not added to
    the weights, too.

    Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network Architectures"
    (2015), section 2.2.
    """

    _: KW_ONLY
    forget_bias: Any = "0"

    def __post_init__(self) -> None:
        keep_exact(self, "forget_bias")
        super().__post_init__()

    def remembering(self, gate: str, *seen: MatrixExpr) -> MatrixExpr:
        """Return what the forget gate is given: all that it weighs, and the forget bias."""
        number, like = rational(self.forget_bias), self.vector(gate)
        return self.weighted(gate, *seen, last=[scale(number, ones(like))] if number else [])
