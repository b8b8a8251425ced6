"""Draw the figures of a chapter, and put them where they belong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from symlstm.figures.backward import backward_pictures
from symlstm.figures.carousel import carousel_picture
from symlstm.figures.pictures import (
    cell_picture,
    reset_picture,
    step_pictures,
    steps_picture,
)
from symlstm.figures.scene import Scene
from symlstm.figures.svg import svg
from symlstm.figures.tikz import Order, in_document, size
from symlstm.gradients.gradients import Gradients
from symlstm.languages.catalogue import Catalogue
from symlstm.notation.palette import Colour
from symlstm.numbers.asked import NO_BLANKS, Places
from symlstm.runs.trace import Trace
from symlstm.writers.document import BackwardPass, Chapter, TimeStep, Walkthrough
from symlstm.writers.formats import Format
from symlstm.writers.illustrated import figures_of
from symlstm.writers.picture import Picture
from symlstm.writers.remarks import Mistake
from symlstm.writers.screens import arranged
from symlstm.writers.subjects import first_pass
from symlstm.writers.topic import Topic

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis

Draw: TypeAlias = Callable[[Scene], tuple[str, tuple[Colour, ...]]]

DRAWINGS: Mapping[str, Draw] = {"tikz": in_document, "svg": lambda scene: (svg(scene), ())}
"""How a scene is written, with the colours that it leaves to the document to define."""

FEW_STEPS = 3
"""Up to so many time steps of one unit, a summary shows them with their numbers."""


def illustrated(chapter: Chapter, topic: Topic, chosen: Format, number: int) -> Chapter:
    """Return chapter ``number`` of a document, from 1, with the figures that its topic asks for.

    They are drawn, and told of, as the format that was ``chosen`` has it.

    A summary has one at most: of its steps, if they are few, or else of the cell.

    Raises `TooLargeError` for more than can be drawn.
    """
    if topic.place is not None and not topic.place.is_of_layer:
        return chapter
    subject = first_pass(topic.subject)
    trace = subject.adjoints if isinstance(subject, Gradients) else subject
    prefix = f"chapter-{number}-" if number > 1 else ""
    wanted = figures_of(topic.figures, trace)
    draw, words = DRAWINGS[chosen.drawing], chosen.catalogue
    captions = chosen.drawing != "tikz"  # on paper, figures stand below a heading
    blanks = topic.asking.blank if topic.asking else NO_BLANKS
    grows = chosen.kind == "slides"
    told = subject, trace, captions, blanks, grows, topic.diagnosis
    illustrator = _Illustrator(draw, words, prefix, wanted, *told)
    if chosen.kind == "summary":
        return illustrator.overview(chapter)
    return illustrator.chapter(chapter, topic.state_jacobian)


@dataclass(frozen=True)
class _Illustrator:
    draw: Draw
    catalogue: Catalogue
    prefix: str
    wanted: frozenset[str]
    subject: Trace[Any] | Gradients
    trace: Trace[Any]
    captions: bool
    blanks: Places
    grows: bool
    diagnosis: Diagnosis | None = None

    def overview(self, chapter: Chapter) -> Chapter:
        few = len(self.trace) <= FEW_STEPS and self.trace.cell.units == 1
        if "steps" in self.wanted and few and chapter.numeric and len(chapter.sequences) == 1:
            scene = steps_picture(self.trace, 0, self.catalogue)
            return replace(chapter, figure=self._picture("overview", scene.title, scene))
        return replace(chapter, figure=self._cell(chapter))

    def _cell(self, chapter: Chapter) -> Picture | None:
        if "cell" not in self.wanted or not chapter.equations or chapter.cell_before:
            return None
        words = self.catalogue.words("figure.cell", cell=chapter.cell)
        return self._picture("cell", words, cell_picture(self.trace.cell, self.catalogue))

    def chapter(self, chapter: Chapter, state: str | None) -> Chapter:
        carries = chapter.carries
        if state is not None and "carousel" in self.wanted:
            jacobian = self.trace.state_jacobian(state)
            scenes = [carousel_picture(jacobian, k, self.catalogue) for k in range(len(carries))]
            carries = tuple(
                replace(one, figure=self._picture("carousel", scene.title, scene, k))
                for k, (one, scene) in enumerate(zip(carries, scenes, strict=True))
            )
        sequences = tuple(
            self._sequence(sequence, k, resets=chapter.stateful or k == 0)
            for k, sequence in enumerate(chapter.sequences)
        )
        chapter = replace(chapter, figure=self._cell(chapter), mistake=self._mistake(chapter))
        return replace(chapter, carries=carries, sequences=sequences)

    def _mistake(self, chapter: Chapter) -> Mistake | None:
        """Return the section on a mistake of equations, with both cells drawn."""
        mistake = chapter.mistake
        if mistake is None or not mistake.wrong or "cell" not in self.wanted:
            return mistake
        assert self.diagnosis is not None
        wrong = self.diagnosis.wrong_cell
        assert wrong is not None
        cells = {"figure.right": self.trace.cell, "figure.wrong": wrong}
        right, other = (
            self._picture(
                key.replace("figure.", "mistake-"),
                words := self.catalogue.words(key, cell=chapter.cell),
                cell_picture(cell, self.catalogue, words),
            )
            for key, cell in cells.items()
        )
        return replace(mistake, figure=other, figure_right=right)

    def _sequence(self, sequence: Walkthrough, k: int, *, resets: bool) -> Walkthrough:
        reset, steps, backward = None, sequence.steps, sequence.backward
        if "reset" in self.wanted and sequence.after and resets and not self.blanks:
            scene = reset_picture(self.trace, k, **self._told)
            words = self.catalogue.words("figure.reset", words=scene.title)
            reset = self._picture("reset", words, scene, k)
        if "steps" in self.wanted and steps:
            scenes = step_pictures(self.trace, k, **self._steps_told)
            steps = self._steps(steps, "step", "figure.step", scenes, k)
        if "backward" in self.wanted and backward is not None and backward.steps:
            backward = self._backward(backward, k)
        return replace(sequence, reset=reset, steps=steps, backward=backward)

    def _backward(self, backward: BackwardPass, k: int) -> BackwardPass:
        assert isinstance(self.subject, Gradients)
        scenes = backward_pictures(self.subject, k, **self._steps_told)
        steps = self._steps(backward.steps, "backward", "figure.backward", scenes, k)
        return replace(backward, steps=steps)

    @property
    def _told(self) -> dict[str, Any]:
        """How pictures are told: in which language, and whether with captions."""
        return {"captions": self.captions, "catalogue": self.catalogue}

    @property
    def _steps_told(self) -> dict[str, Any]:
        """How pictures of time steps are told: without what a sheet leaves out."""
        return {**self._told, "blanks": self.blanks}

    def _steps(
        self, steps: tuple[TimeStep, ...], name: str, key: str, scenes: list[Scene], k: int
    ) -> tuple[TimeStep, ...]:
        digits = len(str(len(scenes)))
        told = arranged(steps, size(scenes[0])) if self.grows else None
        return tuple(
            replace(
                step,
                figure=self._picture(
                    f"{name}-{step.t:0{digits}}",
                    self.catalogue.words(key, t=step.t),
                    scenes[step.t - 1],
                    k,
                    told.order(step) if told else None,
                ),
            )
            for step in steps
        )

    def _picture(
        self,
        name: str,
        words: str,
        scene: Scene,
        k: int | None = None,
        order: Order | None = None,
    ) -> Picture:
        """Return a figure; with an ``order``, one that grows on slides."""
        if k is not None and len(self.trace.histories) > 1:
            name = f"sequence-{k + 1}-{name}"
            words = self.catalogue.words("figure.sequence", number=k + 1, words=words)
        drawn = in_document(scene, order) if order else self.draw(scene)
        return Picture(f"{self.prefix}{name}", words, *drawn, size=size(scene))
