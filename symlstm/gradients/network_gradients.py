"""Gradients of networks: what reaches a level from outside comes from the level above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.evaluate import History
from symlstm.errors import CellError, ShapeError
from symlstm.gradients.derivatives import NetworkDerivatives, from_the_top
from symlstm.gradients.direction import Direction, directions_of
from symlstm.gradients.gradients import Gradients, backward, near
from symlstm.gradients.hessian import (
    NetworkHessianVectorProduct,
    by_outputs_of,
    network_product,
)
from symlstm.gradients.seeds import incoming, numbers_of, of_loss, of_run, read_in
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, added, filled, rational_array
from symlstm.numbers.exact import computed, shown
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check, worst_of
from symlstm.runs.given import Given
from symlstm.runs.loss import RunLoss, sent_with
from symlstm.runs.merging import apart
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.states import are_alike
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class NetworkSeeds:
    """The gradients of a loss by a network's ``outputs``, and by ``states`` and ``values``.

    States are by the number of their layer, and by argument; values by number and name, each
    (batch, T, size).
    """

    outputs: Array | None
    states: Mapping[int, Mapping[str, Array]]
    values: Mapping[int, Mapping[str, Array]]

    @property
    def numbers(self) -> dict[str, Array]:
        """All of them, by the names that a user knows them by."""
        found = {} if self.outputs is None else {"grad_sequence": self.outputs}
        for k, states in self.states.items():
            found |= {f"layers[{k}] {argument}": one for argument, one in states.items()}
        for k, values in self.values.items():
            found |= {f"seeds[{k}][{name!r}]": one for name, one in values.items()}
        return found


@dataclass(frozen=True, eq=False)
class NetworkGradients(NetworkDerivatives[Gradients], Shown):
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

    asked: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The arguments of `NetworkTrace.backward`."""

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

    def check(self) -> Check:
        """Compare every layer's gradients with float64, on what it is given; see `Trace.check`.

        The check that is returned is that of the first layer that disagrees, or else of the one
        that is furthest off.
        """
        seeds = self.seeds.numbers if self.loss is None else {}  # what a loss sends is computed
        require_numbers({**self.given.numbers, **seeds}, "float64")
        return self.near_check()

    def near_check(self) -> Check:
        """Compare the same, where weights are balls or intervals, for numbers near to them."""
        checks = [near(gradients).check() for gradients in self.layers]
        return worst_of(checks if self.loss is None else [*checks, self.loss.check_alone()])

    def hessian_vector_product(
        self,
        direction: Mapping[int, Mapping[str, Any]] | None = None,
        *,
        inputs: Any = None,
        initial_state: Sequence[Any] | None = None,
    ) -> NetworkHessianVectorProduct:
        """Return what the Hessian of the loss makes of a direction, by layer.

        The ``direction`` has the weights of each layer by its number, ``{0: {"kernel": ...}}``;
        ``initial_state`` is in the shapes that `Network.run` takes. The other arguments are those
        of `Gradients.hessian_vector_product`.

        >>> from symlstm import Dense, LSTM, Network
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> network = Network([[layer]], head=Dense(1).bind(kernel=2, bias=0))
        >>> loss = network.loss([1, 1], [2, 20], loss="half_squared_error")
        >>> product = loss.backward().hessian_vector_product({1: {"kernel": 1}})
        >>> product.layers[1].kernel, product.layers[0].bias
        (array([[145]], dtype=object), array([674, 56, 674, 618], dtype=object))
        """
        algebra, given = self.layers[0].adjoints.algebra, self.given
        along = directions_of(self.adjoints, direction, inputs, initial_state)
        if not isinstance(algebra, CertifiedAlgebra):
            return self.product_along(along)

        def run(algebra: CertifiedAlgebra[Any]) -> NetworkHessianVectorProduct:
            return differentiated(given.run(algebra), **self.asked).product_along(along)

        numbers = numbers_of(given.numbers, self.seeds.numbers, self.asked)
        for number, one in enumerate(along):
            numbers |= {f"layers[{number}] {name}": a for name, a in one.numbers.items()}
        return certified_trace(numbers, run, algebra.digits, algebra.precision)

    def product_along(self, directions: Sequence[Direction]) -> NetworkHessianVectorProduct:
        """Return the product in the gradients' own algebra, for its values alone."""
        seeded = [tuple(layer.incoming) for layer in self.layers]
        return network_product(self.adjoints, seeded, self.by_outputs, self.asked, directions)


