"""What a document can be about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from symlstm.errors import OutputError
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.numbers.exact import shown
from symlstm.runs.loss import RunLoss
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.trace import Trace
from symlstm.training.networks import NetworkUpdate
from symlstm.training.training import Training
from symlstm.training.update import OfBatch

Subject: TypeAlias = (
    Trace[Any]
    | Gradients
    | NetworkTrace
    | NetworkGradients
    | RunLoss
    | OfBatch
    | Training
    | Sequence[Training]
)
"""What a document can be about, in several chapters of a network.

Several trainings start from one layer and differ in batch size.
"""


def first_pass(subject: Subject) -> Trace[Any] | Gradients:
    """Return a trace or gradients; of trainings, the gradients of the first update."""
    if isinstance(subject, Trace | Gradients):
        return subject
    return trainings_of(subject)[0].updates[0].gradients


def traces_of(subject: Subject) -> list[Trace[Any]]:
    """Return all traces of a subject; of gradients and trainings, those of the adjoints."""
    if isinstance(subject, Trace | Gradients):
        return [subject.adjoints if isinstance(subject, Gradients) else subject]
    updates = [update for training in trainings_of(subject) for update in training.updates]
    return [trace for update in updates for trace in update.gradients.adjoints.layers]


def steps_of(traces: Sequence[Trace[Any]]) -> int:
    """Return how many time steps traces have, of all their sequences."""
    return sum(len(trace.histories) * len(trace) for trace in traces)


def trainings_of(subject: Any) -> list[Training]:
    """Return the trainings of a subject that is neither a trace nor gradients."""
    if isinstance(subject, OfBatch):
        return [Training(subject.batch.size, (subject,))]
    trainings = [subject] if isinstance(subject, Training) else subject
    listed = isinstance(trainings, list | tuple)
    if not (listed and trainings and all(isinstance(one, Training) for one in trainings)):
        raise OutputError(
            f"cannot write about {shown(subject)}; give a trace, a loss, gradients, or one or "
            "several trainings"
        )
    sizes = {training.batch_size for training in trainings}
    if len({_given(training) for training in trainings}) > 1 or len(sizes) < len(trainings):
        raise OutputError(
            "the trainings of one page differ in their batch size, and in nothing else; "
            "write others apart"
        )
    return list(trainings)


def is_of_network(trainings: Sequence[Training]) -> bool:
    """Say whether trainings are those of a network."""
    return isinstance(trainings[0].updates[0], NetworkUpdate)


def _given(training: Training) -> tuple[Any, ...]:
    """Return what trainings that differ in their batch size alone have in common."""
    first, last = training.updates[0], training.updates[-1]
    arrays = [array for step in first.steps for array in step.before.weights.values()]
    arrays += [
        entries
        for update in training.updates
        for k in range(len(update.sequences))
        for entries in update.sequence(k).values()
    ]
    numbers = tuple((array.shape, *array.flat) for array in arrays)
    return first.objective, tuple(step.rule for step in first.steps), last.batch.epoch, numbers
