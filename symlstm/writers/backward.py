"""Tell the backward pass of a trace, every time step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from sympy import Basic, Integer, ZeroMatrix

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, quantities
from symlstm.gradients.gradients import Gradients
from symlstm.notation import Token, joined
from symlstm.numbers.arrays import Array
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint, seed
from symlstm.passes.merge import aliases, renamed
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import Unrolled
from symlstm.writers.adjoint import told
from symlstm.writers.document import BackwardPass, TimeStep
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line, Lines
from symlstm.writers.roundings import taken, written
from symlstm.writers.summary import NOTHING, Table


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
