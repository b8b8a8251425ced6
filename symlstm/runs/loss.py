"""The loss of a run: its outputs and targets in; a number out, and what it sends back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.cells.step import names_in
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, t
from symlstm.losses.loss import Objective
from symlstm.losses.over_steps import OverSteps
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, filled, middles, rational_array
from symlstm.numbers.exact import computed, to_sympy
from symlstm.numbers.remembered import cached_property
from symlstm.passes.tangent import Tangents
from symlstm.runs.check import Check, check, worst_of
from symlstm.runs.kept import Kept
from symlstm.runs.targets import Goal, HasLoss, counted_in, fitted, shares_of

if TYPE_CHECKING:
    from symlstm.runs.given import Given


class HasOutputs(HasLoss["RunLoss"]):
    """A run whose outputs are numbers of its algebra, or symbols."""

    @property
    def output_name(self: Any) -> str:
        """What its outputs are called."""
        name: str = self.layers[-1].cell.output.name
        return name

    def compared(self, goal: Goal) -> RunLoss:
        """Return the loss of the outputs."""
        return loss_of(self, goal)


@dataclass(frozen=True, eq=False)
class Losses:
    """The losses of time steps, and every value on the way to them."""

    algebra: Algebra[Any]
    histories: tuple[History[Any], ...]
    given: Any


@dataclass(frozen=True, eq=False)
class Compared:
    """Outputs and targets, (batch, T, size), of which those steps count that are ``counted``."""

    objective: Objective
    outputs: Array
    targets: Array
    counted: NDArray[np.bool_]

    @property
    def numbers(self) -> Mapping[str, Array]:
        """All the numbers."""
        return {"outputs": self.outputs, "targets": self.targets}

    def near(self) -> Compared:
        """Return the same of numbers near to the balls that a run has come to."""
        return replace(self, outputs=middles(self.outputs))

    def run(self, algebra: Algebra[Any]) -> Losses:
        """Return the losses in an algebra."""
        histories = []
        for k, steps in enumerate(self.counted):
            history: History[Any] = {
                int(step) + 1: {
                    self.objective.output.name: algebra.convert(self.outputs[k, step][:, None]),
                    self.objective.target.name: algebra.convert(self.targets[k, step][:, None]),
                }
                for step in np.flatnonzero(steps)
            }
            evaluate(self.objective.program, algebra, {}, history, list(history))
            histories.append(history)
        return Losses(algebra, tuple(histories), self)


@dataclass(frozen=True, eq=False, repr=False)
class RunLoss(Shown):
    """The loss of a run, and every number on the way to it; made by ``layer.loss``.

    ``loss.value`` is the number, ``loss.steps`` what each step adds to it before it is averaged,
    and ``loss.trace`` the run.
    """

    trace: Any
    goal: Goal
    objective: Objective
    outputs: tuple[History[Any], ...]
    """For each sequence the values of the objective's equations, at the steps with a target."""
    shares: tuple[fmpq, ...]
    """How much a step of each sequence counts."""
    compared: Compared
    """The outputs and targets."""

    @property
    def given(self) -> Given | None:
        """What the run was given."""
        found: Given | None = self.trace.given
        return found

    def of_sequence(self, k: int) -> OverSteps:
        """Return the loss of sequence ``k``, as equations of its steps that have a target."""
        alone = sum(map(len, self.outputs)) == 1
        return OverSteps(self.objective, tuple(self.outputs[k]), to_sympy(self.shares[k]), alone)

    @property
    def algebra(self) -> Algebra[Any]:
        """The algebra of the run."""
        found: Algebra[Any] = self.trace.layers[0].algebra
        return found

    @cached_property
    def total(self) -> Any:
        """The loss as a value of the algebra."""
        algebra, name = self.algebra, self.objective.step.name
        with algebra.context():
            terms = [
                algebra.scale(algebra.convert(filled(share, (1, 1))), values[name])
                for history, share in zip(self.outputs, self.shares, strict=True)
                for values in history.values()
            ]
            return algebra.assign("L", 0, algebra.add(*terms))

    @property
    def value(self) -> Any:
        """The loss, a number as those of the trace."""
        return self.algebra.export(self.total)[0, 0]

    @property
    def steps(self) -> list[dict[int, Any]]:
        """The loss of each step that has a target, by sequence and step."""
        name, export = self.objective.step.name, self.algebra.export
        return [{k: export(v[name])[0, 0] for k, v in one.items()} for one in self.outputs]

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value of the run and of the loss."""
        return (*self.trace.histories, *self.outputs, {0: {"L": self.total}})

    @cached_property
    def sent(self) -> tuple[History[Any], ...]:
        """The same values as ``outputs``, and the gradients by them, the one by the output last."""
        found = []
        for k, history in enumerate(self.outputs):
            here: History[Any] = {step: dict(values) for step, values in history.items()}
            evaluate(self.of_sequence(k).gradients, self.algebra, {}, here, list(here))
            found.append(here)
        return tuple(found)

    def check(self) -> Check:
        """Compare the run with float64, and the loss on what it is given; see `Trace.check`."""
        return worst_of([self.trace.check(), self.check_alone()])

    def check_alone(self) -> Check:
        """Compare the loss of the outputs that the run has come to, or of numbers near to them."""
        outputs = self.compared.near()
        return check(outputs.run(self.algebra), lambda _given, algebra: outputs.run(algebra))

    def backward(self) -> Any:
        """Return the gradients of the loss by everything in the run; see `Trace.backward`.

        Those of balls are worked out anew where more digits are needed, and what the loss sends
        back with them.
        """
        return self.trace.backward(loss=self)

    def seeds(self, tangent: Any = None) -> Array:
        """Return the gradient by the outputs, in their shape; or, with theirs, its tangent."""
        algebra, shape = self.algebra, np.shape(self.trace.sequence_out)
        size = int(self.objective.output.shape[0])
        gradient = filled(0, (len(self.outputs), self._length(shape, size), size))
        changes = None if tangent is None else _read(tangent).reshape(gradient.shape)
        for k, known in enumerate(self.sent):
            here, sent = known, self.objective.gradient
            if changes is not None:
                here = {step: dict(values) for step, values in known.items()}
                sent = self._move(self.of_sequence(k).gradients, here, changes[k]).of(sent)
            for step, values in here.items():
                gradient[k, step - 1] = _read(algebra.export(values[sent.name]))[:, 0]
        return gradient.reshape(shape)

    def _move(
        self, adjoints: tuple[Equation, ...], history: History[Any], changes: Array
    ) -> Tangents:
        """Compute the tangents of everything, for those of the outputs, of shape (T, size)."""
        output = self.objective.output
        tangents = Tangents((*self.objective.program, *adjoints), [output.name])
        for step, values in history.items():
            change = changes[step - 1][:, None]
            values[tangents.of(output).name] = self.algebra.convert(change)
        evaluate(tangents.equations, self.algebra, {}, history, history)
        return tangents

    @staticmethod
    def _length(shape: tuple[int, ...], size: int) -> int:
        return shape[0] if len(shape) == 1 and size == 1 else shape[-2]

    def __repr__(self) -> str:
        return f"RunLoss({self.value})"


def _read(entries: Any) -> Array:
    return rational_array(entries, argument="the gradient of the loss", read=computed)


def loss_of(trace: Any, goal: Goal) -> RunLoss:
    """Return the loss of a run's outputs."""
    outputs = np.asarray(trace.sequence_out)
    size = 1 if outputs.ndim == 1 else outputs.shape[-1]
    batched = rational_array(outputs, argument="the outputs", read=computed)
    batched = batched.reshape(
        -1, outputs.shape[0] if outputs.ndim == 1 else outputs.shape[-2], size
    )
    targets, counted = fitted(goal, outputs.shape, batched.shape, counted_in(trace, batched.shape))
    taken = frozenset[str]().union(*(names_in(layer.cell) for layer in trace.layers))
    objective = Objective(goal.loss, Quantity(trace.output_name, size, time=t), taken)
    compared = Compared(objective, batched, targets, counted)
    algebra: Algebra[Any] = trace.layers[0].algebra
    histories = compared.run(algebra).histories
    return RunLoss(trace, goal, objective, histories, shares_of(goal, counted, size), compared)


