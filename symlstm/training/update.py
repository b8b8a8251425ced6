"""One update of the weights: its equations, and every number on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpq
from sympy import Basic, Integer

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.evaluate import History
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.equations.system import Equations
from symlstm.gradients.gradients import Gradients, near
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.remembered import cached_property
from symlstm.runs.check import Check
from symlstm.runs.layer import Layer
from symlstm.training.objective import Objective
from symlstm.training.rule import Rule, mean_of


@dataclass(frozen=True)
class Batch:
    """Which sequences an update learns from; everything is counted from 1.

    ``size`` is the batch size that was asked for, which the last batch may fall short of.
    """

    number: int
    epoch: int
    sequences: range
    size: int


@dataclass(frozen=True, eq=False, repr=False)
class OfBatch(Shown):
    """What a batch of sequences does to weights."""

    batch: Batch

    @property
    def number(self) -> int:
        """Which update of the training this is, from 1."""
        return self.batch.number

    @property
    def sequences(self) -> range:
        """The numbers of the sequences of the batch, from 1."""
        return self.batch.sequences

    def __repr__(self) -> str:
        """Show which update this is; numbers can be thousands of digits long."""
        first, last = self.sequences[0], self.sequences[-1]
        which = f"sequence {first}" if first == last else f"sequences {first} to {last}"
        return f"{type(self).__name__}({self.number}, after {which})"


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """The step that the weights of one layer take, and every number on the way to it.

    Gradients are averaged over the sequences that are ``apart``; without any, they are those of a
    whole batch already.
    """

    rule: Rule
    algebra: Algebra[Any]
    """The algebra of all values."""
    apart: Sequence[int]
    start: Mapping[str, Any]
    """The values that the `equations` begin with, by name."""
    values: Mapping[str, Any]
    """The values of all that these equations speak of, when all are computed."""
    before: Layer
    after: Layer

    @property
    def learning_rate(self) -> fmpq:
        """The learning rate."""
        return self.rule.settings[self.rule.optimizer.settings["learning_rate"].letter]

    @property
    def kept(self) -> dict[str, Any]:
        """What the optimizer keeps for the next step, by name."""
        return {name: self.values[name] for name in self.rule.start(self.algebra)}

    @cached_property
    def equations(self) -> Equations:
        """The averages of the gradients over the batch, and what the weights become."""
        return Equations(self.rule.equations(self.apart))

    def operands(self, number: int) -> dict[Basic, Array]:
        """Return the numbers that an equation is computed from, as they are just before.

        Those that were given are told as that, and not by the balls around them.
        """
        done = {equation.lhs.name for equation in self.equations[:number]}
        told = {q.name: np.array([[n]], dtype=object) for q, n in self.rule.numbers.items()}
        told.update((name, n) for name, n in self.before.weights.items() if name not in done)
        return {
            q: exported(told[q.name])
            if q.name in told
            else self._export((self.values if q.name in done else self.start)[q.name])
            for q in self.equations[number].rhs.atoms(Quantity)
        }

    def value(self, quantity: Quantity) -> Array:
        """Return what a quantity of the equations has become."""
        if quantity.name in self.after.weights:
            return exported(self.after.weights[quantity.name])
        return self._export(self.values[quantity.name])

    def _export(self, value: Any) -> Array:
        return self.algebra.export(value)


@dataclass(frozen=True, eq=False, repr=False)
class Update(OfBatch, Step):
    """One update of the weights, and every number on the way to it.

    ``gradients`` are those of the batch, under the weights of the layer ``before``; ``loss`` is the
    mean of the losses of its sequences.
    """

    objective: Objective
    gradients: Gradients
    errors: tuple[History[Any], ...]
    """For each sequence the values of the objective's equations, the loss at step 0."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The step that the weights take, as that of the only layer of a network."""
        return (self,)

    @property
    def loss_name(self) -> str:
        """The name of the loss, for which languages have words."""
        return self.objective.name

    @property
    def losses(self) -> list[Any]:
        """The loss of each sequence."""
        return [self._export(*history[0].values()).item() for history in self.errors]

    @property
    def loss(self) -> Any:
        """The mean of the losses, which the update is to make smaller."""
        with self.algebra.context():
            return sum(self.losses[1:], self.losses[0]) / len(self.losses)

    @property
    def histories(self) -> Iterator[History[Any]]:
        """Every value of the update."""
        yield from self.gradients.adjoints.histories
        yield from self.errors
        yield {self.number: dict(self.values)}

    @property
    def loss_equation(self) -> Equation:
        """The loss of the batch, from those of its sequences."""
        losses = [self.objective.total(sequence).lhs for sequence in self.sequences]
        return mean_of(Quantity("L_batch", 1), losses)

    def sequence(self, k: int) -> dict[Quantity, Array]:
        """Return the inputs and the targets of sequence ``k`` of the batch."""
        trace, objective, values = self.gradients.adjoints, self.objective, self.error_values(k)
        steps = range(1, len(trace) + 1)
        inputs = {trace.cell.x.at(step): trace.told("x", step, k) for step in steps}
        targets = [objective.target.at(Integer(step)) for step in objective.steps]
        return {**inputs, **{target: values[target] for target in targets}}

    def error_values(self, k: int) -> dict[Basic, Array]:
        """Return the numbers of the objective's equations for sequence ``k`` of the batch."""
        objective = self.objective
        known = objective.values(self.errors[k])
        values: dict[Basic, Array] = {q: self._export(value) for q, value in known.items()}
        loss = objective.total(self.sequences[k]).lhs
        return {**values, loss: self._export(self.errors[k][0][loss.name])}

    def check(self) -> Check:
        """Compare the values and gradients of the batch with float64; see `Trace.check`.

        Where the weights are balls, both are computed for numbers near to them.
        """
        balls = isinstance(self.algebra, CertifiedAlgebra)
        return (near(self.gradients) if balls else self.gradients).check()
