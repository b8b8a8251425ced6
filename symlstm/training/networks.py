"""Training of whole networks: every layer's weights go down the slope of one loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Integer

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.equations.expression import Quantity
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.network_gradients import NetworkGradients, differentiated
from symlstm.losses.loss import Loss, Objective
from symlstm.losses.table import name_of
from symlstm.numbers.arrays import Array, exported
from symlstm.passes.differentiate import adjoint
from symlstm.runs.check import Check
from symlstm.runs.layer import Layer
from symlstm.runs.loss import RunLoss, loss_of
from symlstm.runs.network import Network
from symlstm.runs.targets import Goal
from symlstm.training.descent import Descending, numbers_in
from symlstm.training.rule import Rule, gradient_of
from symlstm.training.update import Batch, OfBatch, Step


@dataclass(frozen=True, eq=False, repr=False)
class NetworkUpdate(OfBatch):
    """One update of all weights of a network; ``of_loss`` is the run, and what it has come to."""

    steps: tuple[Step, ...]
    """The step that the weights of each layer take."""
    of_loss: RunLoss
    gradients: NetworkGradients
    before: Network
    after: Network

    @property
    def loss(self) -> Any:
        """The loss of the batch, which the update is to make smaller."""
        return self.of_loss.value

    @property
    def kept(self) -> tuple[dict[str, Any], ...]:
        """What the optimizer keeps of each layer for the next update, by name."""
        return tuple(step.kept for step in self.steps)

    @property
    def objective(self) -> Objective:
        """What is minimised, as equations of a time step."""
        return self.of_loss.objective

    @property
    def loss_name(self) -> str:
        """The name of the loss, for which languages have words."""
        return name_of(self.of_loss.goal.loss)

    def sequence(self, k: int) -> dict[Quantity, Array]:
        """Return the inputs and the targets of sequence ``k`` of the batch."""
        inputs, targets = self.gradients.given.numbers["inputs"][k], self.of_loss.compared.targets
        x, target = self.before.layers[0].cell.x, self.objective.target
        given = {x.at(step): exported(one[:, None]) for step, one in enumerate(inputs, start=1)}
        steps = self.of_loss.outputs[k]
        wanted = {target.at(Integer(t)): exported(targets[k, t - 1][:, None]) for t in steps}
        return {**given, **wanted}

    @property
    def histories(self) -> Iterator[History[Any]]:
        """Every value of the update."""
        yield from self.of_loss.histories
        yield from self.gradients.histories
        yield from ({self.number: dict(step.values)} for step in self.steps)

    def check(self) -> Check:
        """Compare the values and gradients of the batch with float64; see `Update.check`."""
        return self.gradients.near_check()


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
        layers = zip(self.rules, trained.layers, gradients.layers, kept, strict=True)
        steps = tuple(_step(*each, algebra) for each in layers)
        after = _with_layers(trained, iter([step.after for step in steps]))
        return NetworkUpdate(batch, steps, made, gradients, trained, after)


def _step(
    rule: Rule,
    layer: Layer,
    gradients: Gradients,
    kept: Mapping[str, Any],
    algebra: Algebra[Any],
) -> Step:
    """Return the step that a layer's weights take; the loss is the mean of a batch already."""
    adjoints = gradients.adjoints
    start = {**adjoints.constants, **kept, **rule.settings_in(algebra)}
    with algebra.context():
        for weight in rule.weights:
            parts = (history[1][adjoint(weight).name] for history in adjoints.histories)
            start[gradient_of(weight).name] = algebra.add(*parts)
    values = dict(start)
    # What one equation computes is a constant for the next one.
    evaluate(rule.equations(), algebra, values, {1: values}, [1])
    weights = {name: numbers_in(algebra, name, values[name]) for name in layer.weights}
    after = replace(layer, weights=weights, floats=algebra.name == "float", bias_parts=None)
    return Step(rule, algebra, (), start, values, before=layer, after=after)


def _with_layers(network: Network, layers: Iterator[Layer]) -> Network:
    """Return a network with other layers in the place of its own."""
    levels = [[next(layers) for _ in level] for level in network.levels]
    head = None if network.head is None else next(layers)
    return replace(network, levels=levels, head=head)
