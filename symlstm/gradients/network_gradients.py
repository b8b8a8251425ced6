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
from symlstm.errors import ShapeError
from symlstm.gradients.gradients import Gradients, backward, incoming
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, middles, rational_array
from symlstm.numbers.exact import computed
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check, worst_of
from symlstm.runs.given import Given
from symlstm.runs.merging import apart
from symlstm.runs.network_trace import NetworkTrace, of_layers, on_numbers, stacked
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class NetworkGradients(Shown):
    """The gradients of a loss by everything in a network; ``layers[k]`` are a layer's `Gradients`.

    ``gradients.layers[0].kernel`` is that by a kernel; see `Gradients`.
    """

    levels: Sequence[Sequence[Gradients]]
    given: Given = field(repr=False)
    merge: str | None = "concat"
    by_outputs: Sequence[Array | None] = field(default=(), repr=False)
    """By the outputs of each level, merged, as far as there is one: what comes from above."""
    by_states: Mapping[str, Array] = field(default_factory=dict, repr=False)
    """By the last states of each layer, by ``grad_state_h``: what comes from the loss directly."""

    @property
    def layers(self) -> tuple[Gradients, ...]:
        """The gradients by what the layers have, level by level."""
        return tuple(gradients for level in self.levels for gradients in level)

    @property
    def adjoints(self) -> NetworkTrace:
        """The traces of the layers, with the gradients among their values."""
        levels = tuple(tuple(one.adjoints for one in level) for level in self.levels)
        return NetworkTrace(levels, self.given, self.merge)

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
        require_numbers(self.given.numbers, "float64")
        return worst_of(_on_numbers(gradients).check() for gradients in self.layers)


def network_gradients(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients of a loss by everything in a network; see `NetworkTrace.backward`."""
    algebra, given = trace.layers[0].algebra, trace.given
    if not isinstance(algebra, BallAlgebra):
        return differentiated(trace, **seeds)

    def run(algebra: BallAlgebra) -> NetworkGradients:
        return differentiated(given.run(algebra), **seeds)

    return certified_trace(given.numbers, run, algebra.digits)


def differentiated(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients as the trace's own algebra has them, for their values alone."""
    levels: list[tuple[Gradients, ...]] = []
    outside = _seeds(trace, {name: seed for name, seed in seeds.items() if seed is not None})
    above: Array | None = outside.pop("grad_sequence", None)
    by_outputs: list[Array | None] = []
    number = len(trace.layers)
    for level in reversed(trace.levels):
        number -= len(level)
        by_outputs.append(above)
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
    by_states = {name: np.asarray(seed, dtype=object) for name, seed in outside.items()}
    told = trace.merge, by_outputs[::-1], by_states
    return NetworkGradients(tuple(levels[::-1]), trace.given, *told)


def _seeds(trace: NetworkTrace, seeds: Mapping[str, Any]) -> dict[str, Any]:
    """Return gradients by the results in the shapes of those; the states' by layer, too."""
    count = len(trace.layers)
    if not seeds:
        top = len(trace.levels[-1])
        return {"grad_state_h": [0] * (count - top) + [1] * top}
    given: dict[str, Any] = {}
    for name, seed in seeds.items():
        array = rational_array(seed, argument=name)
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


def _on_numbers(gradients: Gradients) -> Gradients:
    """Return a layer's gradients on numbers near the balls that its neighbours hand on."""
    incoming = {name: middles(gradient) for name, gradient in gradients.incoming.items()}
    return backward(on_numbers(gradients.adjoints), incoming)
