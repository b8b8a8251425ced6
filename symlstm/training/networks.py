"""Training of whole networks: every layer's weights go down the slope of one loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.gradients.network_gradients import NetworkGradients, differentiated
from symlstm.losses.loss import Loss
from symlstm.passes.differentiate import adjoint
from symlstm.runs.layer import Layer
from symlstm.runs.loss import RunLoss, loss_of
from symlstm.runs.network import Network
from symlstm.runs.targets import Goal
from symlstm.training.descent import Descending, numbers_in
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
class NetworkDescent(Descending):
    """That of a loss of a network's outputs, by a rule for each layer."""

    loss: Loss
    rules: tuple[Rule, ...]

    def start(self, algebra: Algebra[Any]) -> tuple[dict[str, Any], ...]:
        """Return what the optimizer keeps of each layer before the first update, by name."""
        return tuple(rule.start(algebra) for rule in self.rules)

    def update(
        self,
        trained: Network,
        batch: Batch,
        algebra: Algebra[Any],
        kept: tuple[Mapping[str, Any], ...],
    ) -> NetworkUpdate:
        """Return what a batch does, all of its sequences together."""
        trace = self.given(trained, batch).run(algebra)
        made = loss_of(trace, Goal(self.loss, self.of_batch(self.targets, batch)))
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
        after = _with_weights(trained, algebra, values)
        return NetworkUpdate(batch, self.rules, made, gradients, tuple(values), trained, after)


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
