"""What the run of a layer is given: numbers for its weights, inputs and initial states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, TypeVar

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.errors import ShapeError
from symlstm.numbers.arrays import Array, middles, rational_array
from symlstm.numbers.exact import real
from symlstm.runs.certify import require_numbers
from symlstm.runs.growth import within_digits
from symlstm.runs.timeline import Timeline
from symlstm.runs.trace import Layout, Trace

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class LayerGiven:
    """The numbers that a run is given, as exact rationals, or intervals of them.

    ``weights`` by name, of shape (rows, columns); ``inputs`` (batch, T, input_dim), in the order of
    processing; ``states`` by name, (batch, size); ``layout`` is the shape in which values are
    handed back. ``sizes``, by name, are those of `Layer.sizes`.
    """

    cell: Cell
    weights: Mapping[str, Array]
    inputs: Array
    states: Mapping[str, Array]
    layout: Layout
    timeline: Timeline
    stateful: bool = False
    sizes: Mapping[str, Array] = field(default_factory=dict)

    @property
    def cells(self) -> tuple[Cell]:
        """The cell, as the only one."""
        return (self.cell,)

    @property
    def numbers(self) -> dict[str, Array]:
        """All of them, by the names that a user knows them by."""
        states = {f"initial_state {name}": numbers for name, numbers in self.states.items()}
        return {**self.weights, "inputs": self.inputs, **states}

    @property
    def values(self) -> int:
        """How many values the run comes to: of each equation one a step, in every sequence."""
        batch, steps, _ = self.inputs.shape
        return int(batch * steps * len(self.cell.program))

    @property
    def multiplications(self) -> int:
        """About how many numbers are multiplied: every weight once a step, in every sequence."""
        batch, steps, _ = self.inputs.shape
        return int(batch * steps * self.cell.weight_count)

    def near(self) -> LayerGiven:
        """Return numbers near the balls that layers below hand on as inputs."""
        return replace(self, inputs=middles(self.inputs))

    def run(self, algebra: Algebra[Value]) -> Trace[Value]:
        """Run the cell on these numbers in ``algebra``; intervals are for the ball algebra."""
        if not algebra.takes_balls:
            require_numbers(self.numbers, f"the {algebra.name} algebra")
        constants = {
            name: algebra.summed(array, self.sizes[name])
            if name in self.sizes
            else algebra.convert(array)
            for name, array in self.weights.items()
        }
        histories = tuple(self._run(k, algebra, constants) for k in range(len(self.inputs)))
        return Trace(self.cell, algebra, constants, histories, self.layout, self)

    def _run(
        self, sequence: int, algebra: Algebra[Value], constants: Mapping[str, Value]
    ) -> History[Value]:
        algebra.begin(sequence)
        inputs = self.inputs[sequence]
        history: History[Value] = {
            step: {"x": algebra.convert(x[:, None])} for step, x in enumerate(inputs, start=1)
        }
        history[0] = {
            name: algebra.convert(states[sequence][:, None]) for name, states in self.states.items()
        }
        watched = within_digits(range(1, len(inputs) + 1), history, self.states, algebra)
        computed = set(self.timeline.steps(sequence))
        for together, steps in groupby(watched, computed.__contains__):
            if together:
                evaluate(self.cell.program, algebra, constants, history, steps)
            else:
                self._hold(history, steps)
        return history

    def _hold(self, history: History[Any], steps: Iterable[int]) -> None:
        for step in steps:
            history[step].update({name: history[step - 1][name] for name in self.states})


def sequences(cell: Cell, array: Array) -> tuple[Array, Layout]:
    """Return inputs as (batch, T, input_dim), and the shape in which values are handed back."""
    given = array.shape
    layout: Layout = "batch" if array.ndim == 3 else "sequence"
    if array.ndim == 1 and cell.input_dim == 1:
        layout = "scalar" if cell.is_scalar else "sequence"
        array = array[:, None]
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.shape[2] != cell.input_dim or 0 in array.shape:
        shapes = ["(T,)"] if cell.input_dim == 1 else []
        shapes += [f"(T, {cell.input_dim})", f"(batch, T, {cell.input_dim})"]
        raise ShapeError(
            f"inputs have shape {given}; give "
            f"{' or '.join(shapes)} with at least one step, for input_dim={cell.input_dim}",
            argument="inputs",
        )
    return array, layout


def state_numbers(name: str, numbers: Any, shape: tuple[int, int]) -> Array:
    """Return the numbers of an initial state, of shape (batch, size)."""
    argument = f"initial_state {name}"
    array = rational_array(numbers, argument=argument, read=real)
    if array.shape == (1, *shape):  # as PyTorch has the states of a single layer
        array = array[0]
    if array.shape not in ((), shape[1:], (1, *shape[1:]), shape):
        raise ShapeError(
            f"{argument} has shape {array.shape}; give a number, {shape[1:]} or {shape}",
            argument="initial_state",
        )
    return np.broadcast_to(array, shape)


def states_wanted(states: Mapping[str, Any]) -> str:
    """Return what to say of initial states that are not as many as there should be."""
    return f"initial_state takes [{', '.join(states)}]: {len(states)} entries, in this order"
