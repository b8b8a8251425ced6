"""A cell with some equations that are other ones: what someone may have made of it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from sympy import Basic, ZeroMatrix

from symlstm.cells.cell import Cell
from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities
from symlstm.equations.rebuild import put
from symlstm.equations.system import Equations
from symlstm.numbers.remembered import cached_property


@dataclass(frozen=True, repr=False)
class Rewritten(GatedCell):
    """Another cell's system of equations, changed; made by `rewritten`.

    ``changes`` are the equations that are other ones; `in_order` says where those stand of
    quantities that ``original`` does not have. ``changes_backward`` are adjoint equations that are
    not what follows.
    """

    original: Cell = field(kw_only=True)
    changes: tuple[Equation, ...] = field(kw_only=True)
    changes_backward: tuple[Equation, ...] = field(default=(), kw_only=True)

    def define(self) -> tuple[Equation, ...]:
        """Return the equations of the original, with others for some."""
        changed = {equation.lhs.name: equation for equation in self.changes}
        return in_order(self.original.program, changed)

    @cached_property
    def states(self) -> dict[str, Quantity]:
        """The states of the original, also where nothing recalls them any more, and new ones."""
        return {**self.original.states, **super().states}

    @cached_property
    def program(self) -> Equations:
        """The same equations: what is not named in them was not named by whoever made them."""
        return self.equations

    def backward(self, equations: tuple[Equation, ...]) -> tuple[Equation, ...]:
        """Return the adjoint equations, with others for some; what does not come in is zero."""
        changed = {equation.lhs.name: equation for equation in self.changes_backward}
        known = {one.lhs.name for one in equations} | {self.x.name, *self.computed}
        known |= {q.name for one in equations for q in quantities(one.rhs)}
        run = (changed.get(one.lhs.name, one) for one in equations)
        return tuple(_without(one, known, self.states) for one in run)

    @property
    def letters(self) -> Mapping[str, str]:
        """The groups of weights of the original."""
        return self.original.letters

    def __repr__(self) -> str:
        changes = (*self.changes, *self.changes_backward)
        return f"{self.original!r} with {'; '.join(map(str, changes))}"


def _without(equation: Equation, known: Container[str], states: Container[str]) -> Equation:
    """Return an equation with zero for each value over time that is not known."""
    missing = {
        q
        for q in quantities(equation.rhs)
        if q.time is not None and q.name not in (states if q.time == before else known)
    }
    nothing: dict[Basic, Basic] = {q: ZeroMatrix(*q.shape) for q in missing}
    return Equation(equation.lhs, put(equation.rhs, nothing)) if missing else equation


def in_order(program: Sequence[Equation], changes: Mapping[str, Equation]) -> tuple[Equation, ...]:
    """Return a system with other equations for some, by the names of what they compute.

    Equations of new quantities come first where others look back to them, and else last: the last
    one is the output.
    """
    names = {one.lhs.name for one in program}
    added = [one for name, one in changes.items() if name not in names]
    kept = tuple(changes.get(one.lhs.name, one) for one in program)
    if not added:
        return kept
    recalled = {q.name for one in kept for q in quantities(one.rhs) if q.time == before}
    first = [one for one in added if one.lhs.name in recalled]
    return (*first, *kept, *(one for one in added if one not in first))


def rewritten(
    cell: Cell, changes: Mapping[str, Equation], changes_backward: Mapping[str, Equation]
) -> Cell:
    """Return ``cell`` with other equations, by the names of what they compute.

    Raises `CellError` when they do not hold together.

    >>> from symlstm import LSTM
    >>> from symlstm.equations import hadamard
    >>> cell = LSTM(units=1)
    >>> c, o = cell.computed["c"], cell.computed["o"]
    >>> rewritten(cell, {"h": Equation(cell.h, hadamard(o, c))}, {}).equations[-1]
    h_t = o_t ⊙ c_t
    """
    if not changes and not changes_backward:
        return cell
    return Rewritten(
        cell.units,
        cell.input_dim,
        use_bias=cell.use_bias,
        activation=None,
        recurrent_activation=None,
        original=cell,
        changes=tuple(changes.values()),
        changes_backward=tuple(changes_backward.values()),
    )
