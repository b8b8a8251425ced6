"""The minimal gated unit of Flax, whose gate says what stays."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, multiply, ones, subtract


@dataclass(frozen=True, repr=False)
class FlaxMGU(GatedCell):
    r"""The minimal gated unit as Flax has it, and its names: the candidate is n.

    It takes what `MGU` takes. The gate comes after the recurrent weights of the candidate, which
    have a bias of their own, ``recurrent_bias``; without ``reset_gate``, it does not come there.
    It keeps what `MGU` replaces.

    google/flax, flax/linen/recurrent.py, MGUCell.

    >>> for equation in FlaxMGU(units=2).equations:
    ...     print(equation)
    f_t = σ(W_f x_t + U_f h_{t-1} + b_f)
    n_t = tanh(W_n x_t + f_t ⊙ (U_n h_{t-1} + d_n) + b_n)
    h_t = (1 - f_t) ⊙ n_t + f_t ⊙ h_{t-1}
    """

    _: KW_ONLY
    reset_gate: bool = True

    parameters: ClassVar = {**GatedCell.parameters, "recurrent_bias": "d"}

    def define(self) -> tuple[Equation, ...]:
        """Return the three equations."""
        f, n, h = map(self.vector, ("f", "n", "h"))
        new = hadamard(subtract(ones(f), f), n)
        return (
            Equation(f, self.sigma(self.weighted("f"))),
            Equation(n, self.phi(self._candidate(f))),
            Equation(h, add(new, hadamard(f, h.previous))),
        )

    def _candidate(self, f: Quantity) -> MatrixExpr:
        """Return what the candidate is given."""
        if not self.reset_gate:
            return self.weighted("n")
        own = [multiply(self.U("n"), self.h.previous)]
        own += [Quantity("d_n", self.units)] if self.use_bias else []
        return add(multiply(self.W("n"), self.x), hadamard(f, add(*own)), self.b("n"))
