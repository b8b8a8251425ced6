"""Training of whole networks: every layer's weights go down the slope of one loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.algebras.exact import ExactAlgebra
from symlstm.gradients.network_gradients import NetworkGradients, differentiated
from symlstm.losses.loss import Loss
from symlstm.numbers.arrays import Array
from symlstm.passes.differentiate import adjoint
from symlstm.runs.layer import Layer
from symlstm.runs.loss import RunLoss, loss_of
from symlstm.runs.network import Network
from symlstm.runs.network_given import NetworkGiven
from symlstm.runs.targets import Goal
from symlstm.training.descent import numbers_in, validate_digits
from symlstm.training.rule import Rule, gradients_of
from symlstm.training.update import Batch, OfBatch

TOGETHER = (1,)
"""The gradients of a batch come as one: the loss is its mean already."""


@dataclass(frozen=True, eq=False, repr=False)
class NetworkUpdate(OfBatch):
    """One update of all weights of a network; ``of_loss`` is the run, and what it has come to."""

    rules: tuple[Rule, ...]
    of_loss: RunLoss
    gradients: NetworkGradients
    values: tuple[Mapping[str, Any], ...]
    """The values of each layer's equations of the update, by name."""
    before: Network
    after: Network

    @property
    def loss(self) -> Any:
        """The loss of the batch, which the update is to make smaller."""
        return self.of_loss.value

    @property
    def kept(self) -> tuple[dict[str, Any], ...]:
        """What the optimizer keeps of each layer for the next update, by name."""
        starts = (rule.start(self.of_loss.algebra) for rule in self.rules)
        pairs = zip(starts, self.values, strict=True)
        return tuple({name: values[name] for name in start} for start, values in pairs)

    @property
    def histories(self) -> Iterator[History[Any]]:
        """Every value of the update."""
        yield from self.of_loss.histories
        yield from self.gradients.histories
        yield from ({self.number: dict(values)} for values in self.values)


@dataclass(frozen=True)
class NetworkDescent:
    """The descent of a loss of a network's outputs, by a rule for each layer.

    Inputs are of shape (sequences, T, input_dim). Exact weights may have ``max_digits`` before
    another update.
    """

    loss: Loss
    rules: tuple[Rule, ...]
    inputs: Array
    targets: Array
    max_digits: int

    def updates(
        self, network: Network, batches: Iterable[Batch], algebra: Algebra[Any]
    ) -> Iterator[NetworkUpdate]:
        """Yield what one batch after the other does to ``network``."""
        kept = tuple(rule.start(algebra) for rule in self.rules)
        for batch in batches:
            if isinstance(algebra, ExactAlgebra):
                for layer in network.layers:
                    validate_digits(layer, batch.number - 1, self.max_digits)
            update = self._update(network, batch, algebra, kept)
            yield update
            network, kept = update.after, update.kept

    def given(self, network: Network, batch: Batch) -> NetworkGiven:
        """Return what the run of a batch is given: each sequence starts from states of zero."""
        return network.given(self._of(self.inputs, batch), None, None, None)

    def numbers(self, network: Network) -> dict[str, Array]:
        """Return all the numbers that updates rest on."""
        weights = {
            f"layers[{k}] {name}": array
            for k, layer in enumerate(network.layers)
            for name, array in layer.weights.items()
        }
        return {**weights, "inputs": self.inputs, "targets": self.targets}

    def _of(self, each: Array, batch: Batch) -> Array:
        return each[batch.sequences[0] - 1 : batch.sequences[-1]]

    def _update(
        self,
        network: Network,
        batch: Batch,
        algebra: Algebra[Any],
        kept: tuple[Mapping[str, Any], ...],
    ) -> NetworkUpdate:
        trace = self.given(network, batch).run(algebra)
        made = loss_of(trace, Goal(self.loss, self._of(self.targets, batch)))
        gradients = differentiated(trace, loss=made)
        values = []
        for rule, of_layer, before in zip(self.rules, gradients.layers, kept, strict=True):
            known = {**of_layer.adjoints.constants, **before, **rule.settings_in(algebra)}
            with algebra.context():
                for weight in rule.weights:
                    (own,) = gradients_of(weight, TOGETHER)
                    parts = (h[1][adjoint(weight).name] for h in of_layer.adjoints.histories)
                    known[own.name] = algebra.add(*parts)
            # What one equation computes is a constant for the next one.
            evaluate(rule.equations(TOGETHER), algebra, known, {1: known}, [1])
            values.append(known)
        after = _with_weights(network, algebra, values)
        return NetworkUpdate(batch, self.rules, made, gradients, tuple(values), network, after)


def _with_weights(
    network: Network, algebra: Algebra[Any], values: Iterable[Mapping[str, Any]]
) -> Network:
    """Return a network with the weights that updates of its layers have come to."""
    floats = algebra.name == "float"
    trained: dict[int, Layer] = {}
    for k, (layer, known) in enumerate(zip(network.layers, values, strict=True)):
        weights = {name: numbers_in(algebra, name, known[name]) for name in layer.weights}
        trained[k] = replace(layer, weights=weights, floats=floats, bias_parts=None)
    layers = iter(trained.values())
    levels = [[next(layers) for _ in level] for level in network.levels]
    head = None if network.head is None else next(layers)
    return replace(network, levels=levels, head=head)
