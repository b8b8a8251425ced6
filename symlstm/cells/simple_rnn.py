"""The simple recurrent cell, which the LSTM was invented to mend."""

from __future__ import annotations

from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, multiply


class SimpleRNN(Cell):
    r"""A fully connected recurrent cell, as Keras has it: its output is its state.

    ``SimpleRNN(units, input_dim=1, *, activation="tanh", use_bias=True)``; see `Cell` for the
    arguments and their errors. It has no gates: its weights are W, U and b.

    Elman, "Finding Structure in Time" (1990).

    >>> for equation in SimpleRNN(units=2).equations:
    ...     print(equation)
    h_t = tanh(W x_t + U h_{t-1} + b)
    """

    def define(self) -> tuple[Equation, ...]:
        """Return the one equation."""
        weighted = multiply(self.W(), self.x), multiply(self.U(), self.h.previous)
        return (Equation(self.h, self.phi(add(*weighted, self.b()))),)