def sent_with(loss: RunLoss | None) -> tuple[History[Any], ...]:
    """Return every value of a loss, and what it sends back, if there is one."""
    return () if loss is None else (*loss.sent, {0: {"L": loss.total}})


@dataclass(frozen=True, eq=False)
class GivenToLoss:
    """The numbers that a run is given, and what its outputs are compared with."""

    run_given: Given
    goal: Goal

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells that are run."""
        return self.run_given.cells

    @property
    def numbers(self) -> Mapping[str, Array]:
        """All the numbers, the targets among them."""
        return {**self.run_given.numbers, "targets": self.goal.targets}

    @property
    def batch(self) -> int:
        """How many sequences are run."""
        return self.run_given.batch

    @property
    def before(self) -> Kept | None:
        """The run that this one goes on from, if its states are worked out again."""
        return self.run_given.before

    @property
    def values(self) -> int:
        """How many values, of any size, the run comes to."""
        return self.run_given.values + 3 * self.goal.targets.size

    @property
    def multiplications(self) -> int:
        """About how many numbers are multiplied in the run."""
        return self.run_given.multiplications + self.goal.targets.size

    def run(self, algebra: Algebra[Any]) -> RunLoss:
        """Return the loss of the run in an algebra."""
        return loss_of(self.run_given.run(algebra), self.goal)
