"""What the run of a network produced: the traces of its layers, and their gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.numbers.arrays import Array, rational_array
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check
from symlstm.errors import CellError, ShapeError
from symlstm.algebras.evaluate import History
from symlstm.gradients.gradients import Gradients, backward, incoming
from symlstm.numbers.exact import computed, exactly, rational, real
from symlstm.runs.trace import Trace

if TYPE_CHECKING:
    from symlstm.cells.cell import Cell
    from symlstm.runs.network import Network


@dataclass(frozen=True, eq=False)
class NetworkGiven:
    """The numbers that the run of a network is given; ``states`` are those of each layer."""

    network: Network
    inputs: Array
    states: Sequence[Any]
    options: Mapping[str, Any]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of all layers."""
        return tuple(layer.cell for layer in self.network.layers)

    @property
    def numbers(self) -> dict[str, Array]:
        """All the numbers, by the names that a user knows them by."""
        numbers = {"inputs": self.inputs}
        for k, (layer, state) in enumerate(zip(self.network.layers, self.states, strict=True)):
            states = layer.initial(state, self.batch)
            of_layer = {**layer.weights, **{f"initial_state {n}": s for n, s in states.items()}}
            numbers |= {f"layers[{k}] {name}": array for name, array in of_layer.items()}
        return numbers

    @property
    def batch(self) -> int:
        """How many sequences are run."""
        return len(self.inputs) if self.inputs.ndim == 3 else 1

    def run(self, algebra: Algebra[Any]) -> NetworkTrace:
        """Run the layers in ``algebra``, each level on the outputs of the one below."""
        inputs, levels, states, read = self.inputs, [], iter(self.states), real
        for level in self.network.levels:
            given = (
                layer.given(inputs, next(states), read=read, **self.options) for layer in level
            )
            levels.append(tuple(one.run(algebra) for one in given))
            inputs, read = _side_by_side(levels[-1]), computed
        return NetworkTrace(tuple(levels), self)


@dataclass(frozen=True, eq=False)
class NetworkTrace:
    """What a network's run produced; ``layers[k]`` is the `Trace` of a layer.

    Results are those of all layers together, as `Network` says.
    """

    levels: Sequence[Sequence[Trace[Any]]]
    given: NetworkGiven = field(repr=False)

    @property
    def layers(self) -> tuple[Trace[Any], ...]:
        """The traces of all layers, level by level."""
        return tuple(trace for level in self.levels for trace in level)

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value of every layer."""
        return tuple(history for trace in self.layers for history in trace.histories)

    @property
    def sequence_out(self) -> Any:
        """The outputs of the last level at every step, side by side."""
        return _side_by_side(self.levels[-1])

    @property
    def state_h(self) -> Any:
        """The outputs h of all layers after their last steps."""
        return _stacked([trace.state_h for trace in self.layers])

    @property
    def state_c(self) -> Any:
        """The cell states c of all layers after their last steps."""
        return _stacked([trace.state_c for trace in self.layers])

    def __getitem__(self, name: str) -> Any:
        raise _of_layers(name)

    def __len__(self) -> int:
        return len(self.layers[0])

    def backward(
        self, *, grad_sequence: Any = None, grad_state_h: Any = None, grad_state_c: Any = None
    ) -> NetworkGradients:
        """Return the gradients of a loss by everything in the network, as `Trace.backward` does.

        The arguments have the shapes of the network's results. Without any, the loss is the sum of
        the last outputs of the last level's layers.
        """
        seeds = {"grad_sequence": grad_sequence, "grad_state_h": grad_state_h}
        seeds["grad_state_c"] = grad_state_c
        algebra = self.layers[0].algebra
        if not isinstance(algebra, BallAlgebra):
            return self.differentiated(**seeds)

        def run(algebra: BallAlgebra) -> NetworkGradients:
            return self.given.run(algebra).differentiated(**seeds)

        return certified_trace(self.given.numbers, run, algebra.digits)

    def check(self) -> Check:
        """Compare every layer with float64, on what it is given; see `Trace.check`.

        The check that is returned is that of the first layer that disagrees, or else of the one
        that is furthest off.
        """
        require_numbers(self.given.numbers, "float64")
        checks = [_on_numbers(trace).check() for trace in self.layers]
        disagreeing = (check for check in checks if not check.agrees)
        return next(disagreeing, max(checks, key=lambda check: check.worst_error))

    def differentiated(self, **seeds: Any) -> NetworkGradients:
        """Return the gradients as the trace's own algebra has them; see `backward`."""
        levels: list[tuple[Gradients, ...]] = []
        outside = self._seeds({name: seed for name, seed in seeds.items() if seed is not None})
        above: Array | None = outside.pop("grad_sequence", None)
        number = len(self.layers)
        for level in reversed(self.levels):
            number -= len(level)
            parts = [None] * len(level) if above is None else _apart(level, above)
            levels.append(
                tuple(
                    _differentiated(trace, part, {n: s[number + k] for n, s in outside.items()})
                    for k, (trace, part) in enumerate(zip(level, parts, strict=True))
                )
            )
            with level[0].algebra.context():
                above = reduce(add, (gradients.inputs for gradients in levels[-1]))
        return NetworkGradients(tuple(levels[::-1]))

    def _seeds(self, seeds: Mapping[str, Any]) -> dict[str, Any]:
        """Return gradients by the results in the shapes of those; the states' by layer, too."""
        count = len(self.layers)
        if not seeds:
            top = len(self.levels[-1])
            return {"grad_state_h": [0] * (count - top) + [1] * top}
        given: dict[str, Any] = {}
        for name, seed in seeds.items():
            array = rational_array(seed, argument=name)
            if name == "grad_sequence":
                wanted = self.sequence_out.shape
            else:
                wanted = np.shape(getattr(self, name.removeprefix("grad_")))
            if array.shape not in ((), wanted):
                message = f"{name} has shape {array.shape}; give a number or shape {wanted}"
                raise ShapeError(message, argument=name)
            array = np.broadcast_to(array, wanted)
            by_layer = name != "grad_sequence" and count == 1
            given[name] = array[None] if by_layer else array
        return given


