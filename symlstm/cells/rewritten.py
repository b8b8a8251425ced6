"""A cell with some equations that are other ones: what someone may have made of it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from symlstm.cells.cell import Cell, GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, free_name
from symlstm.passes.preactivations import name_preactivations


@dataclass(frozen=True, repr=False)
class Rewritten(GatedCell):
    """Another cell's system of equations, changed; made by `rewritten`.

    ``changes`` are the equations that are other ones; those of quantities that ``original`` does
    not have come last. ``changes_backward`` are adjoint equations that are not what follows.
    """

    original: Cell = field(kw_only=True)
    changes: tuple[Equation, ...] = field(kw_only=True)
    changes_backward: tuple[Equation, ...] = field(default=(), kw_only=True)

    def define(self) -> tuple[Equation, ...]:
        """Return the equations of the original, with others for some."""
        changed = {equation.lhs.name: equation for equation in self.changes}
        program = [changed.pop(one.lhs.name, one) for one in self.original.program]
        program += changed.values()
        taken = {one.lhs.name for one in program}
        return tuple(part for equation in program for part in _apart(equation, taken))

    @cached_property
    def states(self) -> dict[str, Quantity]:
        """The states of the original, also where nothing recalls them any more, and new ones."""
        return {**self.original.states, **super().states}

    @property
    def parameters(self) -> Mapping[str, str]:  # type: ignore[override]
        """The groups of weights of the original."""
        return self.original.parameters

    def __repr__(self) -> str:
        return f"{self.original!r} with {'; '.join(map(str, self.changes))}"


def _apart(equation: Equation, taken: Container[str]) -> Sequence[Equation]:
    """Return an equation with its pre-activations named, if their usual names are ``taken``."""
    lhs, named = equation.lhs, name_preactivations([equation])[:-1]
    if not any(one.lhs.name in taken for one in named):
        return [equation]
    other = Quantity(free_name(f"{lhs.name}_again", taken), lhs.shape[0], time=lhs.time)
    *others, last = name_preactivations([Equation(other, equation.rhs)])
    return [*others, Equation(lhs, last.rhs)]


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
