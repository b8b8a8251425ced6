"""The independently recurrent cell: each unit hears itself alone."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, multiply


@dataclass(frozen=True, repr=False)
class IndRNN(Cell):
    r"""The independently recurrent cell: its recurrent weights are a vector, one number a unit.

    It takes what `SimpleRNN` takes; ``activation`` is "relu" unless given, ``recurrent_kernel`` of
    shape (units,).

    Li, Li, Cook, Zhu and Gao, "Independently Recurrent Neural Network (IndRNN): Building A Longer
    and Deeper RNN" (2018), equation 2.

    >>> for equation in IndRNN(units=2).equations:
    ...     print(equation)
    h_t = relu(W x_t + u ⊙ h_{t-1} + b)
    """

    _: KW_ONLY
    activation: str | None = "relu"

    parameters: ClassVar = {**Cell.parameters, "recurrent_kernel": "u"}

    def define(self) -> tuple[Equation, ...]:
        """Return the one equation."""
        own = hadamard(Quantity("u", self.units), self.h.previous)
        return (Equation(self.h, self.phi(add(multiply(self.W(), self.x), own, self.b()))),)
