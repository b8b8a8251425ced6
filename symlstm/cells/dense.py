"""A dense layer, which stands behind a recurrent one: a cell that remembers nothing."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, multiply


@dataclass(frozen=True, repr=False)
class Dense(Cell):
    r"""A dense layer of each input by itself, as Keras has it: no time step sees another.

    ``Dense(units, input_dim=1, *, activation=None, use_bias=True)``; see `Cell` for the arguments
    and their errors. With ``activation="softmax"`` it gives probabilities, and without one what
    PyTorch's ``torch.nn.Linear`` gives: logits. It is a layer like others, or the ``head`` of a
    `Network`.

    >>> print(*Dense(units=2, activation="softmax").equations)
    y_t = softmax(W_y x_t + b_y)
    >>> Dense(units=2, input_dim=3).bind(kernel=1, bias=[0, "1/2"]).run([[1, 2, 3]]).sequence_out
    array([[6, 13/2]], dtype=object)
    """

    _: KW_ONLY
    activation: str | None = None

    def define(self) -> tuple[Equation, ...]:
        """Return the one equation."""
        y = self.vector("y")
        return (Equation(y, self.phi(add(multiply(self.W("y"), self.x), self.b("y")))),)
