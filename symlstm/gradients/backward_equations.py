"""The equations of a backward pass, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, t
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Stack
from symlstm.equations.system import Equations
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import (
    adjoint,
    differentiate_initial,
    initial_of,
    seed,
)
from symlstm.passes.sums import Products, sums_apart, sums_stacked

Sums: TypeAlias = Sequence[tuple[tuple[tuple[str, slice | None], ...], Products]]
"""Of each sum over time the names of what it is, with their rows, and the products.

Without rows, it is the whole of that value.
"""


@dataclass(frozen=True, eq=False)
class Backward:
    """The equations of a backward pass of a cell: those of a step, and of the initial states.

    ``held`` returns what holds the gradient by a quantity, and ``seeded`` the gradient by it that
    comes from outside.
    """

    cell: Cell
    step: Equations
    initial: Equations
    held: Callable[[Quantity], Quantity] = adjoint
    seeded: Callable[[Quantity], Quantity] = seed

    @cached_property
    def sums(self) -> list[str]:
        """The names of the running sums of gradients by weights."""
        return [self.held(weight).name for weight in self.cell.weights.values()]

    @cached_property
    def by_states(self) -> list[str]:
        """The names of the gradients by states."""
        return [self.held(state.at(t)).name for state in self.cell.states.values()]

    @cached_property
    def apart(self) -> tuple[Equations, Sums]:
        """The equations of a step without the sums of gradients by weights, and these."""
        step, sums = sums_apart(self.step, self.sums)
        return Equations(step), [(((q.name, None),), products) for q, products in sums.items()]

    @cached_property
    def apart_in_stacks(self) -> tuple[Equations, Sums]:
        """The same with the sums in stacks."""
        step, sums = sums_apart(self.step, self.sums)
        stacks = sums_stacked(sums)
        return Equations(step), [(_parts_of(one), products) for one, products in stacks.items()]


@lru_cache(maxsize=64)
def adjoint_equations(cell: Cell, seeded: tuple[str, ...]) -> Backward:
    """Return the equations of a step and those of the initial states, for incoming gradients."""
    states = [state.at(t) for state in cell.states.values()]
    right = cell.adjoints(cell.computed[name] for name in seeded)
    initial = differentiate_initial(cell.program, states)
    step = cell.backward(right)
    changed = {one.lhs: initial_of(one, states) for one in set(step) - set(right)}
    return Backward(cell, Equations(step), Equations(changed.get(q.lhs, q) for q in initial))


@lru_cache(maxsize=64)
def looked_ahead_to(
    equations: tuple[Equation, ...],
) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """Return what a step looks ahead to, with its shapes, and the names in what it divides by."""
    sides = [equation.rhs for equation in equations]
    ahead = {q for side in sides for q in side.atoms(Quantity) if q.time == t + 1}
    parts = (part for side in sides for part in side.atoms(Elementwise))
    below = (part for part in parts if isinstance(part.activation, EntryFunction))
    shapes = {q.name: (int(q.shape[0]), int(q.shape[1])) for q in ahead}
    return shapes, {q.name for part in below for q in part.atoms(Quantity)}


def _parts_of(stack: Stack) -> tuple[tuple[str, slice], ...]:
    ends = list(accumulate(int(part.shape[0]) for part in stack.args))
    rows = map(slice, [0, *ends], ends)
    return tuple(zip((part.name for part in stack.args), rows, strict=True))
