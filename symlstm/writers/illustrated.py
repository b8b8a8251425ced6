"""Which figures a document has: those that are asked for, or those that a page has room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from symlstm.errors import OutputError, choices
from symlstm.numbers.exact import shown
from symlstm.runs.trace import Trace

Wanted: TypeAlias = bool | Sequence[str] | None
"""All figures, none, some by name, or those that there is room for."""

FIGURES = ("cell", "steps", "reset", "backward", "carousel")
"""The figures that a document can have; of the steps and of the backward pass it is one a step."""
MOST_UNITS = 3
"""Of a cell of more units, only the cell itself is drawn unless more is asked for."""
MOST_STEPS = 12
"""A page of more time steps, of all its sequences, has none of each unless they are asked for."""


def validate_figures(wanted: Wanted) -> None:
    """Raise `OutputError` for what is neither true, false, nor names of figures."""
    if wanted is None or isinstance(wanted, bool):
        return
    listed = isinstance(wanted, list | tuple | set | frozenset)
    for name in wanted if listed else [wanted]:
        if not listed or name not in FIGURES:
            message = f"figures has {shown(name)}" if listed else f"figures is {shown(name)}"
            mend = choices(str(name), FIGURES)
            raise OutputError(f"{message}; give true, false, or a list: {mend}", argument="figures")


def figures_of(wanted: Wanted, trace: Trace[Any]) -> frozenset[str]:
    """Return the names of the figures that a chapter about a trace has.

    Unless it is said, these are all for a cell of one to three units, without those of each time
    step where there are no numbers, or more than twelve time steps; of a larger one the cell alone.
    """
    if wanted is None:
        if trace.cell.units > MOST_UNITS:
            return frozenset({"cell"})
        many = len(trace) * len(trace.histories) > MOST_STEPS
        without = {"steps", "backward"} if many or trace.given is None else set()
        return frozenset(FIGURES) - without
    if isinstance(wanted, bool):
        return frozenset(FIGURES if wanted else ())
    return frozenset(wanted)
