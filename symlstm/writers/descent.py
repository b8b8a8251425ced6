"""Tell trainings: what they are given, every update, and the weights that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symlstm.equations.expression import Quantity
from symlstm.notation import Token
from symlstm.numbers.arrays import Array, exported
from symlstm.training.training import Training
from symlstm.training.update import Update
from symlstm.writers.backward import Backward
from symlstm.writers.document import BackwardPass, Descent, TrainingRun, UpdateStep
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line, Lines
from symlstm.writers.losses import LossLines
from symlstm.writers.remarks import Loss, Said
from symlstm.writers.summary import Table
from symlstm.writers.taken import StepLines, in_rows
from symlstm.writers.typesetter import Typesetter


@dataclass(frozen=True)
class DescentSection:
    """Tells trainings of one layer on the same sequences, which differ in their batch size."""

    typesetter: Typesetter
    trainings: Sequence[Training]
    worked: bool
    whole: bool

    def tell(self) -> Descent:
        """Return the section."""
        runs = tuple(
            TrainingRun(
                training.batch_size,
                training.updates[-1].batch.epoch,
                when(training) if self.whole else None,
                tuple(map(self._update, training.updates)),
                () if self.worked else StepLines(self.typesetter, training.updates[0]).rule,
            )
            for training in self.trainings
        )
        return replace(self.given(), runs=runs, weights=self.weights(0))

    def given(self) -> Descent:
        """Return what trainings are given, without what they come to."""
        rule = self._first.steps[0].rule
        settings = [(q, exported(np.array([[n]], dtype=object))) for q, n in rule.numbers.items()]
        return Descent(
            rate=(self.typesetter.given(settings),),
            several=len(settings) > 1,
            text=f"optimizers.{rule.name}",
            sequences=self._sequences(),
        )

    def loss(self) -> Loss:
        """Return what is said of the loss before all updates."""
        objective = self._first.objective
        name = self._words(f"losses.{objective.name}")
        equations = self._losses.equations(objective.total())
        return Loss(name, "loss.text", equations, self._losses.functions)

    @property
    def _first(self) -> Any:
        return self.trainings[0].updates[0]

    def _words(self, key: str, **parts: object) -> str:
        return self.typesetter.catalogue.words(key, **parts)

    def _sequences(self) -> tuple[Table, ...]:
        """Return the inputs and targets, a row for each sequence."""
        given = {
            sequence: update.sequence(k)
            for update in self.trainings[0].updates
            for k, sequence in enumerate(update.sequences)
        }
        columns = {q: [row[q] for row in given.values()] for q in next(iter(given.values()))}
        return self._tables(columns, "training.sequence", self._labels(given))

    @property
    def _losses(self) -> LossLines:
        return LossLines(self.typesetter, self._first.objective.over_steps, self._first.algebra)

    def _update(self, update: Update) -> UpdateStep:
        forward = Forward(self.typesetter, update.gradients.adjoints, self.worked)
        backward = Backward(forward, update.gradients)
        return UpdateStep(
            number=update.number,
            epoch=update.batch.epoch,
            sequences=tuple(
                forward.walkthrough(
                    k,
                    number=sequence,
                    after=(),
                    loss=self._loss(update, k),
                    backward=self._told(backward, k),
                )
                for k, sequence in enumerate(update.sequences)
            ),
            loss=(self._batch_loss(update),) if len(update.sequences) > 1 else (),
            step=StepLines(self.typesetter, update).tell(worked=self.worked),
        )

    def _told(self, backward: Backward, k: int) -> BackwardPass:
        """Return a backward pass, without the sums that stand in a table of all sequences."""
        told = backward.tell(k)
        return told if self.worked else replace(told, weights=(), weight_lines=())

    def _loss(self, update: Update, k: int) -> Lines:
        """Return the errors, the loss and the gradients of a sequence."""
        total = update.objective.total(update.sequences[k])
        return self._losses.worked(update.error_values(k), total)

    def _batch_loss(self, update: Update) -> Line:
        equation, losses = update.loss_equation, zip(update.sequences, update.losses, strict=True)
        values = {update.objective.total(k).lhs: np.array([[loss]]) for k, loss in losses}
        value = np.array([[update.loss]])
        return self.typesetter.worked(equation, values, value, update.algebra)

    def weights(self, number: int) -> tuple[Table, ...]:
        """Return the weights of a layer before and after each training, a row for each."""
        trained = [self._first.before, *(training.layer for training in self.trainings)]
        layers = [one.layers[number] for one in trained]
        columns = {
            weight: [exported(layer.weights[weight.name]) for layer in layers]
            for weight in self._first.steps[number].rule.weights
        }
        if not columns:
            return ()
        sizes = self._labels(training.batch_size for training in self.trainings)
        rows = [self.typesetter.words("training.before"), *sizes]
        return self._tables(columns, "training.size", rows)

    def _labels(self, numbers: Iterable[int]) -> list[Token]:
        return [self.typesetter.notation.words(str(number)) for number in numbers]

    def _tables(
        self, columns: Mapping[Quantity, Sequence[Array]], header: str, rows: Sequence[Token]
    ) -> tuple[Table, ...]:
        return in_rows(self.typesetter, columns, self._words(header), rows)


def when(training: Training) -> Said:
    """Return what is said of when the weights are adjusted."""
    size = training.batch_size
    count = max(update.sequences[-1] for update in training.updates)
    if size == 1 or count == 1:
        return Said("training.each", {})
    if size >= count:
        return Said("training.all", {"count": count})
    return Said("training.every_and_rest" if count % size else "training.every", {"count": size})
