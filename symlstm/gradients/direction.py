"""Directions: numbers for some of what a run is given, in which it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symlstm.errors import CellError, ShapeError
from symlstm.gradients.seeds import read_in
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import computed, shown
from symlstm.runs.binding import some_weights
from symlstm.runs.certify import require_numbers
from symlstm.runs.layer_given import emptied, states_of
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.states import split_states
from symlstm.runs.trace import Trace

ELSEWHERE = dict.fromkeys(("inputs", "initial_state"), "stands beside the direction")
"""What to say of what is among the weights of a direction, and is an argument of its own."""


@dataclass(frozen=True, eq=False)
class Direction:
    """In which direction a layer changes: by what numbers, as `LayerGiven` has those of a run.

    What is not there stays as it is.
    """

    weights: Mapping[str, Array]
    inputs: Array | None
    states: Mapping[str, Array]

    @property
    def varied(self) -> tuple[str, ...]:
        """The names of what changes."""
        return (*self.weights, *(() if self.inputs is None else ("x",)), *self.states)

    @property
    def numbers(self) -> dict[str, Array]:
        """All the numbers, by the names that a user knows them by."""
        states = {f"initial_state {name}": numbers for name, numbers in self.states.items()}
        inputs = {} if self.inputs is None else {"inputs": self.inputs}
        return {f"direction {n}": a for n, a in {**self.weights, **inputs, **states}.items()}


def direction_of(trace: Trace[Any], weights: Any, inputs: Any, initial_state: Any) -> Direction:
    """Return a direction of the run of a layer; see `Gradients.hessian_vector_product`."""
    direction = _of_layer(trace, weights, inputs, initial_state)
    _validate(trace, direction)
    return direction


def directions_of(
    trace: NetworkTrace, weights: Any, inputs: Any, initial_state: Any
) -> list[Direction]:
    """Return a direction of each layer; see `NetworkGradients.hessian_vector_product`."""
    layers = range(len(trace.layers))
    given = {} if weights is None else weights
    if not isinstance(given, Mapping) or not all(type(k) is int and k in layers for k in given):
        message = f"direction is {shown(weights)}; give the weights of each layer by its number, "
        message += f'from 0 to {layers[-1]}, as {{0: {{"kernel": 1}}}}'
        raise CellError(message, argument="direction")
    states = split_states(trace.layers, initial_state)
    found = [
        _of_layer(layer, given.get(k), inputs if k < len(trace.levels[0]) else None, states[k])
        for k, layer in enumerate(trace.layers)
    ]
    if not any(one.varied for one in found):
        raise _missing()
    for layer, one in zip(trace.layers, found, strict=True):
        _validate(layer, one, needed=False)
    return found


def of_inputs(trace: Trace[Any], direction: Direction, inputs: Any) -> Direction:
    """Return a direction in which inputs change as well, by numbers that have been computed."""
    line = trace.timeline
    assert line is not None
    array = rational_array(inputs, argument="inputs", read=computed).reshape(_shape(trace))
    return replace(direction, inputs=line.ordered(array))


def _validate(trace: Trace[Any], direction: Direction, *, needed: bool = True) -> None:
    if needed and not direction.varied:
        raise _missing()
    if not trace.algebra.takes_balls:
        require_numbers(direction.numbers, f"the {trace.algebra.name} algebra")


def _missing() -> CellError:
    message = 'the direction is missing; give numbers, as {"kernel": 1}, inputs or initial_state'
    return CellError(message, argument="direction")


def _of_layer(trace: Trace[Any], weights: Any, inputs: Any, initial_state: Any) -> Direction:
    if not isinstance(weights, Mapping | None):
        message = f'direction is {shown(weights)}; give numbers by weight, as {{"kernel": 1}}'
        raise CellError(message, argument="direction")
    read = read_in(trace.algebra)
    states: dict[str, Array] = {}
    if initial_state is not None:
        states = states_of(trace.cell, initial_state, len(trace.histories), read)
    line = trace.timeline
    return Direction(
        some_weights(trace.cell, weights or {}, ELSEWHERE),
        None if inputs is None else _inputs(trace, inputs),
        states if line is None else dict(emptied(states, line)),
    )


def _inputs(trace: Trace[Any], inputs: Any) -> Array:
    """Return a direction of the inputs, of shape (batch, T, input_dim), as they are processed."""
    array = rational_array(inputs, argument="inputs", read=read_in(trace.algebra))
    wanted = list(_fitting(trace))
    if array.shape not in ((), *wanted):
        message = f"inputs has shape {array.shape}; give a number or shape {wanted[0]}"
        raise ShapeError(message, argument="inputs")
    shape = _shape(trace)
    array = np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)
    ordered: Array = array if trace.timeline is None else trace.timeline.ordered(array)
    return ordered


def _fitting(trace: Trace[Any]) -> Iterator[tuple[int, ...]]:
    """Yield the shapes in which the inputs of a run may have been given."""
    batch, steps, size = _shape(trace)
    if trace.layout == "scalar":
        yield (steps,)
    yield (batch, steps, size) if trace.layout == "batch" else (steps, size)
    if size == 1 and trace.layout == "sequence":
        yield (steps,)


def _shape(trace: Trace[Any]) -> Sequence[int]:
    return len(trace.histories), len(trace), trace.cell.input_dim
