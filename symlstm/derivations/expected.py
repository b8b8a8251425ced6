"""What a derivation file expects: the tables [expect], read beside what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from flint import fmpq

from symlstm.derivations.expectation import Expectation
from symlstm.derivations.tables import Tables
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.decimals import rounds_to
from symlstm.numbers.exact import Interval, rational
from symlstm.runs.layer import Layer
from symlstm.runs.loss import RunLoss
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.outputs import OUTPUTS
from symlstm.runs.trace import Trace
from symlstm.training.training import Training
from symlstm.writers.roundings import written

NESTED = {
    "gradients": "gradients are expected of [backward], and not of [training]; give that table",
    "weights": "weights are expected of [training]; give that table",
}

Subject: TypeAlias = Trace[Any] | Gradients | NetworkTrace | NetworkGradients | tuple[Training, ...]


def layers_of(subject: Subject) -> Sequence[Any]:
    """Return what there is of each layer: its trace, its gradients, or its trainings."""
    if isinstance(subject, tuple):
        return list(zip(*(training.layers for training in subject), strict=True))
    return subject.layers


@dataclass(frozen=True)
class Expected(Tables):
    """Reads what a file expects of what it asks for.

    An exact value has to be the number that is expected, and so has one that the run rounds: 0.79
    is another number than 0.7888. A certified one has to round to a decimal,
    with as many digits as are written of it, and to be proven equal to an integer or a fraction.
    ``label`` stands before the names of what is wrong.
    """

    label: str = field(default="", kw_only=True)

    def expect(self, subject: Subject, loss: RunLoss | None = None) -> Iterator[Expectation]:
        """Yield what the file expects of a trace, of gradients or of trainings, and of a loss.

        Raises `SpecError` for what these do not have, or have in another shape.
        """
        table = self.table("expect", optional=True)
        if "layers" in self.data and isinstance(subject, tuple):
            return self.unknown("expect", table, (), others={"weights": "layers.expect"})
        for name, known in (("gradients", Gradients | NetworkGradients), ("weights", tuple)):
            if name in table and not isinstance(subject, known):
                raise self.error("expect", NESTED[name])
        nested = {name: table.pop(name, {}) for name in ("gradients", "weights")}
        for name, value in nested.items():
            if not isinstance(value, dict):
                raise self.error("expect", f"{name} is {value!r}; make it a table")
        if "loss" in table:
            yield self._loss(table.pop("loss"), loss)
        if isinstance(subject, NetworkTrace | NetworkGradients):
            yield from self._of_network(subject, table, nested["gradients"])
            return
        if isinstance(subject, tuple):
            self.unknown("expect", table, ["weights"])
            yield from self._weights([one.layer for one in subject], nested["weights"])
            return
        yield from self._values(subject, table)
        if isinstance(subject, Gradients):
            yield from self._gradients(subject, nested["gradients"])

    def _values(
        self, subject: Trace[Any] | Gradients, table: Mapping[str, Any]
    ) -> Iterator[Expectation]:
        trace = subject.adjoints if isinstance(subject, Gradients) else subject
        if table:
            self._numeric(trace)
        results = [n for n in OUTPUTS if n.removeprefix("state_") in (*trace.names, OUTPUTS[0])]
        nested = ["gradients"] if isinstance(subject, Gradients) else []
        self.unknown("expect", table, [*results, *trace.names, *nested])
        for name, value in table.items():
            actual = getattr(trace, name) if name in OUTPUTS else trace[name]
            actual = actual if name == trace.cell.x.name else written(trace.algebra, actual)
            last = name.startswith("state_")
            axis = None if last else int(trace.layout == "batch")
            step = len(trace) if last else None
            yield self._expectation("expect", name, value, actual, over_time=axis, step=step)

    def _of_network(
        self,
        subject: NetworkTrace | NetworkGradients,
        table: Mapping[str, Any],
        gradients: Mapping[str, Any],
    ) -> Iterator[Expectation]:
        """Yield what is expected of all layers together: outputs, states, gradients by inputs."""
        trace = subject.adjoints if isinstance(subject, NetworkGradients) else subject
        states = trace.layers[0].cell.states
        results = [name for name in OUTPUTS if name.removeprefix("state_") in (*states, OUTPUTS[0])]
        nested = ["gradients"] if isinstance(subject, NetworkGradients) else []
        hints = dict.fromkeys(trace.layers[0].names, "of a layer, in [layers.expect]")
        self.unknown("expect", table, [*results, *nested], others=hints)
        axis = trace.layers[0].time_axis
        for name, value in table.items():
            actual = written(trace.algebra, getattr(trace, name))
            over_time = None if name.startswith("state_") else np.ndim(actual) - 2
            step = len(trace) if over_time is None else None
            yield self._expectation("expect", name, value, actual, over_time=over_time, step=step)
        if isinstance(subject, NetworkGradients):
            self.unknown("expect.gradients", gradients, ["x"])
            for value in gradients.values():
                actual = written(trace.algebra, subject.inputs)
                label = "gradient by x"
                yield self._expectation("expect.gradients", label, value, actual, over_time=axis)

    def _gradients(self, gradients: Gradients, table: Mapping[str, Any]) -> Iterator[Expectation]:
        cell, trace = gradients.cell, gradients.adjoints
        groups, weights = list(cell.groups), list(cell.weights)
        if table:
            self._numeric(trace)
        self.unknown("expect.gradients", table, [*groups, *weights, *trace.names])
        for name, value in table.items():
            actual = gradients.stacked(name) if name in groups else gradients[name]
            actual = written(trace.algebra, actual)
            axis = None if name in (*groups, *weights) else int(trace.layout == "batch")
            label = f"gradient by {name}"
            yield self._expectation("expect.gradients", label, value, actual, over_time=axis)

    def _weights(self, layers: Sequence[Layer], table: Mapping[str, Any]) -> Iterator[Expectation]:
        groups, weights = list(layers[0].cell.groups), list(layers[0].cell.weights)
        self.unknown("expect.weights", table, [*groups, *weights])
        for name, value in table.items():
            each = [one.stacked(name) if name in groups else one[name] for one in layers]
            actual = np.stack(each) if len(each) > 1 else each[0]
            yield self._expectation("expect.weights", f"{name} after training", value, actual)

    def _loss(self, value: Any, loss: RunLoss | None) -> Expectation:
        if loss is None:
            raise self.error("expect", "loss is expected of [loss]; give that table")
        actual = written(loss.algebra, np.array([[loss.value]], dtype=object))[0, 0]
        return self._expectation("expect", "loss", value, actual)

    def _numeric(self, trace: Trace[Any]) -> None:
        if trace.given is None:
            raise self.error("expect", "needs numbers to compare with; give [weights]")

    def _expectation(
        self, table: str, name: str, value: Any, actual: Any, **options: Any
    ) -> Expectation:
        ball = self.data["run"].get("algebra") == "ball"
        read = to_the_last_digit if ball else rational
        expected = self.attempt(table, lambda: rational_array(value, argument=name, read=read))
        shape = np.shape(actual)
        if expected.shape not in ((), shape):
            raise self.error(
                table,
                f"{name} has shape {expected.shape}, and the run gives {shape}; give that, or a "
                "number that fills it",
            )
        expected = np.broadcast_to(expected, shape)
        name = f"{self.label}{name}"
        return Expectation(name, expected, actual, **options)


def to_the_last_digit(value: Any, *, argument: str) -> fmpq | Interval:
    """Return a number that is expected of a ball: a decimal as all that rounds to it."""
    exact = rational(value, argument=argument)
    text = str(value) if isinstance(value, str | Decimal) else ""
    return rounds_to(text) or exact
