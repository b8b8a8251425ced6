"""Tell of the trainings of a network what is no part of a run: updates, and what weights become."""

from __future__ import annotations

from dataclasses import replace

from symlstm.cells.colours import symbol_colours
from symlstm.training.networks import NetworkUpdate
from symlstm.training.training import Training
from symlstm.writers.descent import DescentSection, when
from symlstm.writers.line import Lines
from symlstm.writers.places import Place
from symlstm.writers.remarks import Flow, Said
from symlstm.writers.taken import StepLines
from symlstm.writers.topic import Topic, worked
from symlstm.writers.typesetter import Typesetter


def weights_flow(typesetter: Typesetter, place: Place) -> Flow:
    """Return what trainings make of the weights of a layer."""
    section = DescentSection(typesetter, place.trainings, worked=False, whole=place.whole)
    return Flow((), section.weights(place.number - 1))


def update_flow(typesetter: Typesetter, topic: Topic, place: Place) -> Flow:
    """Return what is said of an update before its parts."""
    (training,), update = place.trainings, place.update
    assert update is not None
    begins = update is training.updates[0]
    rule = _rule(typesetter, topic, update) if begins else ()
    said = [when(training)] if begins and place.whole else []
    said += [_batch(update), *_epoch(training, update)]
    said += [Said("training.rule", {})] if rule else []
    return Flow(tuple(said), lines=(rule,) if rule else ())


def _batch(update: NetworkUpdate) -> Said:
    """Return what is said of the sequences of a batch."""
    first, last = update.sequences[0], update.sequences[-1]
    if first == last:
        return Said("training.batch_single", {"number": first})
    return Said("training.batch", {"first": first, "last": last})


def _epoch(training: Training, update: NetworkUpdate) -> list[Said]:
    """Return what is said of the epoch of an update, where there are several."""
    several = training.updates[-1].batch.epoch > 1
    return [Said("training.epoch", {"epoch": update.batch.epoch})] if several else []


def _rule(typesetter: Typesetter, topic: Topic, update: NetworkUpdate) -> Lines:
    """Return how a weight takes its step, of the first layer of which no lines say it."""
    for step in update.steps:
        cell = step.before.cell
        if not worked(topic, cell):
            own = replace(typesetter, colours=symbol_colours(cell), scalar=cell.is_scalar)
            return StepLines(own, step).rule
    return ()
