"""The values on a cell's wires: those of a trace, and of the operations that no equation names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities, t
from symlstm.equations.expression import add as total
from symlstm.equations.nodes import free_name
from symlstm.figures.graph import Graph
from symlstm.figures.spelling import Numbers
from symlstm.gradients.gradients import Gradients
from symlstm.numbers.arrays import Array
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint, differentiate, handed_back
from symlstm.passes.substitute import Definitions
from symlstm.runs.further import evaluated
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class Values:
    """The values of one sequence of a trace, for the operations of its cell."""

    graph: Graph
    trace: Trace[Any]
    sequence: int = 0

    def entries(self, value: Quantity, step: int) -> Array:
        """Return a value's entries at a time step, of shape (rows, columns)."""
        if value in self.graph.unnamed:
            if step not in self._computed:
                equations = tuple(self.graph.unnamed.values())
                self._computed[step] = evaluated(self.trace, equations, step, self.sequence)
            return self._computed[step].entries(value.name, step, self.sequence)
        return self.trace.told(value.name, step - (value.time == before), self.sequence)

    def numbers(self, value: Quantity, step: int) -> Numbers:
        """Return how the numbers of a value are spelled: what was given is not rounded."""
        return told_numbers(self.trace, value.name, step - (value.time == before))

    @cached_property
    def _computed(self) -> dict[int, Trace[Any]]:
        """The trace with the values of all operations of a step, for the steps asked for."""
        return {}


@dataclass(frozen=True, eq=False)
class Adjoints:
    """The gradients by the values of one sequence, for the operations of its cell."""

    values: Values
    gradients: Gradients

    def entries(self, value: Quantity, step: int) -> Array:
        """Return the gradient by a value at a time step; by a state before it, this step's part."""
        trace, sequence = self.gradients.adjoints, self.values.sequence
        if value.time == before and step > 1:
            handed = self.handed[value.name]
            return evaluated(trace, (handed,), step, sequence).entries(
                handed.lhs.name, step, sequence
            )
        if value.time == before:
            return trace.entries(adjoint(value.at(t)).name, 0, sequence)
        if value in self._equations:
            if step not in self._computed:
                forward = tuple(self.values.graph.unnamed.values())
                equations = (*forward, *self._equations.values())
                self._computed[step] = evaluated(trace, equations, step, sequence)
            return self._computed[step].entries(adjoint(value).name, step, sequence)
        return trace.entries(adjoint(value).name, step, sequence)

    def reach(self, value: Quantity) -> bool:
        """Say whether there is a gradient by a value: there is none by what nothing uses."""
        return value.name in self.handed if value.time == before else adjoint(value) in self._all

    def formula(self, value: Quantity) -> Equation:
        """Return the equation of the gradient by a value, in terms of what has a name."""
        bar = adjoint(value)
        if value.time == before:
            return Equation(bar, self.handed[value.name].rhs)
        if value in self.values.graph.unnamed:
            return Equation(bar, self._definitions.substitute(self._all[bar].rhs))
        return self._named[bar]

    def along(self, value: Quantity) -> Iterator[Quantity]:
        """Yield the gradients with whose lines one is told that has none: what uses it or makes it.

        One that an equation names is used in the next of them.
        """
        bar = adjoint(value)
        if value.time == before or value in self.values.graph.unnamed:
            yield from quantities(self.formula(value).rhs)
        yield from (e.lhs for e in self._named.values() if bar in quantities(e.rhs))

    @property
    def numbers(self) -> Numbers:
        """How the numbers of the gradients are spelled."""
        return numbers_of(self.gradients.adjoints)

    @cached_property
    def _computed(self) -> dict[int, Trace[Any]]:
        return {}

    @cached_property
    def _all(self) -> dict[Quantity, Equation]:
        """The equations of the gradients by all that operations compute."""
        program = tuple(o.equation for o in self.values.graph.operations.values())
        return {equation.lhs: equation for equation in differentiate(program, self._seeds)}

    @cached_property
    def _named(self) -> dict[Quantity, Equation]:
        """Those of the gradients by what the cell's equations compute."""
        return {equation.lhs: equation for equation in self.gradients.cell.adjoints(self._seeds)}

    @property
    def _seeds(self) -> list[Quantity]:
        return [self.gradients.cell.computed[name] for name in self.gradients.incoming]

    @cached_property
    def _definitions(self) -> Definitions:
        """What stands for the helpers, and for the gradients by them."""
        helpers = [*self.values.graph.unnamed.values(), *self._equations.values()]
        return Definitions({equation.lhs: equation.rhs for equation in helpers})

    @cached_property
    def _equations(self) -> dict[Quantity, Equation]:
        """The equations of the gradients by what no equation of the cell names."""
        wanted = {adjoint(helper): helper for helper in self.values.graph.unnamed}
        return {wanted[lhs]: e for lhs, e in self._all.items() if lhs in wanted}

    @cached_property
    def handed(self) -> dict[str, Equation]:
        """What a step hands back to each state of the step before."""
        cell = self.gradients.cell
        found: dict[str, list[Any]] = {name: [] for name in cell.states}
        for state, term, _ in handed_back(cell.program):
            found[state.name].append(term.xreplace({t + 1: t, t: before}))
        taken = set().union(*self.gradients.adjoints.histories[0].values())
        return {
            name: Equation(
                Quantity(free_name(f"handed_{name}", taken), cell.states[name].shape[0], 1, t),
                total(*terms),
            )
            for name, terms in found.items()
            if terms
        }


def numbers_of(trace: Trace[Any]) -> Numbers:
    """Return how the numbers of a trace are spelled: as they are, or certified."""
    algebra = trace.algebra
    if isinstance(algebra, DecimalAlgebra):
        return Numbers(rounded=True, places=algebra.places)
    return Numbers(algebra.digits if isinstance(algebra, CertifiedAlgebra) else None)


def told_numbers(trace: Trace[Any], name: str, step: int) -> Numbers:
    """Return how the numbers of a value at a step are spelled: what was given is not rounded."""
    numbers = numbers_of(trace)
    given = trace.is_given(name, step)
    return replace(numbers, rounded=False, places=None) if given else numbers
