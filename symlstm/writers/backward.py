"""Tell the gradients of a trace: the equations of the backward pass, and every time step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from sympy import Basic, Integer, ZeroMatrix

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.cells.cell import Cell
from symlstm.equations.activations import in_table_order, row_named
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, add, quantities, scale, t
from symlstm.equations.nodes import Diagonal
from symlstm.equations.operands import Addition
from symlstm.gradients.gradients import Gradients
from symlstm.notation import Token, Tokens, joined, width
from symlstm.numbers.arrays import Array
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint, handed_back, seed, uses
from symlstm.passes.merge import aliases, merged, renamed, without_aliases
from symlstm.passes.state_jacobian import local_derivative
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import Unrolled
from symlstm.writers.document import Adjoint, BackwardPass, TimeStep
from symlstm.writers.explained import said_backward
from symlstm.writers.forward import Forward, functions
from symlstm.writers.line import Line, Lines
from symlstm.writers.roundings import taken, written
from symlstm.writers.summary import NOTHING, Table
from symlstm.writers.typesetter import Typesetter

LONGEST_DERIVATIVE = 60
"""A local derivative of more digits, as that of a norm, is called what it is."""


def adjoint_section(typesetter: Typesetter, gradients: Gradients) -> Adjoint:
    """Return the equations of the backward pass, and where their terms come from."""
    cell, equations = gradients.cell, told(gradients)
    found = list(handed_back(cell.program))
    own = [(term, e) for state, term, e in found if e.lhs.name == state.name]
    used = functions(equations)
    rows = in_table_order({row_named(row.name[:-1]) for row in used if row.name.endswith("'")})
    weights = {adjoint(weight) for weight in cell.weights.values()}
    names = aliases(gradients.equations)
    return Adjoint(
        equations=tuple(typesetter.equation(e) for e in equations if e.lhs not in weights),
        sums=tuple(_sums(typesetter, cell, equations)),
        uses=tuple(_uses(typesetter, cell, names)),
        transposed=not cell.is_scalar,
        own=tuple(_source(typesetter, renamed(term, names), e) for term, e in own),
        derivatives=tuple(typesetter.definition(row.prime, row.derivative_shown) for row in rows),
        explained=said_backward(cell, equations, [row.derivative for row in rows]),
    )


def told(gradients: Gradients) -> tuple[Equation, ...]:
    """Return the equations of gradients as a page tells them: those that say nothing are left out.

    Where every value is rounded, those that are rounded on the way stand in lines of their own.
    """
    if isinstance(gradients.adjoints.algebra, DecimalAlgebra):
        return without_aliases(gradients.equations)
    program = {equation.lhs.name: equation.lhs for equation in gradients.cell.program}
    inner = [adjoint(value) for name, value in program.items() if name.startswith("z_")]
    return merged(gradients.equations, inner)


def _sums(typesetter: Typesetter, cell: Cell, equations: tuple[Equation, ...]) -> Iterator[Line]:
    """Yield what the gradients by the weights are, a line for each group of them."""
    by_lhs = {equation.lhs: equation.rhs for equation in equations}
    for members in cell.groups.values():
        lines = []
        for weight in members:
            bar = adjoint(weight)
            terms = by_lhs[bar].args if isinstance(by_lhs[bar], Addition) else [by_lhs[bar]]
            own = [one for one in terms if one != bar.at(t + 1)]
            term = add(*own) if own else ZeroMatrix(*bar.shape)
            left = typesetter.formula(Quantity(bar.name, *bar.shape))
            total = _bracketed(typesetter, term)
            if not isinstance(term, ZeroMatrix):
                total = [typesetter.notation.over_time, *total]
            lines.append(typesetter.line(left, [total]))
        yield typesetter.listed(lines)


def _bracketed(typesetter: Typesetter, term: Basic) -> Tokens:
    """Return a term that is summed, in brackets if it is a sum itself."""
    tokens = typesetter.formula(term)
    if not isinstance(term, Addition):
        return tokens
    left, right = typesetter.notation.brackets(max(token.height for token in tokens))
    return [left, *tokens, right]


def _uses(
    typesetter: Typesetter, cell: Cell, names: Mapping[Quantity, Quantity]
) -> Iterator[Table]:
    """Yield a table of where each value is used, and the derivative of that by it, if any is.

    They are in the order of use.

    What is handed back is left out where there is no room for it: it is the derivative times the
    gradient.
    """
    formula = typesetter.formula
    header = (
        typesetter.words("backward.value"),
        typesetter.words("backward.used_in"),
        typesetter.words("backward.derivative"),
        typesetter.words("backward.hands_back"),
    )
    order = [cell.x, *cell.computed.values()]
    found = sorted(uses(cell.program), key=lambda use: -order.index(use[0]))
    rows = []
    for value, share, equation in found:
        derivative = local_derivative(share, adjoint(equation.lhs))
        by, used, handed = map(formula, (value, equation.lhs, renamed(share, names)))
        shown = formula(_bare(derivative))
        if width(shown) > LONGEST_DERIVATIVE:
            of = joined(used), joined(by)
            shown = [typesetter.notation.derivative(*of, partial=True, flat=True)]
        rows.append(tuple(map(joined, (by, used, shown, handed))))
    table = Table(header, tuple(rows))
    if table.width > typesetter.width:
        table = Table(header[:-1], tuple(row[:-1] for row in rows))
    if rows:
        yield table


def _bare(derivative: Basic) -> Basic:
    """Return a derivative, or the vector that it has on its diagonal."""
    if isinstance(derivative, Scaled):
        return scale(derivative.factor, _bare(derivative.argument))
    return derivative.argument if isinstance(derivative, Diagonal) else derivative


def _source(typesetter: Typesetter, term: Basic, equation: Equation) -> Line:
    links = [typesetter.formula(equation.lhs), typesetter.formula(equation.rhs)]
    source = typesetter.notation.source(typesetter.catalogue.words("backward.from"))
    return typesetter.line(typesetter.formula(term), links, source)


@dataclass(frozen=True)
class Backward:
    """Tells the backward pass of gradients; ``forward`` is of the trace of their adjoints.

    With ``running_sums``, the gradients by the weights are summed up step by step.
    """

    forward: Forward
    gradients: Gradients
    running_sums: bool = False

    def tell(self, k: int) -> BackwardPass:
        """Return the backward pass through sequence ``k``."""
        steps = self.forward.trace.computed(k)[0][::-1]
        worked, numeric = self.forward.worked, self.forward.numeric
        names = [equation.lhs for equation in self._equations]
        initial = self.gradients.initial_equations
        shown = Unrolled(Equation(e.lhs, renamed(e.rhs, self._names)) for e in initial)
        lines = self._at(0, k, shown)
        table = self._weights(k) if numeric else None
        return BackwardPass(
            steps=tuple(self._step(step, k) for step in steps) if worked else (),
            initial=tuple(self._line(equation, k) for equation in lines) if worked else (),
            summary=self.forward.over_time(names, steps, k) if numeric else (),
            weights=(table,) if table else (),
            weight_lines=self._weight_lines(k) if numeric and table is None else (),
        )

    @cached_property
    def _equations(self) -> tuple[Equation, ...]:
        """The equations that have a line at every step."""
        weights = {adjoint(weight) for weight in self.gradients.cell.weights.values()}
        every = told(self.gradients)
        return tuple(e for e in every if self.running_sums or e.lhs not in weights)

    @cached_property
    def _names(self) -> dict[Quantity, Quantity]:
        return aliases(self.gradients.equations)

    def _weights(self, k: int) -> Table | None:
        """Return the gradients by weights that are numbers: a row a group, and a column a gate.

        There is no table of matrices, and none of numbers that are too long for it.
        """
        cell, notation = self.gradients.cell, self.forward.typesetter.notation.inline
        if not cell.weights or any(one.shape != (1, 1) for one in cell.weights.values()):
            return None
        parts = {name: name.partition("_") for name in cell.weights}
        letters = dict.fromkeys(letter for letter, _, _ in parts.values())
        gates = dict.fromkeys(gate for _, _, gate in parts.values())
        nothing = NOTHING
        rows = []
        for letter in letters:
            shown = [notation.symbol(f"{letter}_bar")]
            for gate in gates:
                name = f"{letter}_{gate}" if gate else letter
                shown.append(self._weight(cell.weights[name], k) if name in parts else nothing)
            rows.append(tuple(shown))
        header = (nothing, *(notation.symbol(gate) if gate else nothing for gate in gates))
        table = Table(header, tuple(rows))
        return table if table.width <= self.forward.typesetter.width else None

    def _weight(self, weight: Quantity, k: int) -> Token:
        entries = self.forward.entries(adjoint(weight).at(Integer(1)), k)
        return joined(self.forward.typesetter.value(entries))

    def _weight_lines(self, k: int) -> Lines:
        """Return the gradients by weights in lines, one for each group."""
        typesetter = self.forward.typesetter
        lines = []
        for members in self.gradients.cell.groups.values():
            pairs = []
            for weight in members:
                bar = adjoint(weight)
                entries = self.forward.entries(bar.at(Integer(1)), k)
                pairs.append((Quantity(bar.name, *bar.shape), entries))
            lines.append(typesetter.given(pairs))
        return tuple(lines)

    def sums(self) -> Iterator[Line]:
        """Yield the gradients by the weights, summed over the sequences if there are several."""
        sequences = range(len(self.forward.trace.histories))
        if len(sequences) == 1 or not self.forward.numeric:
            return
        for members in self.gradients.cell.groups.values():
            for weight in members:
                bar = adjoint(weight)
                rows, columns = bar.shape
                each = {
                    Quantity(f"{bar.name}^{k + 1}", rows, columns): self.forward.entries(
                        bar.at(1), k
                    )
                    for k in sequences
                }
                total = Equation(Quantity(bar.name, rows, columns), add(*each))
                algebra = self.forward.trace.algebra
                with algebra.context():
                    value = algebra.kept(np.add.reduce(list(map(taken, each.values()))))
                value = self.forward.asked(bar.name, 1, written(algebra, value))
                yield self.forward.typesetter.worked(total, each, value, algebra)

    def _step(self, step: int, k: int) -> TimeStep:
        given = [
            (seed(self.gradients.cell.vector(name)).at(Integer(step)), name)
            for name in self.gradients.incoming
        ]
        zeros = {q: _zero(q) for q, name in given if not self._comes_in(name, step, k)}
        equations = _with(zeros, self._at(step, k, self._unrolled))
        known = self._known([q for q, _ in given if q not in zeros], equations, step, k)
        return TimeStep(step, known, tuple(self._line(equation, k) for equation in equations))

    @cached_property
    def _unrolled(self) -> Unrolled:
        return Unrolled(self._equations)

    def _at(self, step: int, k: int, equations: Unrolled) -> list[Equation]:
        """Return the equations of a step; after it comes the next that is computed, or zero."""
        following, last = self._following(step, k), len(self.gradients)
        found = list(equations.at(step))
        if following == step + 1 <= last:
            return found
        later = {q for e in found for q in quantities(e.rhs) if q.time == step + 1}
        moved = {q: q.at(following) if following <= last else _zero(q) for q in later}
        return _with(moved, found)

    def _following(self, step: int, k: int) -> int:
        """Return the next step that is computed, or else the one past the end."""
        computed, _ = self.forward.trace.computed(k)
        return next((one for one in computed if one > step), len(self.gradients) + 1)

    def _known(
        self, incoming: list[Quantity], equations: list[Equation], step: int, k: int
    ) -> Lines:
        """Return what goes into a step: from the loss, and from the next step but its sums."""
        if not self.forward.numeric:
            return ()
        sums = {adjoint(weight).name for weight in self.gradients.cell.weights.values()}
        following = self._following(step, k)
        handed = {
            quantity: None
            for equation in equations
            for quantity in quantities(equation.rhs)
            if quantity.time == following <= len(self.gradients) and quantity.name not in sums
        }
        typesetter = self.forward.typesetter
        sheet = self.forward.asking is not None and not self.forward.asking.filled
        asked = sheet and self.gradients.loss is not None  # what a loss sends says what came out
        told = [*handed] if asked else [*incoming, *handed]
        each = [typesetter.alike([(q, self.forward.entries(q, k))]) for q in told]
        return (typesetter.listed(each),) if each else ()

    def _comes_in(self, name: str, step: int, k: int) -> bool:
        return bool(self._gathered[name][k, step - 1].any())

    @cached_property
    def _gathered(self) -> dict[str, Array]:
        return {name: self.gradients.gathered(name) for name in self.gradients.incoming}

    def _line(self, equation: Equation, k: int) -> Line:
        typesetter = self.forward.typesetter
        if not self.forward.numeric:
            return typesetter.equation(equation)
        values = self.forward.numbers(k, equation)
        value = values[equation.lhs]
        if not self.forward.trace.computed(k)[0]:  # what comes from outside is all that there is
            return typesetter.alike([(equation.lhs, value)])
        return typesetter.worked(equation, values, value, self.forward.trace.algebra)


def _with(known: Mapping[Quantity, Basic], equations: Iterable[Equation]) -> list[Equation]:
    """Return equations with what is known of some quantities in their right-hand sides."""
    put_in = Definitions({**known}).substitute
    return [
        e if known.keys().isdisjoint(quantities(e.rhs)) else Equation(e.lhs, put_in(e.rhs))
        for e in equations
    ]


def _zero(quantity: Quantity) -> ZeroMatrix:
    return ZeroMatrix(*quantity.shape)
