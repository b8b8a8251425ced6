"""Descent: batch after batch, the weights that an update leads to are those of the next one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.rational import DIGITS_PER_BIT
from symlstm.errors import NumberError, TooLargeError
from symlstm.gradients.gradients import Gradients, backward
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import rational, simplest
from symlstm.runs.layer import Layer
from symlstm.runs.states import together
from symlstm.runs.trace import Trace
from symlstm.training.objective import Objective
from symlstm.training.rule import Rule, gradients_of
from symlstm.training.update import Batch, Update


@dataclass(frozen=True)
class Descending(ABC):
    """The descent of a loss, by sequences of shape (sequences, T, input_dim).

    Exact weights may have ``max_digits`` before another update.
    """

    inputs: Array
    targets: Array
    max_digits: int

    def updates(
        self, trained: Any, batches: Iterable[Batch], algebra: Algebra[Any]
    ) -> Iterator[Any]:
        """Yield what one batch after the other does to a layer, or to a network."""
        kept = self.start(algebra)
        for batch in batches:
            if isinstance(algebra, ExactAlgebra):
                for layer in trained.layers:
                    _validate_digits(layer, batch.number - 1, self.max_digits)
            update = self.update(trained, batch, algebra, kept)
            yield update
            trained, kept = update.after, update.kept

    def given(self, trained: Any, batch: Batch) -> Any:
        """Return what the run of a batch is given: each sequence starts from states of zero."""
        cells = [layer.cell for layer in trained.layers]
        zeros = together([[0] * len(cell.states) for cell in cells if cell.states], cells)
        return trained.given(self.of_batch(self.inputs, batch), zeros, None, None)

    def of_batch(self, each: Array, batch: Batch) -> Array:
        """Return what belongs to the sequences of a batch."""
        return each[batch.sequences[0] - 1 : batch.sequences[-1]]

    def numbers(self, trained: Any) -> dict[str, Array]:
        """Return all the numbers that updates rest on."""
        weights = {
            f"layers[{k}] {name}": array
            for k, layer in enumerate(trained.layers)
            for name, array in layer.weights.items()
        }
        return {**weights, "inputs": self.inputs, "targets": self.targets}

    @abstractmethod
    def start(self, algebra: Algebra[Any]) -> Any:
        """Return what the optimizer keeps before the first update."""

    @abstractmethod
    def update(self, trained: Any, batch: Batch, algebra: Algebra[Any], kept: Any) -> Any:
        """Return what a batch does."""


@dataclass(frozen=True)
class Descent(Descending):
    """That of an objective of a layer's outputs."""

    objective: Objective
    rule: Rule

    def start(self, algebra: Algebra[Any]) -> dict[str, Any]:
        """Return what the optimizer keeps before the first update, by name."""
        return self.rule.start(algebra)

    def update(
        self, trained: Layer, batch: Batch, algebra: Algebra[Any], kept: Mapping[str, Any]
    ) -> Update:
        """Return what a batch does, each of its sequences by itself."""
        trace = self.given(trained, batch).run(algebra)
        errors = tuple(
            self.objective.evaluate(trace, k, self.targets[sequence - 1], sequence)
            for k, sequence in enumerate(batch.sequences)
        )
        gradients = backward(trace, {trained.cell.output.name: self._incoming(trace, errors)})
        start = {**trace.constants, **kept, **self._numbers(gradients, batch.sequences)}
        values = dict(start)
        # What one equation computes is a constant for the next one.
        evaluate(self.rule.equations(batch.sequences), algebra, values, {1: values}, [1])
        weights = {name: numbers_in(algebra, name, values[name]) for name in trained.weights}
        floats = algebra.name == "float"
        after = replace(trained, weights=weights, floats=floats, bias_parts=None)
        return Update(
            rule=self.rule,
            algebra=algebra,
            apart=batch.sequences,
            start=start,
            values=values,
            before=trained,
            after=after,
            batch=batch,
            objective=self.objective,
            gradients=gradients,
            errors=errors,
        )

    def _incoming(self, trace: Trace[Any], errors: Sequence[History[Any]]) -> Array:
        """Return the gradient of the losses by the outputs, of shape (batch, T, units)."""
        name = self.objective.of_step.gradient.name
        incoming = np.full((len(errors), len(trace), trace.cell.output_dim), fmpq(0), dtype=object)
        for k, history in enumerate(errors):
            for step in self.objective.steps:
                gradient = numbers_in(trace.algebra, name, history[step][name])
                incoming[k, step - 1] = gradient[:, 0]
        return incoming

    def _numbers(self, gradients: Gradients, sequences: range) -> dict[str, Any]:
        """Return the settings, and the gradients of each sequence, by name."""
        trace = gradients.adjoints
        values = self.rule.settings_in(trace.algebra)
        for weight in self.rule.weights:
            for own, history in zip(gradients_of(weight, sequences), trace.histories, strict=True):
                values[own.name] = history[1][own.name.partition("^")[0]]
        return values


def _validate_digits(layer: Layer, update: int, most: int) -> None:
    """Raise for weights so long that the next update may not come to an end."""
    entries = (entry for array in layer.weights.values() for entry in array.flat)
    lengths = (max(entry.p.bit_length(), entry.q.bit_length()) for entry in entries)
    bits = max(lengths, default=0)
    if update and bits * DIGITS_PER_BIT > most:
        raise TooLargeError(
            f"after update {update} a weight has {bits * DIGITS_PER_BIT:,.0f} digits, more than "
            f"max_digits={most}, and every update makes them several times longer; make fewer "
            "updates, allow more with a larger max_digits, or train with algebra='ball' for "
            "certified digits or algebra='float'",
            argument="max_digits",
        )


def numbers_in(algebra: Algebra[Any], name: str, value: Any) -> Array:
    """Return a value as what another run is given; what float64 has overflowed cannot be."""
    read: Callable[..., Any] = simplest if algebra.takes_balls else rational
    try:
        return rational_array(algebra.export(value), argument=name, read=read)
    except NumberError as error:
        message = f"{name} has overflowed in float64; try a smaller learning_rate"
        raise NumberError(message, argument=name) from error
