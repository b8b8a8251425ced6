"""Where a chapter stands in a document about a network, and what stands there of a layer's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.runs.layer import Layer
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.trace import Trace
from symlstm.training.networks import NetworkUpdate
from symlstm.training.training import Training
from symlstm.training.update import Step
from symlstm.writers.document import Chapter, Walkthrough

OfRun: TypeAlias = Literal["network", "forward", "onward", "back", "backward", "inputs"]
OfTraining: TypeAlias = Literal["layer", "weights"]
Role: TypeAlias = OfRun | OfTraining
"""What a chapter tells: the whole, a layer's pass, or what flows from a level to the next one.

Of trainings, a layer as it begins, or its weights before and after.
"""
OF_LAYERS: Sequence[Role] = ("layer", "forward", "backward")


@dataclass(frozen=True)
class Place:
    """The place of a chapter: what it tells of a network, and of which layer or level.

    ``number`` is that of the layer, from 1, or of the level, from 0.
    """

    network: NetworkTrace
    gradients: NetworkGradients | None
    role: Role = "network"
    number: int = 0
    trainings: Sequence[Training] = ()
    """Those that are told there."""
    update: NetworkUpdate | None = None
    """The update of which this is a part."""
    whole: bool = True
    """Whether trainings are told, and not a single update."""

    @property
    def begins(self) -> bool:
        """Whether an update begins there."""
        return self.update is not None and self.role == "forward" and self.number == 1

    @property
    def start(self) -> Layer | None:
        """The layer that trainings begin with, where it is about theirs."""
        if not self.trainings:
            return None
        index = self.number - 1 if self.is_of_layer or self.role == "weights" else 0
        layer: Layer = self.trainings[0].updates[0].before.layers[index]
        return layer

    @property
    def step(self) -> Step | None:
        """The step that the weights of the layer take after its backward pass, if they do."""
        if self.update is None or self.role != "backward":
            return None
        step = self.update.steps[self.number - 1]
        return step if step.rule.cell.weights else None

    @property
    def is_of_layer(self) -> bool:
        """Whether the chapter is about a layer, and not about what is between them."""
        return self.role in OF_LAYERS

    @property
    def is_last(self) -> bool:
        """Whether nothing is above the level."""
        return self.number + 1 == len(self.network.levels)

    @property
    def is_scalar(self) -> bool:
        """Whether all that flows between the levels are single numbers."""
        return all(trace.cell.is_scalar for trace in self.network.layers)

    @property
    def is_on_top(self) -> bool:
        """Whether nothing is above the layer."""
        return self.number > len(self.network.layers) - len(self.network.levels[-1])

    def numbered(self, level: int) -> list[tuple[int, Trace[Any]]]:
        """Return the traces of a level, each with the number of its layer."""
        below = sum(map(len, self.network.levels[:level]))
        return list(enumerate(self.network.levels[level], start=below + 1))


def own_step(trace: Trace[Any], step: int) -> int:
    """Return which step of a layer has the input of a time step."""
    return len(trace) + 1 - step if is_backwards(trace) else step


def is_backwards(trace: Trace[Any]) -> bool:
    """Say whether a layer takes its inputs from the last to the first."""
    return trace.timeline is not None and trace.timeline.backwards


def placed(chapter: Chapter, place: Place) -> Chapter:
    """Return the chapter of a layer without what stands elsewhere in the document."""
    keep_states = chapter.stateful
    sequences = tuple(one if keep_states else replace(one, after=()) for one in chapter.sequences)
    chapter = replace(chapter, layer=place.number, sequences=sequences)
    if place.role == "layer":
        return replace(chapter, sequences=(), closed_forms=())
    if place.role == "forward":
        return chapter
    return replace(
        chapter,
        equations=(),
        activations=(),
        weights=(),
        closed_forms=(),
        explained=(),
        elided=False,
        sequences=tuple(map(_backward_alone, sequences)),
    )


def _backward_alone(sequence: Walkthrough) -> Walkthrough:
    return Walkthrough(sequence.number, (), (), (), backward=sequence.backward)
