"""Losses, and the objective that training makes smaller: equations like those of a cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Integer, Rational

from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, multiply, scale, subtract, t, transpose
from symlstm.equations.nodes import free_name
from symlstm.numbers.arrays import Array
from symlstm.passes.differentiate import seed
from symlstm.runs.trace import Trace


@dataclass(frozen=True)
class Loss:
    """A row of the table of losses: the squared errors of a sequence, added up and scaled."""

    factor: Callable[[int], Rational]
    """What the sum is multiplied with, given how many errors there are."""


LOSSES = {
    "half_squared_error": Loss(lambda _: Rational(1, 2)),
    "mean_squared_error": Loss(lambda entries: Rational(1, entries)),
}
"""The losses by name, for which languages have words; the mean is Keras's, over units and steps."""


@dataclass(frozen=True)
class Objective:
    """What is minimised: a loss of the outputs of some time steps, as equations.

    y_t is the target of step t, e_t the error, and L the loss of a sequence.
    """

    cell: Cell
    loss: str
    steps: tuple[int, ...]
    """The time steps whose output has a target."""

    @property
    def target(self) -> Quantity:
        """The target y_t."""
        return self._helper("y")

    @property
    def error(self) -> Equation:
        """The error e_t of an output."""
        return Equation(self._helper("e"), subtract(self.cell.output, self.target))

    @property
    def gradient(self) -> Equation:
        r"""What reaches the backward pass from outside, the gradient \Delta_{h,t} of the loss."""
        return Equation(seed(self.cell.output), scale(2 * self._factor, self.error.lhs))

    def total(self, sequence: int | None = None) -> Equation:
        """Return the loss of a sequence, by its number or of any, from the errors of its steps."""
        errors = [self.error.lhs.at(Integer(step)) for step in self.steps]
        squares = add(*(multiply(transpose(error), error) for error in errors))
        loss = Quantity("L" if sequence is None else f"L^{sequence}", 1)
        return Equation(loss, scale(self._factor, squares))

    def evaluate(self, trace: Trace[Any], k: int, targets: Array, sequence: int) -> History[Any]:
        """Return the values of these equations for sequence ``k`` of a trace; L is at step 0."""
        output, algebra = self.cell.output.name, trace.algebra
        history: History[Any] = {
            step: {
                output: trace.histories[k][step][output],
                self.target.name: algebra.convert(target[:, None]),
            }
            for step, target in zip(self.steps, targets, strict=True)
        }
        history[0] = {}
        evaluate((self.error, self.gradient), algebra, {}, history, self.steps)
        evaluate((self.total(sequence),), algebra, {}, history, [0])
        return history

    def _helper(self, letter: str) -> Quantity:
        return Quantity(free_name(letter, self.cell.computed), self.cell.output_dim, time=t)

    @property
    def _factor(self) -> Rational:
        return LOSSES[self.loss].factor(self.cell.output_dim * len(self.steps))
