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
from symlstm.writers.composer import Topic
from symlstm.writers.document import Chapter
from symlstm.writers.places import Place, Role, is_backwards
from symlstm.writers.remarks import Before


def chapters_of(topic: Topic, catalogue: Catalogue) -> Iterator[Topic]:
    """Yield the topics of the chapters about what a topic is: of a network, several.

    First is the whole; then each layer's forward pass, level by level, and what flows on from each
    level; then back, what flows to each level, and each layer's backward pass, the last one first.
    Raises `OutputError` for a state Jacobian, which a network has none of.
    """
    topic = _with_loss(topic)
    subject = topic.subject
    if not isinstance(subject, NetworkTrace | NetworkGradients):
        yield topic
        return
    if topic.state_jacobian is not None:
        message = "state_jacobian is of a single layer; leave it out of a network's document"
        raise OutputError(message, argument="state_jacobian")
    gradients = subject if isinstance(subject, NetworkGradients) else None
    network = subject.adjoints if isinstance(subject, NetworkGradients) else subject
    parts = _Parts(replace(topic, introduction=""), network, gradients, catalogue)
    yield replace(parts.between("network", 0), title=topic.title, introduction=topic.introduction)
    yield from parts.forward()
    if gradients is not None:
        yield from parts.backward(gradients)


def _with_loss(topic: Topic) -> Topic:
    """Return a topic about a loss, or its gradients, as one about the run, with that loss."""
    if isinstance(topic.subject, RunLoss):
        return replace(topic, subject=topic.subject.trace, loss=topic.subject)
    if isinstance(topic.subject, Gradients | NetworkGradients):
        return replace(topic, loss=topic.subject.loss)
    return topic


class _Parts:
    """Makes the topics about a network, in the words of a catalogue."""

    def __init__(
        self,
        topic: Topic,
        network: NetworkTrace,
        gradients: NetworkGradients | None,
        catalogue: Catalogue,
    ) -> None:
        self.topic, self.network, self.gradients = topic, network, gradients
        self.catalogue, self.top = catalogue, len(network.levels) - 1

    def between(self, role: Role, level: int, key: str = "") -> Topic:
        """Return the topic of what flows at a level."""
        place = Place(self.network, self.gradients, role, level)
        numbers = {"number": level + 1, "next": level + 2} if "level" in key else {}
        title = self.catalogue.words(key, **numbers) if key else ""
        return replace(self.topic, subject=self.network.layers[0], title=title, place=place)

    def forward(self) -> Iterator[Topic]:
        """Yield the topics of the way through the levels."""
        for level in range(self.top + 1):
            place = Place(self.network, self.gradients, "forward", level)
            for number, trace in place.numbered(level):
                key = "network.forward_from_the_end" if is_backwards(trace) else "network.forward"
                place = replace(place, number=number)
                yield self._of_layer(place, trace, key)
            key = "network.outputs_heading" if level == self.top else "network.onward_level"
            yield self.between("onward", level, key)

    def backward(self, gradients: NetworkGradients) -> Iterator[Topic]:
        """Yield the topics of the way back."""
        for level in range(self.top, -1, -1):
            key = "network.loss_heading" if level == self.top else "network.back_level"
            yield self.between("back", level, key)
            place = Place(self.network, gradients, "backward", level)
            for number, _ in reversed(place.numbered(level)):
                one = gradients.layers[number - 1]
                yield self._of_layer(replace(place, number=number), one, "network.backward")
        if len(self.network.levels[0]) > 1:
            yield self.between("inputs", 0, "network.inputs_heading")

    def _of_layer(self, place: Place, subject: Any, key: str) -> Topic:
        title = self.catalogue.words(key, number=place.number)
        return replace(self.topic, subject=subject, title=title, place=place)


def told_once(chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """Return the chapters; what one of an earlier layer has told is told there alone."""
    known: dict[str, Before] = {}
    return tuple(
        _referring(chapter, number, known) if chapter.layer else chapter
        for number, chapter in enumerate(chapters, start=1)
    )


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
