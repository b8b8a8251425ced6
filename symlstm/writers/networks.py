"""Networks: what is to be told of one, in a chapter for each of its layers and what is between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from symlstm.errors import OutputError
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.languages.catalogue import Catalogue
from symlstm.runs.loss import RunLoss
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.trace import Trace
from symlstm.training.networks import NetworkUpdate
from symlstm.training.training import Training
from symlstm.writers.document import Chapter
from symlstm.writers.places import Place, Role, is_backwards
from symlstm.writers.remarks import Before
from symlstm.writers.subjects import is_of_network, trainings_of
from symlstm.writers.topic import Topic, afford_topic


def chapters_of(topic: Topic, catalogue: Catalogue, kind: str = "page") -> Iterator[Topic]:
    """Yield the topics of the chapters about what a topic is: of a network, several.

    First is the whole; then each layer's forward pass, level by level, and what flows on from each
    level; then back, what flows to each level, and each layer's backward pass, the last one first.
    Of trainings of a network, these follow for each update, but in a summary; last come the weights
    before and after.
    Raises `OutputError` for a state Jacobian, which a network has none of.
    """
    topic = _with_loss(topic)
    subject = topic.subject
    if isinstance(subject, NetworkTrace | NetworkGradients):
        _validate(topic)
        yield from _of_run(topic, subject, catalogue)
    elif not isinstance(subject, Trace | Gradients) and is_of_network(trainings_of(subject)):
        _validate(topic)
        yield from _of_trainings(topic, catalogue, kind)
    else:
        yield topic


def _validate(topic: Topic) -> None:
    if topic.state_jacobian is not None:
        message = "state_jacobian is of a single layer; leave it out of a network's document"
        raise OutputError(message, argument="state_jacobian")


def _of_run(
    topic: Topic, subject: NetworkTrace | NetworkGradients, catalogue: Catalogue
) -> Iterator[Topic]:
    """Yield the topics about a run of a network, or its gradients."""
    gradients = subject if isinstance(subject, NetworkGradients) else None
    network = subject.adjoints if isinstance(subject, NetworkGradients) else subject
    parts = _Parts(replace(topic, introduction=""), Place(network, gradients), catalogue)
    yield replace(parts.between("network", 0), title=topic.title, introduction=topic.introduction)
    yield from parts.forward()
    if gradients is not None:
        yield from parts.backward()


def _of_trainings(topic: Topic, catalogue: Catalogue, kind: str) -> Iterator[Topic]:
    """Yield the topics about trainings of a network."""
    topic = topic.for_slides if kind == "slides" else topic
    trainings, whole = trainings_of(topic.subject), not isinstance(topic.subject, NetworkUpdate)
    updates = [update for training in trainings for update in training.updates]
    for of_layer in zip(*(update.gradients.adjoints.layers for update in updates), strict=True):
        afford_topic(topic, of_layer)
    gradients = updates[0].gradients
    place = Place(gradients.adjoints, gradients, trainings=trainings, whole=whole)
    told = replace(topic.cell_alone, introduction="", closed_form_size=0)
    parts = _Parts(told, place, catalogue)
    yield replace(parts.between("network", 0), title=topic.title, introduction=topic.introduction)
    for number, training in enumerate(trainings if kind != "summary" else ()):
        own = replace(told, source=told.source and told.source.of_fit(number))
        for update in training.updates:
            yield from _of_update(own, training, update, place, catalogue)
    if kind == "summary":
        yield from parts.each("layer")
    yield from parts.each("weights", "training.weights_of")


def _of_update(
    topic: Topic, training: Training, update: NetworkUpdate, place: Place, catalogue: Catalogue
) -> Iterator[Topic]:
    """Yield the topics about one update: its batch, and each part of the run of that."""
    before = catalogue.words("training.update", number=update.number)
    if len(place.trainings) > 1:
        numbers = {"number": update.number, "size": training.batch_size}
        before = catalogue.words("training.update_of", **numbers)
    gradients = update.gradients
    here = replace(
        place,
        network=gradients.adjoints,
        gradients=gradients,
        trainings=[training],
        update=update,
    )
    parts = _Parts(replace(topic, loss=gradients.loss), here, catalogue, before)
    yield from parts.forward()
    yield from parts.backward()


def _with_loss(topic: Topic) -> Topic:
    """Return a topic about a loss, or its gradients, as one about the run, with that loss."""
    if isinstance(topic.subject, RunLoss):
        return replace(topic, subject=topic.subject.trace, loss=topic.subject)
    if isinstance(topic.subject, Gradients | NetworkGradients):
        return replace(topic, loss=topic.subject.loss)
    return topic


class _Parts:
    """Makes the topics about a run of a network, in the words of a catalogue.

    Titles are those of what stands ``before``, if anything does.
    """

    def __init__(self, topic: Topic, place: Place, catalogue: Catalogue, before: str = "") -> None:
        self.topic, self.place, self.catalogue, self.before = topic, place, catalogue, before
        self.top = len(place.network.levels) - 1

    def between(self, role: Role, level: int, key: str = "") -> Topic:
        """Return the topic of what flows at a level."""
        place = replace(self.place, role=role, number=level)
        numbers = {"number": level + 1, "next": level + 2} if "level" in key else {}
        title = self._title(key, **numbers) if key else ""
        return replace(self.topic, subject=place.network.layers[0], title=title, place=place)

    def each(self, role: Role, key: str = "") -> Iterator[Topic]:
        """Yield a topic for each layer; of the weights of one that has none, there is none."""
        for number, trace in enumerate(self.place.network.layers, start=1):
            if role == "weights" and not trace.cell.weights:
                continue
            place = replace(self.place, role=role, number=number)
            yield self._of_layer(place, trace, key or _named(trace))

    def forward(self) -> Iterator[Topic]:
        """Yield the topics of the way through the levels."""
        for level in range(self.top + 1):
            for number, trace in self.place.numbered(level):
                place = replace(self.place, role="forward", number=number)
                yield self._of_layer(place, trace, _named(trace))
            key = "network.outputs_heading" if level == self.top else "network.onward_level"
            yield self.between("onward", level, key)

    def backward(self) -> Iterator[Topic]:
        """Yield the topics of the way back."""
        gradients = self.place.gradients
        assert gradients is not None
        for level in range(self.top, -1, -1):
            key = "network.loss_heading" if level == self.top else "network.back_level"
            yield self.between("back", level, key)
            for number, _ in reversed(self.place.numbered(level)):
                place = replace(self.place, role="backward", number=number)
                yield self._of_layer(place, gradients.layers[number - 1], "network.backward")
        if len(self.place.network.levels[0]) > 1:
            yield self.between("inputs", 0, "network.inputs_heading")

    def _of_layer(self, place: Place, subject: Any, key: str) -> Topic:
        title = self._title(key, number=place.number)
        return replace(self.topic, subject=subject, title=title, place=place)

    def _title(self, key: str, **numbers: object) -> str:
        title = self.catalogue.words(key, **numbers)
        parts = {"update": self.before, "title": title}
        return self.catalogue.words("training.part", **parts) if self.before else title


def _named(trace: Trace[Any]) -> str:
    """Return the key of what the chapter of a layer is called."""
    return "network.forward_from_the_end" if is_backwards(trace) else "network.forward"


def told_once(chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """Return the chapters; what one of an earlier layer has told is told there alone."""
    known: dict[str, Before] = {}
    losses: set[str] = set()
    return tuple(
        _referring(chapter, number, known) if chapter.layer else _with_new_loss(chapter, losses)
        for number, chapter in enumerate(chapters, start=1)
    )


def _with_new_loss(chapter: Chapter, known: set[str]) -> Chapter:
    """Return a chapter of a network without the equations of a loss that are ``known`` already."""
    loss = chapter.loss
    if loss is None or not chapter.flow:
        return chapter
    told = repr((loss.name, loss.objective))
    if told in known:
        return replace(chapter, loss=replace(loss, objective=(), functions=()))
    known.add(told)
    return chapter


def _referring(chapter: Chapter, number: int, known: dict[str, Before]) -> Chapter:
    """Return a chapter that refers to those ``known`` for what they have told of the same cell."""
    own, adjoint = Before(chapter.title, number), chapter.adjoint
    cell = repr((chapter.cell, chapter.equations, chapter.activations))
    back = repr((adjoint.equations, adjoint.sums, adjoint.derivatives)) if adjoint else ""
    before = known.setdefault(cell, own) if chapter.equations else own
    also = known.setdefault(back, own) if back else own
    return replace(
        chapter,
        cell_before=None if before is own else before,
        adjoint_before=None if also is own else also,
    )


def labelled(chapter: Chapter, name: str, number: int) -> Chapter:
    """Return a chapter with its label, and those of the chapters that it refers to."""
    cell, back = (
        before and replace(before, label=f"{name}-{before.number}")
        for before in (chapter.cell_before, chapter.adjoint_before)
    )
    return replace(chapter, label=f"{name}-{number}", cell_before=cell, adjoint_before=back)
