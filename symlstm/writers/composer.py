"""Compose a document: tell a trace as a hand calculation, in a notation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from sympy import Basic, Integer, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.activations import ACTIVATIONS
from symlstm.cell import Cell
from symlstm.equation import Equation
from symlstm.errors import NotExactError
from symlstm.expression import Elementwise, Quantity, t
from symlstm.notation import Notation, Token, Tokens, listed, text
from symlstm.numbers import Array, exported, rational_array
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import at_step, unroll
from symlstm.printer import LARGEST_MATRIX, Printer
from symlstm.trace import Trace
from symlstm.writers.document import Document, TimeStep, Walkthrough
from symlstm.writers.line import Line
from symlstm.writers.summary import Table, summary

LONGEST_CHAIN = 3
"""How many equals signs may follow one another before the last in ``W_i = W_f = W_c = W_o = 1``."""
CLOSED_FORM_SIZE = 400
"""How many nodes a closed form may have on a page, unless its author asks for more."""


@dataclass(frozen=True)
class Composer:
    """Tells a trace in a notation, in tables no wider than ``width`` digits.

    Raises `NotExactError` for a trace whose values are not exact.
    """

    trace: Trace[Any]
    notation: Notation
    width: float
    closed_form_size: int = CLOSED_FORM_SIZE

    def __post_init__(self) -> None:
        if not self.trace.algebra.exact:
            raise NotExactError(
                f"a hand calculation shows exact values, and this trace is in "
                f"{self.trace.algebra.name}; run the layer with algebra='exact'",
                argument="trace",
            )

    def document(self, *, title: str, author: str, introduction: str) -> Document:
        """Return the document."""
        cell, given = self.cell, self.trace.given
        return Document(
            title=title,
            author=author,
            introduction=introduction,
            numeric=self.numeric,
            stateful=given is not None and given.stateful,
            elided=self.numeric and max(cell.units, cell.input_dim) > LARGEST_MATRIX,
            equations=tuple(map(self._equation, cell.equations)),
            activations=tuple(self._activations()),
            weights=tuple(self._groups()) if self.numeric else (),
            sequences=tuple(map(self._sequence, range(len(self.trace.histories)))),
            closed_forms=tuple(self._closed_forms()),
        )

    @property
    def cell(self) -> Cell:
        """The cell that was run."""
        return self.trace.cell

    @property
    def numeric(self) -> bool:
        """Whether there are numbers, and not symbols alone."""
        return self.trace.given is not None

    def _activations(self) -> Iterator[Line]:
        """Yield what each activation function of the cell is, written out."""
        used = {a.activation: None for e in self.cell.equations for a in e.rhs.atoms(Elementwise)}
        left, right = self.notation.brackets(0)
        for row in ACTIVATIONS.values():
            if row in used and not row.is_identity:
                name = self.notation.function(row.latex, row.text)
                form = [self.notation.form(row.form)]
                yield self._line([name, left, Token("x", 1), right], [form])

    def _groups(self) -> Iterator[Line]:
        """Yield the numbers of the weights, a line for each group."""
        for members in self.cell.groups.values():
            runs = _runs((weight, self._weights[weight]) for weight in members)
            yield self._list([self._alike(run) for run in runs])

    def _closed_forms(self) -> Iterator[Line]:
        """Yield the closed forms of the output, as far as they fit."""
        initial = {
            state.at(0): ZeroMatrix(*state.shape)
            for state in self.cell.states.values()
            if self._starts_at_zero(state)
        }
        equations = unroll(self.cell.equations, len(self.trace))
        definitions = Definitions({**initial, **{e.lhs: e.rhs for e in equations}})
        for step in range(1, len(self.trace) + 1):
            output = self.cell.output.at(step)
            if definitions.size(output) > self.closed_form_size:
                return
            yield self._closed_form(output, definitions)

    @cached_property
    def _weights(self) -> dict[Quantity, Array]:
        """The numbers of the weights."""
        assert self.trace.given is not None
        weights = self.trace.given.weights
        return {weight: exported(weights[name]) for name, weight in self.cell.weights.items()}

    def _sequence(self, k: int) -> Walkthrough:
        steps = range(1, len(self.trace) + 1)
        return Walkthrough(
            number=k + 1,
            inputs=(self._inputs(k),) if self.numeric else (),
            steps=tuple(self._step(step, k) for step in steps),
            summary=self._summary(k) if self.numeric else (),
            after=self._after(k),
        )

    def _inputs(self, k: int) -> Line:
        inputs = [self.cell.x.at(step) for step in range(1, len(self.trace) + 1)]
        runs = _runs((x, self._entries(x, k)) for x in inputs)
        return self._list([self._alike(run) for run in runs])

    def _step(self, step: int, k: int) -> TimeStep:
        equations = at_step(self.cell.equations, step)
        program = {e.lhs: e for e in at_step(self.cell.program, step)}
        known = [self.cell.x, *self.cell.states.values()]
        if not self.numeric:
            return TimeStep(step, (), tuple(map(self._equation, equations)))
        values = self._values(step, k)
        goes_in = [quantity.xreplace({t: Integer(step)}) for quantity in known]
        return TimeStep(
            step,
            (self._list([self._alike([(q, values[q])]) for q in goes_in]),),
            tuple(self._worked(e, program[e.lhs], values) for e in equations),
        )

    def _values(self, step: int, k: int) -> dict[Basic, Array]:
        """Return the numbers of everything that the equations of a step speak of."""
        now = (self.cell.x, *(equation.lhs for equation in self.cell.program))
        before = self.cell.states.values()
        timed = [*(q.at(step) for q in now), *(q.at(step - 1) for q in before)]
        return {**self._weights, **{quantity: self._entries(quantity, k) for quantity in timed}}

    def _worked(self, equation: Equation, named: Equation, values: Mapping[Basic, Array]) -> Line:
        """Return *symbol = formula = formula with the numbers in = value*.

        What an activation function is given, and what it makes of that, is shown on the way. A
        link that reads like the one before it is left out.
        """
        formula, numbers = Printer(self.notation), Printer(self.notation, values)
        applied = Printer(self.notation, {**values, **self._applied(named.rhs, values)})
        links = [
            formula.formula(equation.rhs),
            numbers.formula(equation.rhs),
            numbers.formula(named.rhs),
            applied.formula(named.rhs),
            numbers.value(values[equation.lhs]),
        ]
        distinct = [link for _, (link, *_) in groupby(links, key=text)]
        return self._line(formula.formula(equation.lhs), distinct)

    def _applied(self, expression: MatrixExpr, values: Mapping[Basic, Array]) -> dict[Basic, Array]:
        """Return the values of the activation functions inside ``expression``."""
        algebra = self.trace.algebra
        return {
            part: algebra.export(
                algebra.apply(
                    part.activation, algebra.convert(rational_array(values[part.argument]))
                )
            )
            for part in expression.atoms(Elementwise)
            if not part.activation.is_identity
        }

    def _closed_form(self, output: Quantity, definitions: Definitions) -> Line:
        formula = Printer(self.notation).formula
        links = [formula(definitions.substitute(output))]
        if self.numeric and len(self.trace.histories) == 1:
            links.append(Printer(self.notation).value(self._entries(output, 0)))
        return self._line(formula(output), links)

    def _after(self, k: int) -> tuple[Line, ...]:
        if self.trace.given is None:
            return ()
        printer = Printer(self.notation)
        lines = []
        for state in self.cell.states.values():
            last = state.at(len(self.trace))
            zero = [self.notation.integer(0, digits=1)]
            value = printer.value(self._entries(last, k))
            kept = [*printer.formula(last), self.notation.equals, *value]
            links = (kept if self.trace.given.stateful else zero,)
            lines.append(Line(printer.formula(state.at(0)), links, self.notation.becomes))
        return (self._list(lines),)

    def _summary(self, k: int) -> tuple[Table, ...]:
        names = [self.cell.x, *(equation.lhs for equation in self.cell.equations)]
        steps = range(1, len(self.trace) + 1)
        columns = {name: [self._entries(name.at(step), k) for step in steps] for name in names}
        return summary(columns, self.notation, self.width)

    # What the parts are made of.

    def _entries(self, quantity: Quantity, k: int) -> Array:
        assert quantity.time is not None
        return self.trace.entries(quantity.name, int(quantity.time), k)

    def _starts_at_zero(self, state: Quantity) -> bool:
        return all(
            entry == 0
            for k in range(len(self.trace.histories))
            for entry in self.trace.entries(state.name, 0, k).flat
        )

    def _equation(self, equation: Equation) -> Line:
        formula = Printer(self.notation).formula
        return self._line(formula(equation.lhs), [formula(equation.rhs)])

    def _alike(self, pairs: Sequence[tuple[Quantity, Array]]) -> Line:
        """Return ``W_i = W_f = 1``: quantities that have one value."""
        printer = Printer(self.notation)
        first, *others = [printer.formula(quantity) for quantity, _ in pairs]
        if len(others) > LONGEST_CHAIN:
            others = [[self.notation.ellipsis[0]], others[-1]]
        return self._line(first, [*others, printer.value(pairs[0][1])])

    def _list(self, lines: Sequence[Line]) -> Line:
        """Return several short lines as one, with commas between."""
        first, *rest = lines
        items = [_flat(first, left=False), *(_flat(line, left=True) for line in rest)]
        return Line(first.left, (listed(items, self.notation.comma),), first.relation)

    def _line(self, left: Tokens, links: Iterable[Tokens]) -> Line:
        return Line(left, tuple(links), self.notation.equals)


def _flat(line: Line, *, left: bool) -> Tokens:
    first, *rest = line.links
    tokens = [*line.left, line.relation, *first] if left else [*first]
    return tokens + [token for link in rest for token in (line.relation, *link)]


def _runs(pairs: Iterable[tuple[Quantity, Array]]) -> Iterator[list[tuple[Quantity, Array]]]:
    """Group neighbours that have the same numbers."""
    for _, group in groupby(pairs, key=lambda pair: pair[1].tolist()):
        yield list(group)
