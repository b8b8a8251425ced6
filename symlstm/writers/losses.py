"""Tell a loss: its equations, and what they come to at every step that has a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Basic, Integer

from symlstm.algebras.algebra import Algebra
from symlstm.equations.activations import in_table_order, row_named
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.equations.rebuild import put
from symlstm.losses.over_steps import OverSteps, total_of
from symlstm.losses.table import name_of
from symlstm.notation import joined
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint
from symlstm.passes.unroll import Unrolled
from symlstm.runs.loss import RunLoss
from symlstm.writers.forward import functions, vector_functions
from symlstm.writers.line import Line, Lines
from symlstm.writers.remarks import Loss, LossOfSequence
from symlstm.writers.roundings import written
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Numbers, Typesetter

Names = Mapping[Quantity, Quantity]


@dataclass(frozen=True)
class LossLines:
    """Tells the equations of a loss over time steps, without numbers and with them.

    Quantities that have another name on the page stand in ``names``; without ``sends``, what the
    loss sends into the backward pass is left out.
    """

    typesetter: Typesetter
    loss: OverSteps
    algebra: Algebra[Any]
    sends: bool = True
    names: tuple[tuple[Quantity, Quantity], ...] = ()

    def equations(self, *total: Equation) -> Lines:
        """Return the equations of a step, or of the only one, with the total in their midst."""
        errors, gradients = self.loss.equations, self.gradients
        if self.loss.alone:
            only = self.loss.steps[0]
            errors, gradients = (Unrolled(each).at(only) for each in (errors, gradients))
        return tuple(map(self.typesetter.equation, (*errors, *total, *gradients)))

    @property
    def functions(self) -> Lines:
        """What the functions in the equations are, and their derivatives."""
        equations = (*self.loss.equations, *self.gradients, *self.loss.of_step.equations)
        used, define = functions(equations), self.typesetter.definition
        primes = {row_named(row.name[:-1]) for row in used if row.name.endswith("'")}
        own = {row for row in used if not row.name.endswith("'")}
        return (
            *(define(row, row.form) for row in in_table_order(own)),
            *(define(row.prime, row.derivative_shown) for row in in_table_order(primes)),
            *map(self.typesetter.vector_definition, vector_functions(equations)),
        )

    def worked(self, values: Numbers, *total: Equation) -> Lines:
        """Return the same at every step, with the numbers that ``values`` has."""
        errors, gradients = map(self.loss.every, (self.loss.equations, self.gradients))
        return tuple(self.line(one, values) for one in (*errors, *total, *gradients))

    def line(self, equation: Equation, values: Numbers) -> Line:
        """Return an equation with its numbers."""
        return self.typesetter.worked(equation, values, values[equation.lhs], self.algebra)

    @property
    def gradients(self) -> tuple[Equation, ...]:
        """What the loss sends into the backward pass, as equations of a step."""
        found = self.loss.gradients if self.sends else ()
        return tuple(Equation(*(put(s, dict(self.names)) for s in (e.lhs, e.rhs))) for e in found)


@dataclass(frozen=True)
class LossSection:
    """Tells the loss of a run, and, if it ``sends``, its gradient; lines are ``worked`` or not.

    On a ``sheet`` there are the targets and no values. The gradient by the outputs ``of_network``
    is not yet that of a layer, and is called what it is there.
    """

    typesetter: Typesetter
    loss: RunLoss
    worked: bool
    sends: bool
    sheet: bool = False
    of_network: bool = False

    def tell(self) -> Loss:
        """Return the section."""
        name = self.typesetter.catalogue.words(f"losses.{name_of(self.loss.goal.loss)}")
        return Loss(
            name,
            "loss.run" if self.sends else "loss.run_forward",
            self._first.equations(self._total),
            self._first.functions,
            tuple(map(self._sequence, self._sequences)),
            () if self.sheet or self._single else (self._summed,),
        )

    def _sequence(self, k: int) -> LossOfSequence:
        steps = map(Integer, self.loss.outputs[k])
        targets = [self.loss.objective.target.at(step) for step in steps]
        given = self.typesetter.given((q, self._values(k)[q]) for q in targets)
        if self.sheet:
            return LossOfSequence(k + 1, (given,))
        total = (self._total,) if self._single else ()
        lines = self._lines(k)
        if self.worked:
            return LossOfSequence(k + 1, (given,), lines.worked(self._values(k), *total))
        summed = tuple(lines.line(one, self._values(k)) for one in total)
        return LossOfSequence(k + 1, (given,), summed, self._tables(k))

    def _tables(self, k: int) -> tuple[Table, ...]:
        """Return all values of a sequence in tables, a row a time step."""
        lines, steps = self._lines(k), list(self.loss.outputs[k])
        notation, values = self.typesetter.notation, self._values(k)
        told = (e.lhs for e in (*self.loss.objective.equations, *lines.gradients))
        columns = {
            joined(self.typesetter.formula(q)): [values[q.at(Integer(step))] for step in steps]
            for q in (self.loss.objective.output, self.loss.objective.target, *told)
        }
        labels = [notation.symbol("t"), *(notation.integer(step, digits=9) for step in steps)]
        return self.typesetter.tables(columns, labels)

    @property
    def _first(self) -> LossLines:
        return self._lines(self._sequences[0])

    def _lines(self, k: int) -> LossLines:
        loss, gradient = self.loss.of_sequence(k), self.loss.objective.gradient
        names = ((gradient, adjoint(self.loss.objective.output)),) if self.of_network else ()
        return LossLines(self.typesetter, loss, self.loss.algebra, self.sends, names)

    @cached_property
    def _sequences(self) -> list[int]:
        """The sequences that have a target at all."""
        return [k for k, steps in enumerate(self.loss.outputs) if steps]

    @property
    def _single(self) -> bool:
        return len(self._sequences) == 1

    @property
    def _summed(self) -> Line:
        """The loss of all sequences, with its numbers."""
        step = self.loss.objective.step
        values = {
            _of_sequence(step, k).at(number): self._values(k)[step.at(number)]
            for k in self._sequences
            for number in map(Integer, self.loss.outputs[k])
        }
        return self._first.line(self._total, {**values, self._total.lhs: self._whole})

    @cached_property
    def _total(self) -> Equation:
        """The loss of the run, from those of its steps."""
        if self._single:
            return self._first.loss.total()
        step = self.loss.objective.step
        every = [
            _of_sequence(step, k).at(Integer(number))
            for k in self._sequences
            for number in self.loss.outputs[k]
        ]
        return total_of(Quantity(step.name, 1), every, self._first.loss.share)

    @property
    def _whole(self) -> Array:
        return self._written(self.loss.total)

    def _values(self, k: int) -> dict[Basic, Array]:
        """Return the numbers of sequence ``k`` by quantity; targets as they are given."""
        objective, names = self.loss.objective, dict(self._lines(k).names)
        histories = self.loss.sent if self.sends else self.loss.outputs
        timed = [objective.output, *(e.lhs for e in objective.equations)]
        timed += [e.lhs for e in self.loss.of_sequence(k).gradients] if self.sends else []
        found: dict[Basic, Array] = {self._total.lhs: self._whole}
        for step, values in histories[k].items():
            for quantity in timed:
                told = names.get(quantity, quantity).at(Integer(step))
                found[told] = self._written(values[quantity.name])
            target = self.loss.compared.targets[k, step - 1][:, None]
            found[objective.target.at(Integer(step))] = exported(target)
        return found

    def _written(self, value: Any) -> Array:
        return written(self.loss.algebra, np.asarray(self.loss.algebra.export(value)))


def _of_sequence(step: Quantity, k: int) -> Quantity:
    """Return the loss of a step of sequence ``k``, with the number of the sequence above it."""
    return Quantity(f"{step.name}^{k + 1}", 1, time=step.time)
