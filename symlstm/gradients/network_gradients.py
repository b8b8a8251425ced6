"""Gradients of networks: what reaches a level from outside comes from the level above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.evaluate import History
from symlstm.errors import CellError, ShapeError
from symlstm.gradients.gradients import Gradients, backward, near
from symlstm.gradients.seeds import incoming, read_in
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import computed
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check, worst_of
from symlstm.runs.given import Given
from symlstm.runs.merging import apart
from symlstm.runs.network_trace import NetworkTrace, of_layers, stacked
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class NetworkGradients(Shown):
    """The gradients of a loss by everything in a network; ``layers[k]`` are a layer's `Gradients`.

    ``gradients.layers[0].kernel`` is that by a kernel; see `Gradients`.
    """

    levels: Sequence[Sequence[Gradients]]
    given: Given = field(repr=False)
    seeds: Mapping[str, Array] = field(repr=False)
    """The gradients of the loss by the network's results, by the names of the arguments."""

    @property
    def layers(self) -> tuple[Gradients, ...]:
        """The gradients by what the layers have, level by level."""
        return tuple(gradients for level in self.levels for gradients in level)

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value and gradient of every layer."""
        return tuple(history for one in self.layers for history in one.adjoints.histories)

    def __getitem__(self, name: str) -> Any:
        raise of_layers(name)

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape."""
        algebra = self.layers[0].adjoints.algebra
        with algebra.context():
            return algebra.kept(reduce(add, (gradients.inputs for gradients in self.levels[0])))

    @property
    def initial_state(self) -> list[Any]:
        """The gradients by the initial states, in the order and shapes of ``initial_state``."""
        each = [gradients.initial_state for gradients in self.layers]
        return [stacked(list(states)) for states in zip(*each, strict=True)]

    def check(self) -> Check:
        """Compare every layer's gradients with float64, on what it is given; see `Trace.check`.

        The check that is returned is that of the first layer that disagrees, or else of the one
        that is furthest off.
        """
        require_numbers({**self.given.numbers, **self.seeds}, "float64")
        return worst_of(near(gradients).check() for gradients in self.layers)


def network_gradients(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients of a loss by everything in a network; see `NetworkTrace.backward`."""
    algebra, given = trace.layers[0].algebra, trace.given
    outside = _seeds(trace, seeds)
    if not isinstance(algebra, BallAlgebra):
        return _differentiated(trace, outside)

    def run(algebra: BallAlgebra) -> NetworkGradients:
        return _differentiated(given.run(algebra), outside)

    return certified_trace({**given.numbers, **outside}, run, algebra.digits)


def differentiated(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients as the trace's own algebra has them, for their values alone."""
    return _differentiated(trace, _seeds(trace, seeds))


def _differentiated(trace: NetworkTrace, seeds: Mapping[str, Array]) -> NetworkGradients:
    levels: list[tuple[Gradients, ...]] = []
    outside = dict(seeds)
    above: Array | None = outside.pop("grad_sequence", None)
    number = len(trace.layers)
    for level in reversed(trace.levels):
        number -= len(level)
        parts = [None] * len(level) if above is None else apart(level, above, trace.merge)
        levels.append(
            tuple(
                _of_layer(layer, part, {name: s[number + k] for name, s in outside.items()})
                for k, (layer, part) in enumerate(zip(level, parts, strict=True))
            )
        )
        algebra = level[0].algebra
        with algebra.context():
            above = algebra.kept(reduce(add, (gradients.inputs for gradients in levels[-1])))
    return NetworkGradients(tuple(levels[::-1]), trace.given, seeds)


def _seeds(trace: NetworkTrace, seeds: Mapping[str, Any]) -> dict[str, Array]:
    """Return gradients by the results in the shapes of those; the states' by layer, too."""
    count, read = len(trace.layers), read_in(trace.layers[0].algebra)
    seeds = {name: seed for name, seed in seeds.items() if seed is not None}
    if not seeds:
        top = len(trace.levels[-1])
        return {"grad_state_h": rational_array([0] * (count - top) + [1] * top)}
    if "seeds" in seeds:
        message = "seeds are by the values of a layer; give the gradients by the network's results"
        raise CellError(message, argument="seeds")
    given: dict[str, Array] = {}
    for name, seed in seeds.items():
        array = rational_array(seed, argument=name, read=read)
        if name == "grad_sequence":
            wanted = trace.sequence_out.shape
        else:
            wanted = np.shape(getattr(trace, name.removeprefix("grad_")))
        if array.shape not in ((), wanted):
            message = f"{name} has shape {array.shape}; give a number or shape {wanted}"
            raise ShapeError(message, argument=name)
        array = np.broadcast_to(array, wanted)
        by_layer = name != "grad_sequence" and count == 1
        given[name] = array[None] if by_layer else array
    return given


def _of_layer(
    trace: Trace[Any], grad_sequence: Array | None, seeds: Mapping[str, Any]
) -> Gradients:
    """Return a layer's gradients; those by its outputs may be balls, from the level above."""
    outside = incoming(trace, {"grad_sequence": grad_sequence, **seeds}, read=computed)
    return backward(trace, outside, every_sum=False)