def network_gradients(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients of a loss by everything in a network; see `NetworkTrace.backward`."""
    algebra, given = trace.layers[0].algebra, trace.given
    if not isinstance(algebra, CertifiedAlgebra):
        return differentiated(trace, **seeds)

    def run(algebra: CertifiedAlgebra[Any]) -> NetworkGradients:
        return differentiated(given.run(algebra), **seeds)

    outside = _seeds(trace, of_run(trace, seeds))
    numbers = numbers_of(given.numbers, outside.numbers, seeds)
    return certified_trace(numbers, run, algebra.digits, algebra.precision)


def differentiated(trace: NetworkTrace, **seeds: Any) -> NetworkGradients:
    """Return the gradients as the trace's own algebra has them, for their values alone."""
    told = of_run(trace, seeds)
    return replace(_differentiated(trace, _seeds(trace, told), seeds), loss=told.get("loss"))


def _differentiated(
    trace: NetworkTrace, seeds: NetworkSeeds, asked: Mapping[str, Any]
) -> NetworkGradients:
    def parted(number: int, above: Array | None, *, last: bool) -> Sequence[Array | None]:
        level = trace.levels[number]
        if above is None:
            return [None] * len(level)
        return apart(level, above, trace.merge, last=last)

    def of_layer(number: int, part: Array | None, *, last: bool) -> Gradients:
        return _of_layer(trace.layers[number], part, seeds, number, last=last)

    levels, by_outputs = from_the_top(trace, seeds.outputs, parted, of_layer)
    told = trace.merge, by_outputs, trace.return_sequences
    return NetworkGradients(levels, trace.given, seeds, *told, asked=asked)


def _seeds(trace: NetworkTrace, given: Mapping[str, Any]) -> NetworkSeeds:
    """Return gradients by the results in the shapes of those, and by the values of layers."""
    loss, given = of_loss(given)
    values = _by_layer(trace, given.pop("seeds", {}))
    outputs = given.pop("grad_sequence", None)
    is_sum = outputs is None and loss is None and not given and not values
    if outputs is not None:
        outputs = _shaped(trace, "grad_sequence", outputs, trace.sequence_out.shape)
    if loss is not None:
        with trace.layers[0].algebra.context():
            sent = loss.seeds()
            outputs = sent if outputs is None else added(outputs, sent)
    states = _by_state(trace, given)
    if outputs is None and trace.head is not None:
        outputs = _of_outputs(trace, is_sum)
    elif outputs is None:
        for k, layer in list(enumerate(trace.layers))[-len(trace.levels[-1]) :]:
            argument = f"grad_state_{layer.cell.output.name}"
            states[k].setdefault(argument, rational_array(int(is_sum)))
    return NetworkSeeds(outputs, states, values)


def _of_outputs(trace: NetworkTrace, is_sum: bool) -> Array:
    """Return the gradient by the outputs of their sum at the last step, or zero."""
    gradient = filled(0, trace.sequence_out.shape)
    if is_sum:
        gradient[..., -1, :] = filled(1, gradient[..., -1, :].shape)
    return gradient


def _by_state(trace: NetworkTrace, given: Mapping[str, Any]) -> dict[int, dict[str, Array]]:
    """Return gradients by the last states of each layer, by the arguments that they are given as.

    They are by layer, also of a single one; a number is for every layer that has the state.
    """
    found: dict[int, dict[str, Array]] = {k: {} for k in range(len(trace.layers))}
    for argument, seed in given.items():
        result = argument.removeprefix("grad_")
        name = result.removeprefix("state_")
        having = [k for k, layer in enumerate(trace.layers) if name in layer.cell.states]
        alike = not having or are_alike([layer.cell for layer in trace.layers])
        wanted = np.shape(getattr(trace, result)) if alike else ()
        array = _shaped(trace, argument, seed, wanted)
        for number, k in enumerate(having):
            found[k][argument] = array[number, ...] if alike and len(having) > 1 else array
    return found


def _shaped(trace: NetworkTrace, name: str, seed: Any, wanted: tuple[int, ...]) -> Array:
    """Return a gradient by a result in its shape."""
    array = rational_array(seed, argument=name, read=read_in(trace.layers[0].algebra))
    if array.shape not in ((), wanted):
        shapes = f" or shape {wanted}" if wanted else ", or those of each layer with seeds"
        raise ShapeError(f"{name} has shape {array.shape}; give a number{shapes}", argument=name)
    return np.broadcast_to(array, wanted)


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
    """Return a layer's gradients; those by its outputs may be balls, from the level above."""
    from_above = {} if above is None else by_outputs_of(trace, above, last=last)
    outside = incoming(trace, from_above | dict(seeds.states[number]), read=computed)
    with trace.algebra.context():
        for name, values in seeds.values.get(number, {}).items():
            outside[name] = added(outside[name], values) if name in outside else values
    return backward(trace, outside)
