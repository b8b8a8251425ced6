"""One update of the weights: its equations, and every number on the way to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from flint import fmpq
from sympy import Basic, Integer, Rational

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, scale, subtract
from symlstm.equations.nodes import free_name
from symlstm.equations.system import Equations
from symlstm.errors import NumberError
from symlstm.gradients.gradients import Gradients, backward
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, exported, rational_array
from symlstm.passes.differentiate import adjoint
from symlstm.runs.layer import Layer
from symlstm.runs.trace import Trace
from symlstm.training.objective import Objective


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
class Update(Shown):
    """One update of the weights, and every number on the way to it.

    ``gradients`` are those of the batch, under the weights of the layer ``before``; ``loss`` is the
    mean of the losses of its sequences.
    """

    batch: Batch
    objective: Objective
    learning_rate: fmpq
    gradients: Gradients
    errors: tuple[History[Any], ...]
    """For each sequence the values of the objective's equations, the loss at step 0."""
    values: Mapping[str, Any]
    """The values of the update's `equations` and of all that they speak of, by name."""
    before: Layer
    after: Layer

    @property
    def number(self) -> int:
        """Which update of the training this is, from 1."""
        return self.batch.number

    @property
    def sequences(self) -> range:
        """The numbers of the sequences of the batch, from 1."""
        return self.batch.sequences

    @property
    def losses(self) -> list[Any]:
        """The loss of each sequence."""
        return [self._export(*history[0].values()).item() for history in self.errors]

    @property
    def loss(self) -> Any:
        """The mean of the losses, which the update is to make smaller."""
        return sum(self.losses[1:], self.losses[0]) / len(self.losses)

    @cached_property
    def equations(self) -> Equations:
        """The averages of the gradients over the batch, and the new weights."""
        return Equations(update_equations(self.before.cell, self.sequences))

    @property
    def loss_equation(self) -> Equation:
        """The loss of the batch, from those of its sequences."""
        losses = [self.objective.total(sequence).lhs for sequence in self.sequences]
        return _mean(Quantity("L_batch", 1), losses)

    def sequence(self, k: int) -> dict[Quantity, Array]:
        """Return the inputs and the targets of sequence ``k`` of the batch."""
        trace, objective, values = self.gradients.adjoints, self.objective, self.error_values(k)
        steps = range(1, len(trace) + 1)
        inputs = {trace.cell.x.at(step): trace.entries("x", step, k) for step in steps}
        targets = [objective.target.at(Integer(step)) for step in objective.steps]
        return {**inputs, **{target: values[target] for target in targets}}

    def error_values(self, k: int) -> dict[Basic, Array]:
        """Return the numbers of the objective's equations for sequence ``k`` of the batch."""
        objective = self.objective
        timed = objective.cell.output, objective.target, objective.error.lhs, objective.gradient.lhs
        values: dict[Basic, Array] = {
            quantity.at(Integer(step)): self._export(self.errors[k][step][quantity.name])
            for step in objective.steps
            for quantity in timed
        }
        loss = objective.total(self.sequences[k]).lhs
        return {**values, loss: self._export(self.errors[k][0][loss.name])}

    def update_values(self) -> dict[Basic, Array]:
        """Return the numbers of what `equations` are made of; the weights are those before."""
        quantities = {q for equation in self.equations for q in equation.rhs.atoms(Quantity)}
        values: dict[Basic, Array] = {q: self._export(self.values[q.name]) for q in quantities}
        weights = self.before.cell.weights.items()
        return values | {w: exported(self.before.weights[name]) for name, w in weights}

    def __repr__(self) -> str:
        """Show which update this is; numbers can be thousands of digits long."""
        first, last = self.sequences[0], self.sequences[-1]
        which = f"sequence {first}" if first == last else f"sequences {first} to {last}"
        return f"Update({self.number}, after {which})"

    def _export(self, value: Any) -> Array:
        return self.gradients.adjoints.algebra.export(value)


