"""The hand calculation: what its page says, before any format gives it a shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from sympy import Basic, Integer, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm import activations
from symlstm.cell import Cell
from symlstm.equation import Equation
from symlstm.errors import NotExactError
from symlstm.expression import Elementwise, Quantity, t
from symlstm.notation import Notation, Token, Tokens, listed
from symlstm.numbers import Array, exported, rational_array
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import at_step, unroll
from symlstm.printer import LARGEST_MATRIX, Printer
from symlstm.trace import Trace
from symlstm.writers.line import Line
from symlstm.writers.summary import Table, summary

LONGEST_CHAIN = 3
"""How many equals signs may follow one another before the last in ``W_i = W_f = W_c = W_o = 1``."""
CLOSED_FORM_SIZE = 200
"""How many nodes a closed form may have on a page, unless its author asks for more."""


@dataclass(frozen=True)
class Step:
    """One time step: what goes in, and a line for each value that is computed."""

    t: int
    known: tuple[Line, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Walkthrough:
    """One sequence of the batch, stepped through."""

    number: int
    inputs: tuple[Line, ...]
    steps: tuple[Step, ...]
    summary: tuple[Table, ...]
    after: tuple[Line, ...]


@dataclass(frozen=True)
class Document:
    """A trace, told as a hand calculation in a notation; templates read its attributes."""

    trace: Trace[Any]
    notation: Notation
    width: float
    title: str
    author: str = ""
    introduction: str = ""
    closed_form_size: int = CLOSED_FORM_SIZE

    def __post_init__(self) -> None:
        if self.trace.algebra.name not in ("exact", "symbolic"):
            raise NotExactError(
                f"a hand calculation shows exact values, and this trace is in "
                f"{self.trace.algebra.name}; run the layer with algebra='exact'",
                argument="trace",
            )

    @property
    def cell(self) -> Cell:
        """The cell."""
        return self.trace.cell

    @property
    def numeric(self) -> bool:
        """Whether there are numbers, and not symbols alone."""
        return self.trace.given is not None

    @property
    def stateful(self) -> bool:
        """Whether the states are kept after the sequence."""
        return self.trace.given is not None and self.trace.given.stateful

    @property
    def elided(self) -> bool:
        """Whether there are matrices too large to be shown whole."""
        sizes = (self.cell.units, self.cell.input_dim)
        return self.numeric and max(sizes) > LARGEST_MATRIX

    @property
    def equations(self) -> tuple[Line, ...]:
        """The equations of the cell."""
        return tuple(map(self._equation, self.cell.equations))

    @cached_property
    def activations(self) -> tuple[Line, ...]:
        """What the activation functions of the cell are, each written out."""
        used = {a.activation: None for e in self.cell.equations for a in e.rhs.atoms(Elementwise)}
        rows = [row for row in activations.ACTIVATIONS.values() if row in used]
        argument = Token("x", 1)
        left, right = self.notation.brackets(0)
        return tuple(
            self._line(
                [self.notation.function(row.latex, row.text), left, argument, right],
                [[self.notation.form(row.form)]],
            )
            for row in rows
            if not row.is_identity
        )

    @property
    def weights(self) -> tuple[Line, ...]:
        """The numbers of the weights, a line for each group."""
        if not self.numeric:
            return ()
        return tuple(
            self._list(
                [self._alike(run) for run in _runs((one, self._weights[one]) for one in members)]
            )
            for members in self.cell.groups.values()
        )

    @cached_property
    def sequences(self) -> tuple[Walkthrough, ...]:
        """Every sequence of the batch, stepped through."""
        return tuple(map(self._sequence, range(len(self.trace.histories))))

    @cached_property
    def closed_forms(self) -> tuple[Line, ...]:
        """The closed forms of the output, as far as they fit, with their values."""
        cell, output = self.cell, self.cell.vector("h")
        equations = unroll(cell.equations, len(self.trace))
        initial = {
            state.at(0): ZeroMatrix(*state.shape)
            for state in cell.states.values()
            if self._starts_at_zero(state)
        }
        definitions = Definitions({**initial, **{e.lhs: e.rhs for e in equations}})
        lines = []
        for step in range(1, len(self.trace) + 1):
            if definitions.size(output.at(step)) > self.closed_form_size:
                break
            lines.append(self._closed_form(output.at(step), definitions))
        return tuple(lines)

    # The parts.

    @cached_property
    def _weights(self) -> dict[Quantity, Array]:
        """The numbers of the weights."""
        assert self.trace.given is not None
        weights = self.trace.given.weights
        return {weight: exported(weights[name]) for name, weight in self.cell.weights.items()}

    def _sequence(self, k: int) -> Walkthrough:
        steps = range(1, len(self.trace) + 1)
        x = self.cell.x
        pairs = [(x.at(step), self._entries(x.at(step), k)) for step in steps]
        inputs = [self._alike(group) for group in _runs(pairs)] if self.numeric else []
        return Walkthrough(
            number=k + 1,
            inputs=(self._list(inputs),) if inputs else (),
            steps=tuple(self._step(step, k) for step in steps),
            summary=self._summary(k) if self.numeric else (),
            after=self._after(k),
        )

    def _step(self, step: int, k: int) -> Step:
        equations = at_step(self.cell.equations, step)
        program = {e.lhs: e for e in at_step(self.cell.program, step)}
        known = [self.cell.x, *self.cell.states.values()]
        if not self.numeric:
            return Step(step, (), tuple(map(self._equation, equations)))
        values = self._values(step, k)
        goes_in = [quantity.xreplace({t: Integer(step)}) for quantity in known]
        return Step(
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

        What an activation function makes of its argument is shown on the way: the argument's value
        where the function is the whole formula, the function's value where it is a part of it.
        """
        formula, numbers = Printer(self.notation), Printer(self.notation, values)
        links = [formula.formula(equation.rhs), numbers.formula(equation.rhs)]
        if named != equation and not equation.rhs.activation.is_identity:
            links.append(numbers.formula(named.rhs))
        applied = self._applied(equation.rhs, values) if named == equation else {}
        if applied:
            links.append(Printer(self.notation, {**values, **applied}).formula(equation.rhs))
        value = numbers.value(values[equation.lhs])
        return self._line(formula.formula(equation.lhs), [*links, value])

    def _applied(self, expression: MatrixExpr, values: Mapping[Basic, Array]) -> dict[Basic, Array]:
        """Return the values of the activation functions inside ``expression``."""
        parts = [e for e in expression.atoms(Elementwise) if not e.activation.is_identity]
        algebra = self.trace.algebra
        return {
            part: algebra.export(
                algebra.apply(
                    part.activation, algebra.convert(rational_array(values[part.argument]))
                )
            )
            for part in parts
        }

    def _closed_form(self, output: Quantity, definitions: Definitions) -> Line:
        formula = Printer(self.notation).formula
        links = [formula(definitions.substitute(output))]
        if self.numeric and len(self.trace.histories) == 1:
            links.append(Printer(self.notation).value(self._entries(output, 0)))
        return self._line(formula(output), links)

    def _after(self, k: int) -> tuple[Line, ...]:
        if not self.numeric:
            return ()
        printer = Printer(self.notation)
        lines = []
        for state in self.cell.states.values():
            last = state.at(len(self.trace))
            zero = [self.notation.integer(0, digits=1)]
            value = printer.value(self._entries(last, k))
            kept = [*printer.formula(last), self.notation.equals, *value]
            links = (kept if self.stateful else zero,)
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
