"""The code of a notebook about a network: what makes each of its chapters, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symlstm.gradients.gradients import Gradients
from symlstm.languages.catalogue import Catalogue
from symlstm.runs.trace import Trace
from symlstm.writers.coder import Coder, compares
from symlstm.writers.document import Chapter, Code
from symlstm.writers.held import beginning, definition, held, of_group, telling_of
from symlstm.writers.places import Place
from symlstm.writers.source import Source
from symlstm.writers.topic import Topic


def coded_part(chapter: Chapter, topic: Topic, place: Place, catalogue: Catalogue) -> Chapter:
    """Return a chapter with the code that makes it, where the topic says what was asked for."""
    if topic.source is None:
        return chapter
    if place.is_of_layer:
        assert isinstance(topic.subject, Trace | Gradients)
        chapter = Coder(topic.subject, catalogue, alone=False).chapter(chapter, topic)
    return replace(chapter, code=_code(chapter, topic, topic.source, place, catalogue))


def _code(
    chapter: Chapter, topic: Topic, source: Source, place: Place, catalogue: Catalogue
) -> Code:
    """Return the code of a chapter, which its place in the document makes."""
    telling, algebra = telling_of(place.network.algebra), place.network.algebra
    if place.role == "network":
        parts = filter(None, (beginning(source, algebra), source.cell, source.run))
        return Code(run="\n".join(["\n\n".join(parts), *definition(algebra, catalogue)]))
    if place.role == "forward":
        lines = [*_update(source, place), f"trace = network_trace.layers[{place.number - 1}]"]
        cell = f"cell = network.layers[{place.number - 1}].cell\ncell.equations"
        return replace(chapter.code, cell=cell, run="\n".join([*lines, "trace"]))
    if place.role == "backward":
        run = f"gradients = network_gradients.layers[{place.number - 1}]"
        ends = [*_step(place), *(_check(place) if place.number == 1 else ())]
        code = "\n".join([chapter.code.gradients, *ends])
        return Code(run=run, gradients=code)
    if place.role == "onward" and place.is_last:
        return _outputs(topic, place)
    if place.role == "inputs":
        values = [("network_gradients.inputs", place.gradients and place.gradients.inputs)]
        return Code(results="\n".join(held(values, telling)))
    return Code()


def _outputs(topic: Topic, place: Place) -> Code:
    """Return the code of the outputs of a network, and of their loss."""
    telling, network = telling_of(place.network.algebra), place.network
    known = [*held([("network_trace.sequence_out", network.sequence_out)], telling)]
    known += [] if place.gradients or not compares(network) else ["network_trace.check()"]
    if topic.loss is None:
        return Code(results="\n".join(known))
    name = "update.loss" if place.update else "loss.value"
    loss = [*held([(name, topic.loss.value)], telling), name]
    return Code(results="\n".join(known), loss="\n".join(loss))


def _check(place: Place) -> list[str]:
    """Return the comparison of all gradients with float64, which there is of numbers."""
    if place.update is not None:
        return ["update.check()"]
    return ["network_gradients.check()"] if compares(place.network) else []


def _update(source: Source, place: Place) -> Iterator[str]:
    """Yield the code of the update that begins there, and of the training that begins with it."""
    if not place.begins:
        return
    (training,), update = place.trainings, place.update
    if update is training.updates[0]:
        yield from source.fits
        telling = telling_of(place.network.algebra)
        yield from held([("training.losses", training.losses)], telling)
    yield f"update = training.updates[{training.updates.index(update)}]"
    yield "network_gradients = update.gradients"
    yield "network_trace = network_gradients.adjoints"


def _step(place: Place) -> Iterator[str]:
    """Yield what holds of the weights of a layer after its step."""
    if place.step is None:
        return
    after, owner = place.step.after, f"update.after.layers[{place.number - 1}]"
    groups = [(of_group(owner, group), after.stacked(group)) for group in after.cell.groups]
    yield from held(groups, telling_of(place.step.algebra))
