"""What a step of a cell is given, what it gives, and what all of that is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from symlstm.equations.expression import Quantity


class Stepping(Protocol):
    """A cell."""

    @property
    def x(self) -> Quantity:
        """The input."""

    @property
    def weights(self) -> Mapping[str, Quantity]:
        """The weights, by name."""

    @property
    def states(self) -> Mapping[str, Quantity]:
        """The states, by name."""

    @property
    def computed(self) -> Mapping[str, Quantity]:
        """What a step computes, by name."""

    @property
    def output(self) -> Quantity:
        """What it gives."""


def given_to(cell: Stepping) -> tuple[Quantity, ...]:
    """Return the input and the weights, whether an equation uses them or not."""
    return (cell.x, *cell.weights.values())


def lone_output(cell: Stepping) -> Quantity | None:
    """Return the output, if it is no state."""
    return None if cell.output.name in cell.states else cell.output


def names_in(cell: Stepping) -> frozenset[str]:
    """Return the names of all quantities of a cell."""
    return frozenset((cell.x.name, *cell.weights, *cell.computed))
