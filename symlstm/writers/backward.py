"""Tell the gradients of a trace: the equations of the backward pass, and every time step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sympy import Basic, Heaviside, Integer, ZeroMatrix

from symlstm.cells.cell import Cell
from symlstm.equations.activations import in_table_order, row_named
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, quantities
from symlstm.gradients.gradients import Gradients
from symlstm.passes.differentiate import adjoint, handed_back, seed
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import at_step
from symlstm.writers.document import Adjoint, BackwardPass, Lines, TimeStep
from symlstm.writers.forward import Forward, functions
from symlstm.writers.line import Line
from symlstm.writers.roundings import taken, written
from symlstm.writers.typesetter import Typesetter


def adjoint_section(typesetter: Typesetter, cell: Cell, equations: tuple[Equation, ...]) -> Adjoint:
    """Return the equations of the backward pass, and where their terms come from."""
    found = list(handed_back(cell.program))
    own = [(term, e) for state, term, e in found if e.lhs.name == state.name]
    others = [(term, e) for state, term, e in found if e.lhs.name != state.name]
    used = functions(equations)
    rows = in_table_order({row_named(row.name[:-1]) for row in used if row.name.endswith("'")})
    return Adjoint(
        equations=tuple(map(typesetter.equation, equations)),
        own=tuple(_source(typesetter, *source) for source in own),
        sources=tuple(_source(typesetter, *source) for source in others),
        derivatives=tuple(typesetter.definition(row.prime, row.derivative_shown) for row in rows),
        jumps=any(row.derivative.has(Heaviside) for row in rows),
    )


def _source(typesetter: Typesetter, term: Basic, equation: Equation) -> Line:
    links = [typesetter.formula(equation.lhs), typesetter.formula(equation.rhs)]
    return typesetter.line(typesetter.formula(term), links, typesetter.notation.source)


@dataclass(frozen=True)
class Backward:
    """Tells the backward pass of gradients; ``forward`` is of the trace of their adjoints."""

    forward: Forward
    gradients: Gradients

    def tell(self, k: int) -> BackwardPass:
        """Return the backward pass through sequence ``k``."""
        steps = range(len(self.gradients), 0, -1)
        worked, numeric = self.forward.worked, self.forward.numeric
        names = [equation.lhs for equation in self.gradients.equations]
        initial = at_step(self.gradients.initial_equations, 0)
        return BackwardPass(
            steps=tuple(self._step(step, k) for step in steps) if worked else (),
            initial=tuple(self._line(equation, k) for equation in initial) if worked else (),
            summary=self.forward.over_time(names, steps, k) if numeric else (),
        )

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
                    Quantity(
                        f"{bar.name}^{k + 1}", rows, columns, Integer(1)
                    ): self.forward.entries(bar.at(1), k)
                    for k in sequences
                }
                total = Equation(Quantity(bar.name, rows, columns), add(*each))
                algebra = self.forward.trace.algebra
                with algebra.context():
                    value = algebra.kept(np.add.reduce(list(map(taken, each.values()))))
                value = written(algebra, value)
                yield self.forward.typesetter.worked(total, each, value, algebra)

    def _step(self, step: int, k: int) -> TimeStep:
        given = [
            (seed(self.gradients.cell.vector(name)).at(Integer(step)), name)
            for name in self.gradients.incoming
        ]
        zeros = {q: _zero(q) for q, name in given if not self._comes_in(name, step, k)}
        equations = [
            Equation(e.lhs, Definitions(zeros).substitute(e.rhs))
            for e in at_step(self.gradients.equations, step)
        ]
        known = self._known([q for q, _ in given if q not in zeros], equations, step, k)
        return TimeStep(step, known, tuple(self._line(equation, k) for equation in equations))

    def _known(
        self, incoming: list[Quantity], equations: list[Equation], step: int, k: int
    ) -> Lines:
        """Return what goes into a step: from the loss, and from the next step but its sums."""
        if not self.forward.numeric:
            return ()
        sums = {adjoint(weight).name for weight in self.gradients.cell.weights.values()}
        handed = {
            quantity: None
            for equation in equations
            for quantity in quantities(equation.rhs)
            if quantity.time == step + 1 <= len(self.gradients) and quantity.name not in sums
        }
        typesetter = self.forward.typesetter
        each = [typesetter.alike([(q, self.forward.entries(q, k))]) for q in [*incoming, *handed]]
        return (typesetter.listed(each),) if each else ()

    def _comes_in(self, name: str, step: int, k: int) -> bool:
        return bool(self.gradients.incoming[name][k, step - 1].any())

    def _line(self, equation: Equation, k: int) -> Line:
        beyond = {
            quantity: _zero(quantity)
            for quantity in equation.rhs.atoms(Quantity)
            if quantity.time == len(self.gradients) + 1
        }
        equation = Equation(equation.lhs, Definitions(beyond).substitute(equation.rhs))
        typesetter = self.forward.typesetter
        if not self.forward.numeric:
            return typesetter.equation(equation)
        values = self.forward.numbers(k, equation)
        value = values[equation.lhs]
        return typesetter.worked(equation, values, value, self.forward.trace.algebra)


def _zero(quantity: Quantity) -> ZeroMatrix:
    return ZeroMatrix(*quantity.shape)
