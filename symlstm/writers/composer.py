"""Compose the chapters of a document: what was done with a cell, told in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.cells.cell import Cell
from symlstm.cells.colours import symbol_colours
from symlstm.equations.activations import in_table_order, x
from symlstm.equations.numerals import LARGEST_MATRIX
from symlstm.errors import NotExactError, OutputError
from symlstm.gradients.gradients import Gradients
from symlstm.numbers.arrays import Array
from symlstm.passes.differentiate import seed
from symlstm.runs.runnable import USUAL_DIGITS
from symlstm.runs.trace import Trace
from symlstm.training.training import Training
from symlstm.training.update import Update
from symlstm.writers.adjoint import adjoint_section
from symlstm.writers.backward import Backward
from symlstm.writers.carry import CarrySection
from symlstm.writers.certificates import certified, certified_together, from_floats
from symlstm.writers.descent import DescentSection
from symlstm.writers.document import Carry, Chapter, Walkthrough
from symlstm.writers.explained import computes, said_of
from symlstm.writers.flowing import Flowing
from symlstm.writers.forward import Forward, functions, vector_functions
from symlstm.writers.losses import LossSection
from symlstm.writers.mistaken import MistakeSection
from symlstm.writers.places import Place, placed
from symlstm.writers.remarks import Loss
from symlstm.writers.rounded import rounded, rounded_network
from symlstm.writers.roundings import GIVEN_DIGITS
from symlstm.writers.stepwise import Stepwise
from symlstm.writers.subjects import traces_of, trainings_of
from symlstm.writers.taken import StepLines
from symlstm.writers.topic import DIGITS, Topic, afford_topic, worked
from symlstm.writers.trained import update_flow, weights_flow
from symlstm.writers.typesetter import Typesetter


@dataclass(frozen=True)
class Composer:
    """Composes chapters; raises `NotExactError` for values that are not proven."""

    typesetter: Typesetter

    def chapter(self, topic: Topic) -> Chapter:
        """Return the chapter about a topic."""
        subject, place = topic.subject, topic.place
        afford_topic(topic, traces_of(subject))
        if place is not None and place.role == "weights":
            own = self._printing(place.network.layers[place.number - 1], topic).typesetter
            return Chapter(title=topic.title, flow=weights_flow(own, place))
        if place is not None and not place.is_of_layer:
            return self._printing(place.network.layers[0], topic)._between(topic, place)
        if isinstance(subject, Trace):
            composer = self._printing(subject, topic)
            chapter = composer._of_trace(topic, composer._forward(topic, subject))
            return placed(chapter, place) if place else chapter
        if isinstance(subject, Gradients):
            chapter = self._printing(subject.adjoints, topic)._of_gradients(topic, subject)
            return placed(chapter, place) if place else chapter
        trainings = trainings_of(subject)
        first = trainings[0].updates[0].gradients.adjoints
        return self._printing(first, topic)._of_trainings(topic, trainings)

    def _printing(self, trace: Trace[Any], topic: Topic) -> Composer:
        """Return a composer for a trace: for digits that it certifies, and for its gates."""
        given = (topic.place and topic.place.start) or trace.given
        digits = topic.digits or (DIGITS if given and from_floats(given.weights) else None)
        if isinstance(trace.algebra, DecimalAlgebra):
            digits = GIVEN_DIGITS
        elif isinstance(trace.algebra, CertifiedAlgebra):
            certain = trace.algebra.digits
            digits = min(topic.digits or (DIGITS if certain == USUAL_DIGITS else certain), certain)
        colours = symbol_colours(trace.cell)
        scalar = trace.cell.is_scalar
        return Composer(replace(self.typesetter, digits=digits, colours=colours, scalar=scalar))

    def _forward(
        self, topic: Topic, trace: Trace[Any], seeds: Mapping[str, Array] | None = None
    ) -> Forward:
        lines = worked(topic, trace.cell)
        return Forward(self.typesetter, trace, lines, seeds or {}, topic.asking)

    def _of_trace(self, topic: Topic, forward: Forward) -> Chapter:
        trace = forward.trace
        sequences = range(len(trace.histories))
        carries: tuple[Carry, ...] = ()
        if topic.state_jacobian is not None and not topic.leaves_out:
            jacobian = trace.state_jacobian(topic.state_jacobian)
            carries = tuple(CarrySection(forward, jacobian, k).tell() for k in sequences)
        return replace(
            self._cell(topic, trace),
            stateful=trace.given is not None and trace.given.stateful,
            backwards=trace.timeline is not None and trace.timeline.backwards,
            masked=not trace.is_whole,
            sequences=tuple(_walk(topic, forward, k) for k in sequences),
            closed_forms=()
            if topic.leaves_out or not trace.is_whole
            else tuple(forward.closed_forms(topic.closed_form_size)),
            carries=carries,
            loss=None if topic.place else self._loss(topic, trace.cell),
            flow=update_flow(self.typesetter, topic, topic.place)
            if topic.place and topic.place.begins
            else None,
            mistake=None
            if topic.diagnosis is None or topic.leaves_out
            else MistakeSection(self.typesetter, trace, topic.diagnosis).tell(),
        )

    def _of_gradients(self, topic: Topic, gradients: Gradients) -> Chapter:
        running_sums = topic.running_sums and not topic.leaves_out
        if running_sums:
            gradients = gradients.with_running_sums()
        seeds = {
            seed(gradients.cell.computed[name]).name: gradients.gathered(name)
            for name in gradients.incoming
            if topic.place is None or topic.place.is_on_top  # else they were computed, as any value
        }
        forward = self._forward(topic, gradients.adjoints, seeds)
        chapter = self._of_trace(topic, forward)
        backward = Backward(forward, gradients, running_sums)
        step = topic.place.step if topic.place else None
        return replace(
            chapter,
            adjoint=adjoint_section(self.typesetter, gradients),
            sequences=tuple(
                replace(sequence, backward=backward.tell(k))
                for k, sequence in enumerate(chapter.sequences)
            ),
            gradients=tuple(backward.sums()),
            step=StepLines(self.typesetter, step).tell(worked=forward.worked) if step else None,
        )

    def _loss(self, topic: Topic, cell: Cell) -> Loss | None:
        """Return what is said of the loss, if there is one."""
        if topic.loss is None:
            return None
        place = topic.place
        return LossSection(
            self.typesetter,
            topic.loss,
            worked=worked(topic, cell),
            sends=isinstance(topic.subject, Gradients) or bool(place and place.gradients),
            sheet=topic.leaves_out,
            of_network=place is not None,
        ).tell()

    def _between(self, topic: Topic, place: Place) -> Chapter:
        """Return a chapter about a network, or about what flows between two of its levels."""
        typesetter, network = self.typesetter, place.network
        typesetter = replace(typesetter, colours={}, scalar=place.is_scalar)
        _validate_proven(network.algebra)
        whole, ends = place.role == "network", place.role == "onward" and place.is_last
        told = rounded_network(typesetter, network) if whole or ends else None
        return Chapter(
            title=topic.title,
            introduction=topic.introduction,
            flow=Flowing(typesetter, place).tell(),
            loss=replace(self, typesetter=typesetter)._loss(topic, network.layers[-1].cell)
            if ends
            else None,
            certified=certified_together(network.layers, typesetter.digits) if whole else None,
            rounded=replace(told, results=(), apart=[]) if told and whole else told,
            descent=self._descent(topic, place.trainings).given()
            if whole and place.trainings
            else None,
        )

    def _of_trainings(self, topic: Topic, trainings: Sequence[Training]) -> Chapter:
        gradients = trainings[0].updates[0].gradients
        if topic.state_jacobian is not None:
            raise OutputError("state_jacobian is for a trace or gradients, not for trainings")
        section = self._descent(topic, trainings)
        return replace(
            self._cell(topic, gradients.adjoints),
            adjoint=adjoint_section(self.typesetter, gradients),
            loss=section.loss(),
            descent=section.tell(),
        )

    def _descent(self, topic: Topic, trainings: Sequence[Training]) -> DescentSection:
        return DescentSection(
            self.typesetter,
            trainings,
            worked=worked(topic, trainings[0].updates[0].before.layers[0].cell),
            whole=not isinstance(topic.subject, Update),
        )

    def _cell(self, topic: Topic, trace: Trace[Any]) -> Chapter:
        """Return the part of a chapter that tells which cell it is, with which weights."""
        _validate_proven(trace.algebra)
        cell, numeric = trace.cell, trace.given is not None
        used = functions(cell.equations)
        rows = [row for row in in_table_order(used) if row.form != row.head(x)]
        weights = Forward(self.typesetter, trace).weights if numeric else {}
        return Chapter(
            title=topic.title,
            asking=topic.asking,
            cell=cell.named(self.typesetter.catalogue),
            introduction=topic.introduction,
            colours=tuple(dict.fromkeys(self.typesetter.colours.values())),
            numeric=numeric,
            certified=certified(trace, self.typesetter.digits),
            rounded=None if topic.place else rounded(self.typesetter, trace),
            elided=numeric and max(cell.units, cell.input_dim) > LARGEST_MATRIX,
            computes=computes(cell.equations, scalar=cell.is_scalar),
            equations=tuple(map(self.typesetter.equation, cell.equations)),
            activations=(
                *(self.typesetter.definition(row, row.form) for row in rows),
                *map(self.typesetter.vector_definition, vector_functions(cell.equations)),
            ),
            explained=said_of(cell),
            weights=tuple(
                self.typesetter.given((weight, weights[weight]) for weight in members)
                for members in cell.groups.values()
                if weights
            ),
        )


def _walk(topic: Topic, forward: Forward, k: int) -> Walkthrough:
    """Return sequence ``k``, stepped through, in the smallest steps where they are asked for."""
    walk = forward.walkthrough(k)
    if not (topic.steps and forward.numeric) or topic.leaves_out:
        return walk
    if isinstance(forward.trace.algebra, DecimalAlgebra):
        message = "steps are of values that are not rounded on the way; leave out steps"
        raise OutputError(f"{message}, or the rounding", argument="steps")
    lines = Stepwise(forward, k).lines
    return replace(
        walk,
        steps=tuple(
            step if step.held else replace(step, lines=tuple(lines(step.t))) for step in walk.steps
        ),
    )


def _validate_proven(algebra: Algebra[Any]) -> None:
    if not (algebra.exact or isinstance(algebra, CertifiedAlgebra | DecimalAlgebra)):
        raise NotExactError(
            "a hand calculation shows exact values or certified digits, and this trace is in "
            f"{algebra.name}; run the layer with algebra='exact' or algebra='ball', or with "
            "algebra='decimal' to round every value",
            argument="trace",
        )
