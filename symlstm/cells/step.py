"""What is asked of a cell about its steps: which output is no state, and which names it has."""

from __future__ import annotations

from symlstm.cells.cell import Cell
from symlstm.equations.expression import Quantity


def lone_output(cell: Cell) -> Quantity | None:
    """Return the output, if it is no state."""
    return None if cell.output.name in cell.states else cell.output


def names_in(cell: Cell) -> frozenset[str]:
    """Return the names of all quantities of a cell."""
    return frozenset((cell.x.name, *cell.weights, *cell.computed))
