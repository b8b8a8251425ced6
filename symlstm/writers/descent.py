"""Tell trainings: what they are given, every update, and the weights that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.notation import Token, joined
from symlstm.numbers.arrays import Array, exported
from symlstm.passes.differentiate import adjoint
from symlstm.training.rule import gradients_of
from symlstm.training.training import Training
from symlstm.training.update import Update
from symlstm.writers.backward import Backward
from symlstm.writers.document import BackwardPass, Descent, Loss, TrainingRun, UpdateStep
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line, Lines
from symlstm.writers.losses import LossLines
from symlstm.writers.summary import Table
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
        rule = self._first.rule
        settings = [(q, exported(np.array([[n]], dtype=object))) for q, n in rule.numbers.items()]
        return Descent(
            rate=(self.typesetter.given(settings),),
            several=len(settings) > 1,
            text=f"optimizers.{rule.name}",
            sequences=self._sequences(),
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

    def loss(self) -> Loss:
        """Return what is said of the loss before all updates."""
        objective = self._first.objective
        name = self._words(f"losses.{objective.name}")
        equations = self._losses.equations(objective.total())
        return Loss(name, "loss.text", equations, self._losses.functions)

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
            weights=tuple(self._step(update, k) for k in range(len(update.equations)))
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
        first = next(update.rule.weights)
        mean = Quantity(adjoint(first).name, *first.shape)
        steps = [e for e in update.equations if e.lhs == mean]
        gradient = mean if steps else gradients_of(first, update.sequences)[0]
        formula = self.typesetter.formula
        return tuple(
            self.typesetter.line(formula(e.lhs), [formula(e.rhs)], self._relation(update, e))
            for e in (*steps, *update.rule.changes(first, gradient))
        )

    def _relation(self, update: Update, equation: Equation) -> Token | None:
        """Return what stands between a quantity that had a value before and its new one."""
        return self.typesetter.notation.becomes if equation.lhs.name in update.start else None

    def _changes(self, update: Update) -> tuple[Table, ...]:
        """Return the weights before and after an update, with what comes between."""
        several, columns = len(update.sequences) > 1, {}
        for weight in update.rule.weights:
            between = [
                *gradients_of(weight, update.sequences),
                *([Quantity(adjoint(weight).name, *weight.shape)] if several else []),
                *update.rule.of_weight(weight).values(),
                weight,
            ]
            before = exported(update.before.weights[weight.name])
            columns[weight] = [before, *map(update.value, between)]
        words = self.typesetter.words
        gradients = (
            [words("training.gradient_sequence", number=k) for k in update.sequences]
            + [words("training.average")]
            if several
            else [words("training.gradient")]
        )
        kept = map(self.typesetter.notation.symbol, update.rule.optimizer.kept)
        rows = [words("training.before"), *gradients, *kept, words("training.after")]
        return self._tables(columns, "", rows)

    def _loss(self, update: Update, k: int) -> Lines:
        """Return the errors, the loss and the gradients of a sequence."""
        total = update.objective.total(update.sequences[k])
        return self._losses.worked(update.error_values(k), total)

    def _batch_loss(self, update: Update) -> Line:
        equation, losses = update.loss_equation, zip(update.sequences, update.losses, strict=True)
        values = {update.objective.total(k).lhs: np.array([[loss]]) for k, loss in losses}
        value = np.array([[update.loss]])
        return self.typesetter.worked(equation, values, value, update.algebra)

    def _step(self, update: Update, number: int) -> Line:
        """Return the average of a weight's gradients, or a step that the optimizer takes."""
        equation, values = update.equations[number], update.operands(number)
        relation = self._relation(update, equation)
        value = update.value(equation.lhs)
        return self.typesetter.worked(equation, values, value, update.algebra, relation=relation)

    def _weights(self) -> tuple[Table, ...]:
        """Return the weights before and after each training, a row for each."""
        layers = [self._first.before, *(training.layer for training in self.trainings)]
        columns = {
            weight: [exported(layer.weights[weight.name]) for layer in layers]
            for weight in self._first.rule.weights
        }
        sizes = self._labels(training.batch_size for training in self.trainings)
        rows = [self.typesetter.words("training.before"), *sizes]
        return self._tables(columns, "training.size", rows)

    def _labels(self, numbers: Iterable[int]) -> list[Token]:
        return [self.typesetter.notation.words(str(number)) for number in numbers]

    def _tables(
        self, columns: Mapping[Quantity, Sequence[Array]], header: str, rows: Sequence[Token]
    ) -> tuple[Table, ...]:
        first = self._words(header) if header else ""
        labels = [self.typesetter.notation.words(first), *rows]
        shown = {
            joined(self.typesetter.formula(quantity)): columns[quantity] for quantity in columns
        }
        return self.typesetter.tables(shown, labels)
