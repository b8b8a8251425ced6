"""Tell trainings: what they are given, every update, and the weights that they lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.notation import joined
from symlstm.numbers.arrays import Array, exported
from symlstm.passes.differentiate import adjoint
from symlstm.passes.unroll import at_step
from symlstm.training.training import Training
from symlstm.training.update import Update, learning_rate_of
from symlstm.writers.backward import Backward
from symlstm.writers.document import BackwardPass, Descent, TrainingRun, UpdateStep
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line, Lines
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
                    () if self.worked else self._rule(training.updates[0]),
                )
                for training in self.trainings
            ),
            weights=self._weights(),
        )

    @property
    def _first(self) -> Update:
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
                    backward=self._told(backward, k),
                )
                for k, sequence in enumerate(update.sequences)
            ),
            loss=(self._batch_loss(update),) if len(update.sequences) > 1 else (),
            weights=tuple(self._step(update, equation) for equation in update.equations)
            if self.worked
            else (),
            table=() if self.worked else self._changes(update),
        )

    def _told(self, backward: Backward, k: int) -> BackwardPass:
        """Return a backward pass, without the sums that stand in a table of all sequences."""
        told = backward.tell(k)
        return told if self.worked else replace(told, weights=(), weight_lines=())

    def _rule(self, update: Update) -> Lines:
        """Return how the first weight takes its step."""
        becomes = self.typesetter.notation.becomes
        first = next(iter(update.before.cell.groups.values()))[0]
        names = {first.name, adjoint(first).name}
        formula = self.typesetter.formula
        return tuple(
            self.typesetter.line(
                formula(e.lhs), [formula(e.rhs)], becomes if e.lhs == first else None
            )
            for e in update.equations
            if e.lhs.name in names
        )

    def _changes(self, update: Update) -> tuple[Table, ...]:
        """Return the weights before and after an update, with the gradients between."""
        values, several = update.update_values(), len(update.sequences) > 1
        columns = {}
        for weight in (one for members in update.before.cell.groups.values() for one in members):
            bar = adjoint(weight).name
            each = {q.name: value for q, value in values.items() if isinstance(q, Quantity)}
            names = [f"{bar}^{k}" for k in update.sequences] + ([bar] if several else [])
            after = exported(update.after.weights[weight.name])
            columns[weight] = [each[weight.name], *(each[name] for name in names), after]
        gradients = (
            [self._words("training.gradient_sequence", number=k) for k in update.sequences]
            + [self._words("training.average")]
            if several
            else [self._words("training.gradient")]
        )
        rows = [self._words("training.before"), *gradients, self._words("training.after")]
        return self._tables(columns, "", rows)

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
        first = self._words(header) if header else ""
        labels = [self.typesetter.notation.words(label) for label in (first, *rows)]
        shown = {
            joined(self.typesetter.formula(quantity)): columns[quantity] for quantity in columns
        }
        return self.typesetter.tables(shown, labels)
