"""The forget bias that a program adds when it runs, beside the one that a cell has in itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.cells.layout import FORGETTING
from symlstm.cells.layouts import LAYOUTS
from symlstm.cells.stacking import Stack
from symlstm.errors import CellError
from symlstm.numbers.exact import rational


def forget_bias_of(
    cell: Cell, layout: str, stacks: Sequence[Stack], asked: Any = None
) -> tuple[str, Any]:
    """Return the bias that a program adds a number to, and what of it the cell does not add.

    ``stacks`` are the arrays of the layout that the cell has; ``asked`` is the forget bias that the
    program is told. Raises `CellError` for one that it does not have, and for a cell without bias.
    """
    total = _of_program(layout, asked)
    gate = next((one for one in FORGETTING if any(one in stack.gates for stack in stacks)), None)
    if gate is None:
        return "", 0
    bias, own = f"b_{gate}", rational(getattr(cell, "forget_bias", 0))
    if total != own and bias not in cell.weights:
        raise CellError(
            f"the layout {layout!r} adds {total} to the bias of {gate}, and {cell!r} has none; "
            "make the cell with use_bias=True, and give 0 for its bias",
            argument="forget_bias",
        )
    return bias, total - own


def _of_program(layout: str, asked: Any) -> Any:
    """Return what a program adds, unless it is told otherwise."""
    known = LAYOUTS[layout]
    if asked is None:
        return rational(known.forget_bias or 0)
    if known.forget_bias is None:
        message = f"{known.program}, adds no forget_bias; leave it out"
        raise CellError(f"forget_bias: the layout {layout!r}, of {message}", argument="forget_bias")
    added = rational(int(asked) if isinstance(asked, bool) else asked, argument="forget_bias")
    if known.fixed and added != known.forget_bias:
        message = f"the layout {layout!r} always adds {known.forget_bias}; leave it out"
        raise CellError(f"forget_bias is {added}, and {message}", argument="forget_bias")
    return added
