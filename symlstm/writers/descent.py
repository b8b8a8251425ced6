"""Tell trainings: what they are given, every update, and the weights that they lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.notation import joined
from symlstm.numbers.arrays import Array, exported
from symlstm.passes.unroll import at_step
from symlstm.training.training import Training
from symlstm.training.update import Update, learning_rate_of
from symlstm.writers.backward import Backward
from symlstm.writers.document import Descent, Lines, TrainingRun, UpdateStep
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Numbers, Typesetter


@dataclass(frozen=True)
class DescentSection:
    """Tells trainings of one layer on the same sequences, which differ in their batch size."""

    typesetter: Typesetter
    trainings: Sequence[Training]
    worked: bool
    whole: bool

    def tell(self) -> Descent:
        """Return the section."""
        rate = exported(np.array([[self._first.learning_rate]], dtype=object))
        return Descent(
            rate=(self.typesetter.alike([(learning_rate_of(self._first.before.cell), rate)]),),
            loss=self._words(f"losses.{self._first.objective.loss}"),
            sequences=self._sequences(),
            objective=tuple(map(self.typesetter.equation, self._objective())),
            runs=tuple(
                TrainingRun(
                    training.batch_size,
                    max(update.sequences[-1] for update in training.updates),
                    training.updates[-1].batch.epoch,
                    self.whole,
                    tuple(map(self._update, training.updates)),
                )
                for training in self.trainings
            ),
            weights=self._weights(),
        )

    @property
    def _first(self) -> Update:
        return self.trainings[0].updates[0]

    def _words(self, key: str) -> str:
        return self.typesetter.catalogue.words(key)

    def _sequences(self) -> tuple[Table, ...]:
        """Return the inputs and targets, a row for each sequence."""
        given = {
            sequence: update.sequence(k)
            for update in self.trainings[0].updates
            for k, sequence in enumerate(update.sequences)
        }
        columns = {q: [row[q] for row in given.values()] for q in next(iter(given.values()))}
        return self._tables(columns, "training.sequence", [str(sequence) for sequence in given])

    def _objective(self) -> tuple[Equation, ...]:
        objective = self._first.objective
        error, gradient = objective.error, objective.gradient
        if len(objective.steps) == 1:
            error, gradient = at_step([error, gradient], objective.steps[0])
        return error, objective.total(), gradient

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
                    backward=backward.tell(k),
                )
                for k, sequence in enumerate(update.sequences)
            ),
            loss=(self._batch_loss(update),) if len(update.sequences) > 1 else (),
            weights=tuple(self._step(update, equation) for equation in update.equations),
        )

    def _loss(self, update: Update, k: int) -> Lines:
        """Return the errors, the loss and the gradients of a sequence."""
        objective, values = update.objective, update.error_values(k)
        error, gradient = (
            [at_step([equation], step)[0] for step in objective.steps]
            for equation in (objective.error, objective.gradient)
        )
        equations = [*error, objective.total(update.sequences[k]), *gradient]
        return tuple(self._worked(update, e, values, values[e.lhs]) for e in equations)

    def _batch_loss(self, update: Update) -> Line:
        equation, losses = update.loss_equation, zip(update.sequences, update.losses, strict=True)
        values = {update.objective.total(k).lhs: np.array([[loss]]) for k, loss in losses}
        return self._worked(update, equation, values, np.array([[update.loss]]))

    def _step(self, update: Update, equation: Equation) -> Line:
        """Return the average of a weight's gradients, or the weight's step."""
        values, name = update.update_values(), equation.lhs.name
        if name not in update.after.weights:
            return self._worked(update, equation, values, values[equation.lhs])
        value, relation = exported(update.after.weights[name]), self.typesetter.notation.becomes
        algebra = update.gradients.adjoints.algebra
        return self.typesetter.worked(equation, values, value, algebra, relation=relation)

    def _worked(self, update: Update, equation: Equation, values: Numbers, value: Array) -> Line:
        return self.typesetter.worked(equation, values, value, update.gradients.adjoints.algebra)

    def _weights(self) -> tuple[Table, ...]:
        """Return the weights before and after each training, a row for each."""
        layers = [self._first.before, *(training.layer for training in self.trainings)]
        columns = {
            weight: [exported(layer.weights[weight.name]) for layer in layers]
            for members in self._first.before.cell.groups.values()
            for weight in members
        }
        sizes = [str(training.batch_size) for training in self.trainings]
        return self._tables(columns, "training.size", [self._words("training.before"), *sizes])

    def _tables(
        self, columns: Mapping[Quantity, Sequence[Array]], header: str, rows: Sequence[str]
    ) -> tuple[Table, ...]:
        labels = [self.typesetter.notation.words(label) for label in (self._words(header), *rows)]
        shown = {
            joined(self.typesetter.formula(quantity)): columns[quantity] for quantity in columns
        }
        return self.typesetter.tables(shown, labels)
