"""Training: gradient descent on a layer's weights, with a record of every update."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import fmpq
from sympy import Basic, Integer, Rational

from symlstm.algebras.algebra import Algebra
from symlstm.equation import Equation
from symlstm.errors import NumberError, ShapeError, SymlstmError, TooLargeError, choices
from symlstm.evaluate import History, evaluate
from symlstm.expression import Quantity, add, free_name, scale, subtract
from symlstm.gradients import Gradients, backward
from symlstm.numbers import Array, exported, rational, rational_array, shown, whole_number
from symlstm.objective import LOSSES, Objective
from symlstm.passes.differentiate import adjoint

if TYPE_CHECKING:
    from symlstm.cell import Cell
    from symlstm.layer import Layer
    from symlstm.trace import Trace

MAX_DIGITS = 10_000
"""How many digits a weight may have before another update, unless a user allows more."""
DIGITS_PER_BIT = math.log10(2)


@dataclass(frozen=True, eq=False, repr=False)
class Update:
    """One update of the weights, and every number on the way to it; counted from 1.

    ``gradients`` are those of the batch, under the weights of the layer ``before``; ``sequences``
    are the numbers of the batch's sequences, from 1, and ``loss`` is the mean of their losses.
    """

    number: int
    epoch: int
    sequences: range
    batch_size: int
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
    def losses(self) -> list[Any]:
        """The loss of each sequence."""
        return [self._export(*history[0].values()).item() for history in self.errors]

    @property
    def loss(self) -> Any:
        """The mean of the losses, which the update is to make smaller."""
        return sum(self.losses[1:], self.losses[0]) / len(self.losses)

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """The averages of the gradients over the batch, and the new weights."""
        return update_equations(self.before.cell, self.sequences)

    @property
    def loss_equation(self) -> Equation:
        """The loss of the batch, from those of its sequences."""
        return _mean(
            self.objective.total().lhs, [self.objective.total(k).lhs for k in self.sequences]
        )

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


@dataclass(frozen=True, eq=False)
class Training:
    """What `Layer.fit` did: an update after each batch, and the ``layer`` that they lead to."""

    batch_size: int
    updates: tuple[Update, ...]

    @property
    def layer(self) -> Layer:
        """The trained layer."""
        return self.updates[-1].after

    @property
    def losses(self) -> list[Any]:
        """The loss of each update's batch, before it."""
        return [update.loss for update in self.updates]


def learning_rate_of(cell: Cell) -> Quantity:
    """Return the learning rate as it stands in the equations of an update."""
    return Quantity(free_name("eta", cell.weights), 1)


def update_equations(cell: Cell, sequences: Sequence[int]) -> tuple[Equation, ...]:
    r"""Return, for each weight, the average of its gradients and the new weight, ``W - η \bar W``.

    The gradient of sequence k is \bar W_1^{(k)}, what the backward pass comes to at its end.
    A batch of one sequence needs no average.
    """
    equations, rate = [], learning_rate_of(cell)
    for weight in (weight for members in cell.groups.values() for weight in members):
        rows, columns = weight.shape
        name = adjoint(weight).name
        gradients = [Quantity(f"{name}^{k}", rows, columns, Integer(1)) for k in sequences]
        mean = gradients[0]
        if len(gradients) > 1:
            mean = Quantity(name, rows, columns)
            equations.append(_mean(mean, gradients))
        equations.append(Equation(weight, subtract(weight, scale(rate, mean))))
    return tuple(equations)


def _mean(quantity: Quantity, parts: Sequence[Quantity]) -> Equation:
    return Equation(quantity, scale(Rational(1, len(parts)), add(*parts)))


