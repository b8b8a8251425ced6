"""What a cell says of a wrong value: its equation, and what goes into it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from symlstm.equations.equation import Equation
from symlstm.errors import PrecisionError
from symlstm.judging.deviation import Deviation, Position, first_wrong, table
from symlstm.judging.expected import ReferenceValues
from symlstm.judging.fitting import in_full
from symlstm.judging.naming import layer_of
from symlstm.numbers.floats import as_array
from symlstm.passes.differentiate import adjoint


def on_the_cell(deviations: Sequence[Deviation], max_ulp: float, expected: ReferenceValues) -> str:
    """Return what the cell says of the first wrong value, after the report on the numbers."""
    first, place = first_wrong(deviations, max_ulp)
    equation = equation_of(first.name, expected)
    if equation is not None:
        return f"\n\n  {equation}"
    cell = expected.cell
    if cell is None or expected.backward:
        return ""
    given = {deviation.name for deviation in deviations}
    inner = [e.lhs.name for e in cell.equations if e.lhs.name not in given]
    rows = [[name, _reference_at(name, place, expected)] for name in inner]
    ask = (
        f"To learn which of them is wrong first, give them as well, by name: actual is then a "
        f"mapping with {', '.join((first.name, *inner))}."
    )
    return f"\n\nReferences there:\n\n{table(*rows)}\n\n{textwrap.fill(ask, 80)}"


def _reference_at(name: str, place: Position, expected: ReferenceValues) -> str:
    try:
        values = in_full(name, as_array(expected.value(name)), expected.named[name])
    except PrecisionError:
        return "not decided"
    return str(values[place.sequence, int(place.step) - 1, place.unit])


def equation_of(name: str, expected: ReferenceValues) -> Equation | None:
    """Return the equation of the cell that a value, or the gradient by it, is computed by."""
    number, name = layer_of(name)
    cells = getattr(expected.source, "cells", None)
    if cells is None:
        return None
    cell = cells[number]
    if not expected.backward:
        equations = (*cell.equations, *cell.program)
        return next((one for one in equations if one.lhs.name == name), None)
    quantity = {"x": cell.x, "inputs": cell.x, **cell.computed, **cell.weights}.get(name)
    if quantity is None:
        return None
    equations = tuple(cell.adjoint_equations)
    return next((one for one in equations if one.lhs.name == adjoint(quantity).name), None)
