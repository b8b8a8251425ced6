"""Networks: layers one on top of the other, each level in one or two directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from symlstm.algebras import algebra_named
from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.certify import certified_trace
from symlstm.errors import CellError, ShapeError
from symlstm.evaluate import History
from symlstm.gradients import Gradients, backward, incoming
from symlstm.numbers import Array, rational_array, real, whole_number
from symlstm.trace import Trace

if TYPE_CHECKING:
    from symlstm.cell import Cell
    from symlstm.layer import Layer
    from symlstm.reference import Reference


@dataclass(frozen=True, eq=False)
class Network:
    """Layers that run as one: stacked, bidirectional, or both.

    ``levels`` are sequences of layers: those of a level read the same inputs, and their outputs,
    side by side, are the inputs of the next level. Outputs are in the order of the inputs, those of
    a layer with ``go_backwards=True`` too, which makes a level of two layers bidirectional.
    ``layers`` has all of them in this order, as PyTorch counts them.

    States are of all layers: of shape (layers, units), or (layers, batch, units), for several.
    Raises `CellError` for layers that do not fit together.

    >>> from dataclasses import replace
    >>> from symlstm import LSTM, Network
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> trace = Network([[layer, replace(layer, go_backwards=True)]]).run([1, 1, 0])
    >>> trace.sequence_out
    array([[1, 12],
           [12, 1],
           [2592, 0]], dtype=object)
    """

    levels: Sequence[Sequence[Layer]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(map(tuple, self.levels)))
        if not self.levels or not all(self.levels):
            raise CellError("a network has no layers, or a level without; give at least one")
        first = self.layers[0].cell
        for layer in self.layers:
            if _sizes(layer.cell) != _sizes(first):
                raise CellError(
                    f"{layer.cell!r} and {first!r} have states of other names or sizes; "
                    "run layers that differ in them one by one"
                )
        sizes = [first.input_dim, *(sum(x.cell.output_dim for x in level) for level in self.levels)]
        for size, level in zip(sizes, self.levels, strict=False):
            for layer in level:
                if layer.cell.input_dim != size:
                    message = f"{layer.cell!r} is given inputs of size {size}"
                    raise CellError(f"{message}; make that its input_dim", argument="input_dim")

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, level by level."""
        return tuple(layer for level in self.levels for layer in level)

    @property
    def input_dim(self) -> int:
        """The size of an input."""
        return self.layers[0].cell.input_dim

    def run(
        self,
        inputs: Any,
        *,
        initial_state: Sequence[Any] | None = None,
        mask: Any = None,
        sequence_lens: Any = None,
        algebra: str = "exact",
        digits: int = 30,
    ) -> NetworkTrace:
        """Run all layers and return every value of each; the arguments are those of `Layer.run`.

        ``initial_state`` is ``[h, c]``, each a number, or of the shape of the states.
        """
        given = self._given(inputs, initial_state, mask, sequence_lens)
        if algebra == "ball":
            return certified_trace(
                given.numbers, given.run, whole_number(digits, argument="digits")
            )
        return given.run(algebra_named(algebra))

    def reference(
        self,
        inputs: Any,
        *,
        dtype: str = "float32",
        initial_state: Sequence[Any] | None = None,
        mask: Any = None,
        sequence_lens: Any = None,
    ) -> Reference:
        """Return the floats nearest to the true values, proven; see `Layer.reference`.

        ``reference.layers[k]`` has the values of a layer.
        """
        from symlstm.reference import reference

        return reference(self._given(inputs, initial_state, mask, sequence_lens), dtype)

    def _given(
        self, inputs: Any, initial_state: Sequence[Any] | None, mask: Any, sequence_lens: Any
    ) -> NetworkGiven:
        array = rational_array(inputs, argument="inputs", read=real)
        array = array[:, None] if array.ndim == 1 and self.input_dim == 1 else array
        states = _split_states(self.layers, initial_state)
        options = {"mask": mask, "sequence_lens": sequence_lens}
        for layer, state in zip(self.levels[0], states, strict=False):
            layer.given(array, state, **options)  # what does not fit is an error here
        return NetworkGiven(self, array, states, options)


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
            numbers |= {f"layers[{k}] {name}": array for name, array in layer.weights.items()}
            for name, array in zip(layer.cell.states, state or (), strict=False):
                numbers[f"initial_state {name}"] = rational_array(array, read=real)
        return numbers

    def run(self, algebra: Algebra[Any]) -> NetworkTrace:
        """Run the layers in ``algebra``, each level on the outputs of the one below."""
        inputs, levels, states = self.inputs, [], iter(self.states)
        for level in self.network.levels:
            given = (layer.given(inputs, next(states), **self.options) for layer in level)
            levels.append(tuple(one.run(algebra) for one in given))
            inputs = _side_by_side(levels[-1])
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
    return backward(trace, incoming(trace, {"grad_sequence": grad_sequence, **seeds}, read=real))


def _sizes(cell: Cell) -> dict[str, int]:
    return {name: int(state.shape[0]) for name, state in cell.states.items()}


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


def _split_states(layers: Sequence[Layer], initial_state: Sequence[Any] | None) -> list[Any]:
    """Return the initial state of each layer; see `Network.run`."""
    if initial_state is None or len(layers) == 1:
        return [initial_state] * len(layers)
    names = list(layers[0].cell.states)
    if not isinstance(initial_state, list | tuple) or len(initial_state) != len(names):
        message = f"initial_state takes [{', '.join(names)}], each for all {len(layers)} layers"
        raise ShapeError(message, argument="initial_state")
    each: list[list[Any]] = [[] for _ in layers]
    for name, numbers in zip(names, initial_state, strict=True):
        array = rational_array(numbers, argument=f"initial_state {name}", read=real)
        if array.ndim and len(array) != len(layers):
            message = f"initial_state {name} has shape {array.shape}; give a number, or an entry"
            message += f" for each of the {len(layers)} layers along the first axis"
            raise ShapeError(message, argument="initial_state")
        for k, states in enumerate(each):
            states.append(array[k] if array.ndim else array)
    return each
