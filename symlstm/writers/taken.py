"""Tell the step that the weights of a layer take: worked out in lines, or in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.notation import Token, joined
from symlstm.numbers.arrays import Array, exported
from symlstm.training.rule import gradient_of, gradients_of
from symlstm.training.update import Step
from symlstm.writers.line import Line, Lines
from symlstm.writers.remarks import Taken
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Typesetter


@dataclass(frozen=True)
class StepLines:
    """Tells a step of the weights of a layer."""

    typesetter: Typesetter
    step: Step

    def tell(self, *, worked: bool) -> Taken:
        """Return the step in lines or, where no value is ``worked``, in a table."""
        if not worked:
            return Taken(tables=self._changes())
        return Taken(tuple(self._line(number) for number in range(len(self.step.equations))))

    @property
    def rule(self) -> Lines:
        """How the first weight takes its step."""
        first = next(self.step.rule.weights)
        own, mean = gradients_of(first, self.step.apart), gradient_of(first)
        averaged = [e for e in self.step.equations if e.lhs == mean]
        gradient = own[0] if len(own) == 1 else mean
        formula = self.typesetter.formula
        return tuple(
            self.typesetter.line(formula(e.lhs), [formula(e.rhs)], self._relation(e))
            for e in (*averaged, *self.step.rule.changes(first, gradient))
        )

    def _line(self, number: int) -> Line:
        """Return the average of a weight's gradients, or a step that the optimizer takes."""
        equation, values = self.step.equations[number], self.step.operands(number)
        value, algebra = self.step.value(equation.lhs), self.step.algebra
        relation = self._relation(equation)
        return self.typesetter.worked(equation, values, value, algebra, relation=relation)

    def _relation(self, equation: Equation) -> Token | None:
        """Return what stands between a quantity that had a value before and its new one."""
        known = equation.lhs.name in self.step.start
        return self.typesetter.notation.becomes if known else None

    def _changes(self) -> tuple[Table, ...]:
        """Return the weights before and after a step, with what comes between."""
        step, words, columns = self.step, self.typesetter.words, {}
        several = len(step.apart) > 1
        for weight in step.rule.weights:
            own, mean = gradients_of(weight, step.apart), gradient_of(weight)
            gradients = [*own, mean] if several else own or [mean]
            between = [*gradients, *step.rule.of_weight(weight).values(), weight]
            before = exported(step.before.weights[weight.name])
            columns[weight] = [before, *map(step.value, between)]
        labels = (
            [words("training.gradient_sequence", number=k) for k in step.apart]
            + [words("training.average")]
            if several
            else [words("training.gradient")]
        )
        kept = map(self.typesetter.notation.symbol, step.rule.optimizer.kept)
        rows = [words("training.before"), *labels, *kept, words("training.after")]
        return in_rows(self.typesetter, columns, "", rows)


def in_rows(
    typesetter: Typesetter,
    columns: Mapping[Quantity, Sequence[Array]],
    header: str,
    rows: Sequence[Token],
) -> tuple[Table, ...]:
    """Return the values of quantities in tables, with labels in front of the rows."""
    labels = [typesetter.notation.words(header), *rows]
    shown = {joined(typesetter.formula(quantity)): columns[quantity] for quantity in columns}
    return typesetter.tables(shown, labels)