def learning_rate_of(cell: Cell) -> Quantity:
    """Return the learning rate as it stands in the equations of an update."""
    return Quantity(free_name("eta", cell.weights), 1)


def update_equations(cell: Cell, sequences: Sequence[int]) -> tuple[Equation, ...]:
    r"""Return, for each weight, the average of its gradients and the new weight, ``W - η \bar W``.

    The gradient of sequence k is \bar W^{(k)}, what the backward pass comes to at its end.
    A batch of one sequence needs no average.
    """
    equations, rate = [], learning_rate_of(cell)
    for weight in (weight for members in cell.groups.values() for weight in members):
        rows, columns = weight.shape
        name = adjoint(weight).name
        gradients = [Quantity(f"{name}^{k}", rows, columns) for k in sequences]
        mean = gradients[0]
        if len(gradients) > 1:
            mean = Quantity(name, rows, columns)
            equations.append(_mean(mean, gradients))
        equations.append(Equation(weight, subtract(weight, scale(rate, mean))))
    return tuple(equations)


def _mean(quantity: Quantity, parts: Sequence[Quantity]) -> Equation:
    return Equation(quantity, scale(Rational(1, len(parts)), add(*parts)))


@dataclass(frozen=True)
class Descent:
    """Gradient descent on an objective, by sequences of shape (sequences, T, input_dim)."""

    objective: Objective
    learning_rate: fmpq
    algebra: str
    inputs: Array
    targets: Array

    def update(self, layer: Layer, batch: Batch) -> Update:
        """Return what a batch does to ``layer``."""
        chosen, sequences = slice(batch.sequences[0] - 1, batch.sequences[-1]), batch.sequences
        zero = [0] * len(layer.cell.states)
        trace = layer.run(self.inputs[chosen], initial_state=zero, algebra=self.algebra)
        errors = tuple(
            self.objective.evaluate(trace, k, targets, sequence)
            for k, (targets, sequence) in enumerate(
                zip(self.targets[chosen], sequences, strict=True)
            )
        )
        gradients = backward(trace, {layer.cell.output.name: self._incoming(trace, errors)})
        values = self._descend(gradients, sequences)
        weights = {name: _exact(trace.algebra, name, values[name]) for name in layer.weights}
        floats = self.algebra == "float"
        after = replace(layer, weights=weights, floats=floats, bias_parts=None)
        given = self.objective, self.learning_rate
        return Update(batch, *given, gradients, errors, values, before=layer, after=after)

    def _incoming(self, trace: Trace[Any], errors: Sequence[History[Any]]) -> Array:
        """Return the gradient of the losses by the outputs, of shape (batch, T, units)."""
        name = self.objective.gradient.lhs.name
        incoming = np.full((len(errors), len(trace), trace.cell.output_dim), fmpq(0), dtype=object)
        for k, history in enumerate(errors):
            for step in self.objective.steps:
                gradient = _exact(trace.algebra, name, history[step][name])
                incoming[k, step - 1] = gradient[:, 0]
        return incoming

    def _descend(self, gradients: Gradients, sequences: range) -> dict[str, Any]:
        """Return the values of the update's equations, by name."""
        trace = gradients.adjoints
        values = dict(trace.constants)
        rate = np.array([[self.learning_rate]])
        values[learning_rate_of(trace.cell).name] = trace.algebra.convert(rate)
        for history, sequence in zip(trace.histories, sequences, strict=True):
            for weight in trace.cell.weights.values():
                name = adjoint(weight).name
                values[f"{name}^{sequence}"] = history[1][name]
        # An average that one equation computes is a constant for the next one.
        equations = update_equations(trace.cell, sequences)
        evaluate(equations, trace.algebra, values, {1: values}, [1])
        return values


def _exact(algebra: Algebra[Any], name: str, value: Any) -> Array:
    """Return a value as exact rationals; what float64 has overflowed has none."""
    try:
        return rational_array(algebra.export(value), argument=name)
    except NumberError as error:
        message = f"{name} has overflowed in float64; try a smaller learning_rate"
        raise NumberError(message, argument=name) from error
