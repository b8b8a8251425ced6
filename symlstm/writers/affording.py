"""What a document can hold."""

from __future__ import annotations

from symlstm.cells.cell import Cell
from symlstm.numbers.budget import afford

DIGITS_A_LINE = 100
"""How many digits a value on a line may have and count as one; one of more counts as several."""


def afford_document(cell: Cell, steps: int, *, what: str, digits: int = 0) -> None:
    """Raise `TooLargeError` for a cell, or so many steps of it, as no document can hold.

    ``what`` is what the steps were asked for with; each value has so many ``digits``.
    """
    numbers = cell.weight_count
    afford("page_numbers", numbers, what=f"a document of {cell!r}", argument="units")
    lines = steps * len(cell.program) * max(1, digits // DIGITS_A_LINE)
    afford("lines", lines, what=f"{what}, on a page", argument=what)
