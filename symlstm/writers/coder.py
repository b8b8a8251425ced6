"""The code of a notebook: what makes each step of a chapter, and holds its values to the page's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.gradients.gradients import Gradients
from symlstm.languages.catalogue import Catalogue
from symlstm.passes.differentiate import adjoint
from symlstm.runs.certify import intervals
from symlstm.runs.trace import Trace
from symlstm.training.training import Training
from symlstm.writers.document import (
    BackwardPass,
    Carry,
    Chapter,
    Code,
    Descent,
    TimeStep,
    TrainingRun,
    UpdateStep,
    Walkthrough,
)
from symlstm.writers.held import (
    Named,
    Telling,
    beginning,
    definition,
    held,
    of_group,
    telling_of,
)
from symlstm.writers.picture import Picture
from symlstm.writers.subjects import trainings_of
from symlstm.writers.topic import Topic


def coded(chapter: Chapter, topic: Topic, catalogue: Catalogue) -> Chapter:
    """Return a chapter with the code that makes it, where the topic says what was asked for.

    What the code says in words is in the language of the catalogue.
    """
    if topic.source is None:
        return chapter
    subject = topic.subject
    if isinstance(subject, Trace | Gradients):
        return Coder(subject, catalogue).chapter(chapter, topic)
    several = trainings_of(subject)
    descent = chapter.descent
    assert descent is not None
    return replace(
        chapter,
        code=_code(topic, chapter, several[0].updates[0].gradients.adjoints, catalogue),
        figure=_drawn(chapter.figure, "figure(cell)"),
        descent=_descent(descent, several, topic.source.fits),
    )


def _descent(descent: Descent, several: list[Training], fits: tuple[str, ...]) -> Descent:
    runs = zip(descent.runs, several, fits, strict=True)
    return replace(descent, runs=tuple(_fitted(*each) for each in runs))


def _fitted(run: TrainingRun, training: Training, fit: str) -> TrainingRun:
    telling = telling_of(training.updates[0].algebra)
    losses = held([("training.losses", training.losses)], telling)
    updates = tuple(_updated(step, training) for step in run.updates)
    return replace(run, code="\n".join([fit, *losses, "training.losses"]), updates=updates)


def _updated(step: UpdateStep, training: Training) -> UpdateStep:
    update = training.updates[step.number - 1]
    after = [(of_group("update.after", one), update.after.stacked(one)) for one in _groups(update)]
    known = held(after, telling_of(update.algebra))
    lines = [f"update = training.updates[{step.number - 1}]", *known, "update"]
    return replace(step, code="\n".join(lines))


def compares(run: Any) -> bool:
    """Say whether there are numbers to compare with float64: not symbols, or intervals alone."""
    if run.given is None or isinstance(run.algebra, DecimalAlgebra):
        return False
    return not any(intervals(run.given.numbers))


def _groups(update: Any) -> Iterable[str]:
    return update.after.cell.groups


@dataclass(frozen=True)
class Coder:
    """Writes the code of a trace or of gradients, which are compared with float64 if ``alone``."""

    subject: Trace[Any] | Gradients
    catalogue: Catalogue
    alone: bool = True

    @property
    def trace(self) -> Trace[Any]:
        """The trace, or that of the adjoints."""
        return self.subject.adjoints if isinstance(self.subject, Gradients) else self.subject

    def chapter(self, chapter: Chapter, topic: Topic) -> Chapter:
        """Return a chapter with its code."""
        code = _code(topic, chapter, self.trace, self.catalogue)
        return replace(
            chapter,
            code=replace(
                code,
                results=self._results(chapter),
                loss=self._loss(topic),
                gradients=self._gradients(),
            ),
            figure=_drawn(chapter.figure, "figure(cell)"),
            sequences=tuple(self._sequence(one, k) for k, one in enumerate(chapter.sequences)),
            carries=tuple(self._carry(one, topic, k) for k, one in enumerate(chapter.carries)),
        )

    def _sequence(self, sequence: Walkthrough, k: int) -> Walkthrough:
        reset = f"figure(trace, what='reset'{self._which(k)})"
        return replace(
            sequence,
            steps=tuple(self._step(step, k) for step in sequence.steps),
            reset=_drawn(sequence.reset, reset),
            backward=self._backward(sequence.backward, k),
        )

    def _step(self, step: TimeStep, k: int) -> TimeStep:
        names = [equation.lhs.name for equation in self.trace.cell.equations]
        values = ((f"step.{n}", self.trace.value(n, step.t)) for n in self._all_have(names, step))
        drawn = f"figure(trace, step={step.t}{self._which(k)})"
        return self._shown(step, f"step = trace[{step.t}]", "step", values, drawn, k)

    def _backward(self, backward: BackwardPass | None, k: int) -> BackwardPass | None:
        if backward is None:
            return None
        return replace(backward, steps=tuple(self._back(step, k) for step in backward.steps))

    def _back(self, step: TimeStep, k: int) -> TimeStep:
        assert isinstance(self.subject, Gradients)
        kept = {adjoint(q).name: name for name, q in self.subject.differentiated.items()}
        names = [kept[bar] for bar in self._all_have(kept, step)]
        values = ((f"back.{name}", self.subject.value(name, step.t)) for name in names)
        drawn = f"figure(gradients, what='backward', step={step.t}{self._which(k)})"
        return self._shown(step, f"back = gradients[{step.t}]", "back", values, drawn, k)

    def _all_have(self, names: Iterable[str], step: TimeStep) -> list[str]:
        """Return those of names that every sequence has at a step; a masked one has few."""
        return [n for n in names if all(n in history[step.t] for history in self.trace.histories)]

    def _shown(
        self, step: TimeStep, first: str, last: str, values: Named, drawn: str, k: int
    ) -> TimeStep:
        figure = _drawn(step.figure, drawn)
        if self.trace.given is None:
            return replace(step, figure=figure)
        lines = [first, *self._held_in(values, k), last]
        return replace(step, figure=figure, code="\n".join(lines))

    def _held_in(self, values: Named, k: int) -> Iterator[str]:
        """Yield what holds of values in sequence ``k``."""
        if self.trace.layout != "batch":
            return held(values, self._telling)
        return held(((f"{code}[{k}]", value[k]) for code, value in values), self._telling)

    def _results(self, chapter: Chapter) -> str:
        last, trace = len(self.trace), self.trace
        if trace.given is None:
            output = trace.cell.output.name
            shown = range(1, len(chapter.closed_forms) + 1)
            return ", ".join(f"trace[{step}].{output}" for step in shown)
        values = [(f"trace[{last}].{name}", trace.value(name, last)) for name in trace.cell.states]
        return "\n".join([*held(values, self._telling), *self._check("trace")])

    def _loss(self, topic: Topic) -> str:
        if topic.loss is None:
            return ""
        known = held([("loss.value", topic.loss.value)], self._telling)
        return "\n".join([*known, *self._check("loss")])

    def _gradients(self) -> str:
        if not isinstance(self.subject, Gradients):
            return ""
        if self.trace.given is None:
            return "cell.adjoint_equations"
        groups = self.subject.cell.groups
        values = [(of_group("gradients", group), self.subject.stacked(group)) for group in groups]
        return "\n".join([*held(values, self._telling), *self._check("gradients")])

    def _check(self, name: str) -> list[str]:
        """Return the comparison with float64, which there is of numbers."""
        return [f"{name}.check()"] if self.alone and compares(self.trace) else []

    def _carry(self, carry: Carry, topic: Topic, k: int) -> Carry:
        state = topic.state_jacobian
        figure = f"figure(trace, what='carousel', state={state!r}{self._which(k)})"
        lines = [f"jacobian = trace.state_jacobian({state!r})"]
        if self.trace.given is not None:
            jacobian = self.trace.state_jacobian(str(state))
            values = [
                ("jacobian.alone()", jacobian.alone()),
                ("jacobian.total()", jacobian.total()),
            ]
            lines += self._held_in(values, k)
        code = "\n".join([*lines, "jacobian.total()"])
        return replace(carry, figure=_drawn(carry.figure, figure), code=code)

    def _which(self, k: int) -> str:
        return f", sequence={k}" if k else ""

    @property
    def _telling(self) -> Telling:
        return telling_of(self.trace.algebra)


def _code(topic: Topic, chapter: Chapter, trace: Trace[Any], catalogue: Catalogue) -> Code:
    """Return the code of a chapter's beginning, and how its numbers are told."""
    source = topic.source
    assert source is not None
    lines = [source.run, *(definition(trace.algebra, catalogue) if chapter.numeric else [])]
    cell = f"{beginning(source, trace.algebra)}\n\n{source.cell}\ncell.equations"
    return Code(cell=cell, run="\n".join(lines))


def _drawn(picture: Picture | None, code: str) -> Picture | None:
    return None if picture is None else replace(picture, code=code)
