"""Gradients of networks: what reaches a level from outside comes from the level above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.evaluate import History
from symlstm.errors import CellError, ShapeError
from symlstm.gradients.gradients import Gradients, backward, near
from symlstm.gradients.seeds import incoming, numbers_of, of_loss, of_run, read_in
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, added, filled, rational_array
from symlstm.numbers.exact import computed, shown
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check, worst_of
from symlstm.runs.given import Given
from symlstm.runs.loss import RunLoss, sent_with
from symlstm.runs.merging import apart
from symlstm.runs.network_trace import NetworkTrace, of_layers, stacked
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class NetworkSeeds:
    """The gradients of a loss by a network's ``results``, by argument, and by ``values``.

    Values are by the number of their layer, and by name, each (batch, T, size).
    """

    results: Mapping[str, Array]
    values: Mapping[int, Mapping[str, Array]]

    @property
    def numbers(self) -> dict[str, Array]:
        """All of them, by the names that a user knows them by."""
        by_layer = self.values.items()
        each = {f"seeds[{k}][{name!r}]": one for k, ones in by_layer for name, one in ones.items()}
        return {**self.results, **each}

    def states(self, number: int) -> dict[str, Any]:
        """Return those by the states of a layer, as arguments of a backward pass."""
        by_state = {name: s for name, s in self.results.items() if name != "grad_sequence"}
        return {name: s[number] for name, s in by_state.items() if number < len(s)}  # no head's


@dataclass(frozen=True, eq=False)
class NetworkGradients(Shown):
    """The gradients of a loss by everything in a network; ``layers[k]`` are a layer's `Gradients`.

    ``gradients.layers[0].kernel`` is that by a kernel; see `Gradients`.
    """

    levels: Sequence[Sequence[Gradients]]
    given: Given = field(repr=False)
    seeds: NetworkSeeds = field(repr=False)
    """What comes from outside."""
    merge: str | None = "concat"
    by_outputs: Sequence[Array | None] = field(default=(), repr=False)
    """By the outputs of each level, merged, as far as there is one: what comes from above."""
    return_sequences: bool = True
    """Whether a head has seen all outputs, and not the last ones alone."""
    loss: RunLoss | None = field(default=None, repr=False)
    """The loss that it comes from, if not from seeds alone."""

    @property
    def layers(self) -> tuple[Gradients, ...]:
        """The gradients by what the layers have, level by level."""
        return tuple(gradients for level in self.levels for gradients in level)

    @property
    def adjoints(self) -> NetworkTrace:
        """The traces of the layers, with the gradients among their values."""
        levels = tuple(tuple(one.adjoints for one in level) for level in self.levels)
        return NetworkTrace(levels, self.given, self.merge, self.return_sequences)

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value and gradient of every layer, and those of the loss."""
        own = (history for one in self.layers for history in one.adjoints.histories)
        return (*own, *sent_with(self.loss))

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
        each = [one.initial_state for one in self.layers if one.cell.states]
        return [stacked(list(states)) for states in zip(*each, strict=True)]

    def check(self) -> Check:
        """Compare every layer's gradients with float64, on what it is given; see `Trace.check`.

        The check that is returned is that of the first layer that disagrees, or else of the one
        that is furthest off.
        """
        seeds = self.seeds.numbers if self.loss is None else {}  # what a loss sends is computed
        require_numbers({**self.given.numbers, **seeds}, "float64")
        checks = [near(gradients).check() for gradients in self.layers]
        return worst_of(checks if self.loss is None else [*checks, self.loss.check()])