def fit(
    layer: Layer,
    inputs: Any,
    targets: Any,
    *,
    loss: str,
    learning_rate: Any,
    batch_size: int = 1,
    epochs: int = 1,
    return_sequences: bool = False,
    algebra: str = "exact",
    max_digits: int = MAX_DIGITS,
) -> Training:
    """Return the training of ``layer``; see `Layer.fit`."""
    if not isinstance(loss, str) or loss not in LOSSES:
        message = f"loss is {shown(loss)}; {choices(shown(loss), LOSSES)}"
        raise SymlstmError(message, argument="loss")
    sequences = _inputs(layer.cell, inputs)
    count, length, _ = sequences.shape
    steps = tuple(range(1, length + 1)) if return_sequences else (length,)
    wanted = _targets(layer.cell, targets, count, length if return_sequences else None)
    rate = rational(learning_rate, argument="learning_rate")
    if rate < 0:
        message = (
            f"learning_rate is {shown(learning_rate)}; give 0 or more, for a step down the slope"
        )
        raise NumberError(message, argument="learning_rate")
    max_digits = whole_number(max_digits, argument="max_digits")
    descent = _Descent(Objective(layer.cell, loss, steps), rate, algebra)
    size = whole_number(batch_size, argument="batch_size")
    batches = [range(first, min(first + size, count)) for first in range(0, count, size)]
    updates: list[Update] = []
    for epoch in range(1, whole_number(epochs, argument="epochs") + 1):
        for batch in batches:
            _validate_digits(layer, len(updates), max_digits)
            chosen = slice(batch.start, batch.stop)
            place = len(updates) + 1, epoch, range(batch.start + 1, batch.stop + 1), size
            updates.append(descent.update(layer, sequences[chosen], wanted[chosen], place))
            layer = updates[-1].after
    return Training(size, tuple(updates))


def _validate_digits(layer: Layer, update: int, most: int) -> None:
    """Raise for weights so long that the next update may not come to an end."""
    entries = (entry for array in layer.weights.values() for entry in array.flat)
    bits = max(max(entry.p.bit_length(), entry.q.bit_length()) for entry in entries)
    if update and bits * DIGITS_PER_BIT > most:
        raise TooLargeError(
            f"after update {update} a weight has {bits * DIGITS_PER_BIT:,.0f} digits, more than "
            f"max_digits={most}, and every update makes them several times longer; make fewer "
            "updates, train with algebra='float', or allow more with a larger max_digits",
            argument="max_digits",
        )


@dataclass(frozen=True)
class _Descent:
    """Gradient descent on an objective."""

    objective: Objective
    learning_rate: fmpq
    algebra: str

    def update(
        self,
        layer: Layer,
        inputs: Array,
        targets: Array,
        place: tuple[int, int, range, int],
    ) -> Update:
        """Return one update of ``layer``, by the sequences of a batch.

        ``place`` has the first fields of an `Update`.
        """
        _, _, sequences, _ = place
        trace = layer.run(inputs, algebra=self.algebra)
        errors = tuple(
            self.objective.evaluate(trace, k, targets[k], sequence)
            for k, sequence in enumerate(sequences)
        )
        gradients = backward(trace, {layer.cell.output.name: self._incoming(trace, errors)})
        values = self._descend(gradients, sequences)
        weights = {name: _exact(trace.algebra, name, values[name]) for name in layer.weights}
        after = replace(layer, weights=weights, _kept={})
        given = self.objective, self.learning_rate
        return Update(*place, *given, gradients, errors, values, layer, after)

    def _incoming(self, trace: Trace[Any], errors: Sequence[History[Any]]) -> Array:
        """Return the gradient of the losses by the outputs, of shape (batch, T, units)."""
        name = self.objective.gradient.lhs.name
        incoming = np.full((len(errors), len(trace), trace.cell.units), fmpq(0), dtype=object)
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


def _inputs(cell: Cell, inputs: Any) -> Array:
    """Return the sequences, of shape (sequences, T, input_dim)."""
    array = rational_array(inputs, argument="inputs")
    given = array.shape
    if array.ndim == 2 and cell.input_dim == 1:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] != cell.input_dim or 0 in array.shape:
        short = "(sequences, T) or " if cell.input_dim == 1 else ""
        message = (
            f"inputs have shape {given}; give {short}(sequences, T, {cell.input_dim}), "
            "with at least one sequence and one step"
        )
        raise ShapeError(message, argument="inputs")
    return array


def _targets(cell: Cell, targets: Any, count: int, length: int | None) -> Array:
    """Return the targets, of shape (sequences, steps with a target, units)."""
    array = rational_array(targets, argument="targets")
    over_time = () if length is None else (length,)
    wanted = (count, *over_time, cell.units)
    if array.shape != wanted and not (cell.units == 1 and array.shape == wanted[:-1]):
        short = f"{wanted[:-1]} or " if cell.units == 1 else ""
        outputs = "each last output" if length is None else "every output"
        hint = " (return_sequences=True is for one at every step)" if length is None else ""
        raise ShapeError(
            f"targets have shape {array.shape}; give {short}{wanted}, one for {outputs}{hint}",
            argument="targets",
        )
    return array.reshape(count, length or 1, cell.units)