@dataclass(frozen=True, eq=False)
class NetworkGradients:
    """The gradients of a loss by everything in a network; ``layers[k]`` are a layer's `Gradients`.

    ``gradients.layers[0].kernel`` is that by a kernel; see `Gradients`.
    """

    levels: Sequence[Sequence[Gradients]]

    @property
    def layers(self) -> tuple[Gradients, ...]:
        """The gradients by what the layers have, level by level."""
        return tuple(gradients for level in self.levels for gradients in level)

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value and gradient of every layer."""
        return tuple(history for one in self.layers for history in one.adjoints.histories)

    def __getitem__(self, name: str) -> Any:
        raise _of_layers(name)

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape."""
        with self.layers[0].adjoints.algebra.context():
            return reduce(add, (gradients.inputs for gradients in self.levels[0]))

    @property
    def initial_state(self) -> list[Any]:
        """The gradients by the initial states, in the order and shapes of ``initial_state``."""
        each = [gradients.initial_state for gradients in self.layers]
        return [_stacked(list(states)) for states in zip(*each, strict=True)]


def _differentiated(
    trace: Trace[Any], grad_sequence: Array | None, seeds: Mapping[str, Any]
) -> Gradients:
    """Return a layer's gradients; those by its outputs may be balls, from the level above."""
    outside = incoming(trace, {"grad_sequence": grad_sequence, **seeds}, read=computed)
    return backward(trace, outside, every_sum=False)


def _of_layers(name: str) -> CellError:
    """Return the error for a value that each layer has, and not the network."""
    return CellError(f"a network has no {name!r} of its own; ask one of its layers[k] for it")


def _stacked(each: list[Any]) -> Any:
    return np.stack(each) if len(each) > 1 else each[0]


def _side_by_side(level: Sequence[Trace[Any]]) -> Any:
    """Return the outputs of a level's layers in the order of the inputs."""
    outputs = (_ordered(trace, trace.sequence_out) for trace in level)
    return np.concatenate(list(outputs), axis=-1)


def _apart(level: Sequence[Trace[Any]], gradient: Array) -> list[Array]:
    """Return each layer's part of a gradient by the outputs of a level, as the layer has them."""
    ends = np.cumsum([trace.cell.output_dim for trace in level])
    parts = np.split(gradient, ends[:-1], axis=-1)
    return [_ordered(trace, part) for trace, part in zip(level, parts, strict=True)]


def _ordered(trace: Trace[Any], over_time: Array) -> Any:
    assert trace.timeline is not None
    return trace.timeline.ordered(over_time, trace.time_axis)


def _on_numbers(trace: Trace[Any]) -> Trace[Any]:
    """Return a layer's trace on numbers near the balls that the layers below hand on."""
    assert trace.given is not None
    inputs = np.vectorize(_middle, otypes=[object])(trace.given.inputs)
    return replace(trace.given, inputs=inputs).run(trace.algebra)


def _middle(number: Any) -> Any:
    return rational(exactly(number.mid()) if isinstance(number, arb) else number, argument="inputs")