def network_gradients(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients of a loss by everything in a network; see `NetworkTrace.backward`."""
    algebra, given = trace.layers[0].algebra, trace.given
    if not isinstance(algebra, BallAlgebra):
        return differentiated(trace, **seeds)

    def run(algebra: BallAlgebra) -> NetworkGradients:
        return differentiated(given.run(algebra), **seeds)

    outside = _seeds(trace, of_run(trace, seeds))
    numbers = numbers_of(given.numbers, outside.numbers, seeds)
    return certified_trace(numbers, run, algebra.digits)


def differentiated(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients as the trace's own algebra has them, for their values alone."""
    seeds = of_run(trace, seeds)
    return replace(_differentiated(trace, _seeds(trace, seeds)), loss=seeds.get("loss"))


def _differentiated(trace: NetworkTrace, seeds: NetworkSeeds) -> NetworkGradients:
    levels: list[tuple[Gradients, ...]] = []
    above: Array | None = seeds.results.get("grad_sequence")
    by_outputs: list[Array | None] = []
    number = len(trace.layers)
    for level in reversed(trace.levels):
        number -= len(level)
        by_outputs.append(above)
        last = len(levels) == 1 and trace.ends_at_head
        of_each: Sequence[Array | None] = [None] * len(level)
        if above is not None:
            of_each = apart(level, above, trace.merge, last=last)
        parts = zip(level, of_each, strict=True)
        levels.append(
            tuple(
                _of_layer(layer, part, seeds, number + k, last=last)
                for k, (layer, part) in enumerate(parts)
            )
        )
        algebra = level[0].algebra
        with algebra.context():
            above = algebra.kept(reduce(add, (gradients.inputs for gradients in levels[-1])))
    told = trace.merge, by_outputs[::-1], trace.return_sequences
    return NetworkGradients(tuple(levels[::-1]), trace.given, seeds, *told)


def _seeds(trace: NetworkTrace, given: Mapping[str, Any]) -> NetworkSeeds:
    """Return gradients by the results in the shapes of those, and by the values of layers."""
    loss, given = of_loss(given)
    values = _by_layer(trace, given.pop("seeds", {}))
    results = {name: _shaped(trace, name, seed) for name, seed in given.items()}
    if loss is not None:
        sent = loss.seeds()
        with trace.layers[0].algebra.context():
            results["grad_sequence"] = added(results.get("grad_sequence", filled(0, (1,))), sent)
    if trace.head is not None:
        results.setdefault("grad_sequence", _of_head(trace, not (given or values or loss)))
    elif not (given or loss):
        count, top = len(trace.layers), 0 if values else len(trace.levels[-1])
        results["grad_state_h"] = rational_array([0] * (count - top) + [1] * top)
    return NetworkSeeds(results, values)


def _of_head(trace: NetworkTrace, is_loss: bool) -> Array:
    """Return the gradient by the outputs of a head: zero, or that of the sum of the last one."""
    gradient = filled(0, trace.sequence_out.shape)
    if is_loss:
        gradient[..., -1, :] = filled(1, gradient[..., -1, :].shape)
    return gradient


def _shaped(trace: NetworkTrace, name: str, seed: Any) -> Array:
    """Return a gradient by a result in its shape; one by states is by layer, also of a single."""
    array = rational_array(seed, argument=name, read=read_in(trace.layers[0].algebra))
    if name == "grad_sequence":
        wanted = trace.sequence_out.shape
    else:
        wanted = np.shape(getattr(trace, name.removeprefix("grad_")))
    if array.shape not in ((), wanted):
        message = f"{name} has shape {array.shape}; give a number or shape {wanted}"
        raise ShapeError(message, argument=name)
    array = np.broadcast_to(array, wanted)
    by_layer = name != "grad_sequence" and len(trace.recurrent) == 1
    return array[None] if by_layer else array


def _by_layer(trace: NetworkTrace, seeds: Any) -> dict[int, dict[str, Array]]:
    """Return the gradients by the values of layers, each as `Gradients.incoming`."""
    layers = range(len(trace.layers))
    if not isinstance(seeds, Mapping) or not all(type(k) is int and k in layers for k in seeds):
        message = f"seeds is {shown(seeds)}; give those of each layer by its number, from 0 to "
        message += f'{layers[-1]}, as seeds={{0: {{"c": {{3: 1}}}}}}'
        raise CellError(message, argument="seeds")
    read = read_in(trace.layers[0].algebra)
    return {k: incoming(trace.layers[k], {"seeds": one}, read) for k, one in seeds.items()}


def _of_layer(
    trace: Trace[Any], above: Array | None, seeds: NetworkSeeds, number: int, *, last: bool
) -> Gradients:
    """Return a layer's gradients; those by its outputs may be balls, from the level above.

    Those are by the ``last`` outputs alone below a head that has seen no others.
    """
    given: dict[str, Any] = {"grad_sequence": above}
    if last and above is not None:
        given = {"seeds": {trace.cell.output.name: {len(trace): above[..., 0, :]}}}
    given |= seeds.states(number)
    outside = incoming(trace, given, read=computed)
    with trace.algebra.context():
        for name, values in seeds.values.get(number, {}).items():
            outside[name] = added(outside[name], values) if name in outside else values
    return backward(trace, outside, every_sum=False)
