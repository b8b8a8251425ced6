"""Tell a trace: the cell, what it is given, and every time step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Basic, ZeroMatrix

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.cells.cell import Cell
from symlstm.cells.step import lone_output
from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, quantities
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Vectorwise
from symlstm.notation import joined, width
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.remembered import cached_property
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import Unrolled, times
from symlstm.runs.trace import Trace
from symlstm.writers.asking import Asking
from symlstm.writers.document import TimeStep, Walkthrough
from symlstm.writers.line import Line, Lines
from symlstm.writers.roundings import written
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Typesetter

MOST_ROWS = 3
"""In so many rows, a closed form can be read."""


@dataclass(frozen=True)
class Forward:
    """Tells the forward pass of a trace; without ``worked``, in tables alone.

    ``seeds`` are the gradients that come from outside by name, when the trace is of adjoints.
    ``asking`` is what a sheet asks for.
    """

    typesetter: Typesetter
    trace: Trace[Any]
    worked: bool = True
    seeds: Mapping[str, Array] = field(default_factory=dict)
    asking: Asking | None = None
    _shown: dict[tuple[str, int, int], Array] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Entries that a page has shown, by name, time step and sequence: a value is needed again."""

    def walkthrough(self, k: int, **further: Any) -> Walkthrough:
        """Return sequence ``k``, stepped through, with ``further`` parts of a `Walkthrough`."""
        parts = {
            "number": k + 1,
            "inputs": (self._inputs(k),) if self.numeric else (),
            "steps": tuple(self._step(step, k) for step in self.steps) if self.worked else (),
            "summary": self._summary(k) if self.numeric else (),
            "results": self._results(k),
            "after": self._after(k),
        }
        return Walkthrough(**{**parts, **further})

    def closed_forms(self, largest: int) -> Iterator[Line]:
        """Yield the closed forms of the output, as far as they have at most ``largest`` nodes.

        One of more than three rows has the outputs before it in it, by their symbols.
        """
        known: dict[Basic, Basic] = {
            state.at(0): ZeroMatrix(*state.shape)
            for state in self.cell.states.values()
            if self._starts_at_zero(state)
        }
        equations, definitions = Unrolled(self.cell.equations), Definitions(known)
        for step in self.steps:
            known.update((e.lhs, e.rhs) for e in equations.at(step))
            output = self.cell.output.at(step)
            if definitions.size(output) > largest:
                return
            line = self._closed_form(output, definitions)
            room = self.typesetter.width - width(line.left)
            if len(line.rows(room, self.typesetter.notation)) > MOST_ROWS:
                before = {self.cell.output.at(earlier) for earlier in range(1, step)}
                shorter = {value: rhs for value, rhs in known.items() if value not in before}
                line = self._closed_form(output, Definitions(shorter))
            yield line

    @property
    def cell(self) -> Cell:
        """The cell that was run."""
        return self.trace.cell

    @property
    def numeric(self) -> bool:
        """Whether there are numbers, and not symbols alone."""
        return self.trace.given is not None

    @property
    def certified(self) -> bool:
        """Whether the numbers are decimals, and not exact."""
        return self.typesetter.digits is not None

    @property
    def steps(self) -> range:
        """The time steps."""
        return range(1, len(self.trace) + 1)

    @cached_property
    def weights(self) -> dict[Basic, Array]:
        """The numbers of the weights."""
        assert self.trace.given is not None
        weights = self.trace.given.weights
        return {weight: exported(weights[name]) for name, weight in self.cell.weights.items()}

    def entries(self, quantity: Quantity, k: int) -> Array:
        """Return the value of a quantity at a time step of sequence ``k``, as a page shows it."""
        assert quantity.time is not None
        name, step = quantity.name, int(quantity.time)
        if (name, step, k) not in self._shown:
            self._shown[name, step, k] = self.asked(name, step, self._entries(name, step, k))
        return self._shown[name, step, k]

    def asked(self, name: str, step: int, entries: Array) -> Array:
        """Return the entries of a value as a sheet leaves them out, or a key shows them."""
        return entries if self.asking is None else self.asking.of(name, step, entries)

    def _entries(self, name: str, step: int, k: int) -> Array:
        if name in self.seeds and self.certified:
            return exported(self.seeds[name][k, step - 1][:, None])
        told = self.trace.told(name, step, k)
        return told if self.trace.is_given(name, step) else written(self.trace.algebra, told)

    def numbers(self, k: int, *parts: Basic) -> dict[Basic, Array]:
        """Return the numbers of every quantity in expressions of absolute time steps."""
        found = {quantity for part in parts for quantity in quantities(part)}
        return {q: self.weights[q] if q.time is None else self.entries(q, k) for q in found}

    def over_time(
        self, names: Iterable[Quantity], steps: Iterable[int], k: int
    ) -> tuple[Table, ...]:
        """Return tables of quantities, a row a time step; of no steps there are none."""
        notation, steps = self.typesetter.notation, list(steps)
        if not steps:
            return ()
        labels = [notation.symbol("t"), *(notation.integer(step, digits=9) for step in steps)]
        columns = {
            joined(self.typesetter.formula(name)): [
                self.entries(name.at(step), k) if self._has(name, step, k) else None
                for step in steps
            ]
            for name in names
        }
        return self.typesetter.tables(columns, labels)

    def _has(self, name: Quantity, step: int, k: int) -> bool:
        """Say whether a step has a value: one that a mask leaves out has little."""
        return name.name in self.trace.histories[k][step]

    def _inputs(self, k: int) -> Line:
        inputs = [self.cell.x.at(step) for step in self.steps]
        return self.typesetter.given((x, self.entries(x, k)) for x in inputs)

    def _step(self, step: int, k: int) -> TimeStep:
        if not self.trace.is_computed(step, k):
            return self._held(step, k)
        moved = self._told.at(step)
        equations = moved[: len(self.cell.equations)]
        if not self.numeric:
            return TimeStep(step, (), tuple(map(self.typesetter.equation, equations)))
        known = [q.xreplace(times(step)) for q in (self.cell.x, *self.cell.states.values())]
        goes_in = [self.typesetter.alike([(q, self.entries(q, k))]) for q in known]
        program = {e.lhs: e for e in moved[len(equations) :]}
        lines = (self._line(equation, program[equation.lhs], k) for equation in equations)
        return TimeStep(step, (self.typesetter.listed(goes_in),), tuple(lines))

    @cached_property
    def _told(self) -> Unrolled:
        """The equations of every step, and after them those of the program that names more."""
        return Unrolled((*self.cell.equations, *self.cell.program))

    def _held(self, step: int, k: int) -> TimeStep:
        """Return a step that a mask leaves out: the states stay what they are, and the output."""
        line, states = self.trace.timeline, self.cell.states
        hidden = line is not None and not line.shows(step, k)
        output = None if hidden else lone_output(self.cell)
        kept = [*states.values(), *([] if output is None else [output])]
        stays = (Equation(one.at(step), one.at(step - 1)) for one in kept)
        lines = tuple(self._line(equation, equation, k) for equation in stays)
        if hidden:
            held = "step.held_hidden" if states else "step.output_held_hidden"
        elif states:
            held = "step.held" if output is None else "step.all_held"
        else:
            held = "step.output_held"
        return TimeStep(step, (), lines, held=held, hidden=hidden)

    def _line(self, equation: Equation, named: Equation, k: int) -> Line:
        values = self.numbers(k, equation, named)
        algebra, strong = self.trace.algebra, self.is_result(equation.lhs)
        value = values[equation.lhs]
        return self.typesetter.worked(equation, values, value, algebra, named=named, strong=strong)

    def is_result(self, value: Quantity) -> bool:
        """Say whether a value is what all is about: an output, or a state after the last step."""
        last = value.time == len(self.trace) and value.name in self.cell.states
        return last or value.name == self.cell.output.name

    def _closed_form(self, output: Quantity, definitions: Definitions) -> Line:
        links = [self.typesetter.formula(definitions.substitute(output))]
        rounds = isinstance(self.trace.algebra, DecimalAlgebra)  # a formula of true values
        if self.numeric and len(self.trace.histories) == 1 and not rounds:
            links.append(self.typesetter.value(self.entries(output, 0)))
        return self.typesetter.line(self.typesetter.formula(output), links)

    def _after(self, k: int) -> Lines:
        if self.trace.given is None:
            return ()
        formula, notation = self.typesetter.formula, self.typesetter.notation
        lines = []
        for state in self.cell.states.values():
            last = state.at(len(self.trace))
            zero = [[notation.integer(0, digits=1)]]
            kept = [formula(last), self.typesetter.value(self.entries(last, k))]
            links = kept if self.trace.given.stateful else zero
            lines.append(self.typesetter.line(formula(state.at(0)), links, notation.becomes))
        return (self.typesetter.listed(lines),) if lines else ()

    def _results(self, k: int) -> Lines:
        if not self.numeric or not self.cell.states:
            return ()
        last = [state.at(len(self.trace)) for state in self.cell.states.values()]
        each = [self.typesetter.alike([(state, self.entries(state, k))]) for state in last]
        return (self.typesetter.listed(each),)

    def _summary(self, k: int) -> tuple[Table, ...]:
        names = [self.cell.x, *(equation.lhs for equation in self.cell.equations)]
        return self.over_time(names, self.steps, k)

    def _starts_at_zero(self, state: Quantity) -> bool:
        return all(
            entry == 0
            for k in range(len(self.trace.histories))
            for entry in self.trace.entries(state.name, 0, k).flat
        )


def functions(equations: Iterable[Equation]) -> set[Activation]:
    """Return the activation functions of every entry, and derivatives of them, in equations."""
    rows = {part.activation for e in equations for part in e.rhs.atoms(Elementwise)}
    return {row for row in rows if not isinstance(row, EntryFunction)}


def vector_functions(equations: Iterable[Equation]) -> list[VectorActivation]:
    """Return the activation functions of whole vectors in equations, by name."""
    rows = {part.activation for e in equations for part in e.rhs.atoms(Vectorwise)}
    return sorted(rows, key=lambda row: row.name)
