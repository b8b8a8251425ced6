"""The objective that training makes smaller: a loss of the outputs of some steps, as equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Integer

from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.cells.step import names_in
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.losses.loss import Loss
from symlstm.losses.loss import Objective as OfStep
from symlstm.losses.over_steps import OverSteps
from symlstm.numbers.arrays import Array
from symlstm.numbers.remembered import cached_property
from symlstm.runs.trace import Trace


@dataclass(frozen=True)
class Objective:
    """What is minimised: a loss of the outputs of some time steps, added up or averaged.

    y_t is the target of step t, and L the loss of a sequence. ``name`` is that of the loss, for
    which languages have words.
    """

    cell: Cell
    name: str
    loss: Loss
    steps: tuple[int, ...]
    """The time steps whose output has a target."""

    @cached_property
    def of_step(self) -> OfStep:
        """The loss of a step, as equations."""
        return OfStep(self.loss, self.cell.output, names_in(self.cell))

    @property
    def target(self) -> Quantity:
        """The target y_t."""
        return self.of_step.target

    @cached_property
    def over_steps(self) -> OverSteps:
        """The loss of a sequence, from those of its steps."""
        count = len(self.steps)
        return OverSteps(self.of_step, self.steps, self.of_step.share_of(count), count == 1)

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations of a step; the loss of a single one is that of the sequence."""
        return self.over_steps.equations

    @cached_property
    def gradients(self) -> tuple[Equation, ...]:
        r"""What reaches the backward pass from outside: last, the gradient \Delta_{h,t}."""
        return self.over_steps.gradients

    def total(self, sequence: int | None = None) -> Equation:
        """Return the loss of a sequence, by its number or of any."""
        return self.over_steps.total(sequence)

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
        evaluate((*self.of_step.program, *self.gradients), algebra, {}, history, self.steps)
        evaluate((self.total(sequence),), algebra, {}, history, [0])
        return history

    def values(self, history: Mapping[int, Mapping[str, Any]]) -> dict[Quantity, Any]:
        """Return the values of a history by quantity, those of each step."""
        told = {one.lhs for one in (*self.of_step.equations, *self.gradients)}
        timed = {self.cell.output, self.target, *told}
        return {
            quantity.at(Integer(step)): history[step][quantity.name]
            for step in self.steps
            for quantity in timed
        }
