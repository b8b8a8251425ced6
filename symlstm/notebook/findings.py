"""Show what was found out: references, checks against float64, and audits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symlstm.auditing.findings import Audit
from symlstm.auditing.notes import notes
from symlstm.auditing.table import TABLES, lines, title
from symlstm.diagnosis import Diagnosis, Probe
from symlstm.errors import PrecisionError
from symlstm.figures.spelling import Numbers
from symlstm.gradients.reference_gradients import ReferenceGradients
from symlstm.notebook.entries import ELIDED, Block, Entry, block, entry, few
from symlstm.notebook.grid import STEPS, Grid, Row, over, symbol
from symlstm.notebook.html import caption, element, escape, grid_table, letters, page, table
from symlstm.notebook.models import weights_table
from symlstm.notebook.runs import LAYERS
from symlstm.numbers.arrays import Array
from symlstm.passes.differentiate import adjoint
from symlstm.runs.attempts import Rounded
from symlstm.runs.check import DIGITS, Check
from symlstm.runs.distance import DIGITS as PROVEN
from symlstm.runs.distance import Distance
from symlstm.runs.reference import Reference
from symlstm.runs.trace import Trace

MOST_PRODUCTS = 5_000
"""How many numbers are multiplied, at most, to show a reference that is not worked out yet."""
MOST_CASES = 20_000
"""Audits of more cases are added up when they are asked for."""
MOST_DISTANCES = 2_000
"""How many distances are worked out, at most, to show a few."""
LONGEST_NUMBER = 40
"""How many characters the true value beside one in float64 may have."""
CERTIFIED = Numbers(PROVEN)
"""How distances are spelled."""
FLOATS = Numbers(rounded=True)
"""How floats are spelled: near to the true values."""


def reference(reference: Reference) -> dict[str, str]:
    """Show a reference: the states over time, where they are soon worked out."""
    return _of_layers(reference, _states, "state_h, sequence_out, ['c']")


def reference_gradients(gradients: ReferenceGradients) -> dict[str, str]:
    """Show the references of gradients: those by the weights."""
    return _of_layers(gradients, _weights, "inputs, kernel, ['W_i']")


def check(check: Check) -> dict[str, str]:
    """Show a check: what it found, and the value that is furthest off."""
    parts = [caption(str(check))]
    if check.worst is not None:
        place = check.worst
        true_value = entry(check.exact_value, Numbers(DIGITS if check.certified else None))
        name, error = symbol(place.name, str(place.step)), f"{check.worst_error:.2g}"
        true = "certified" if check.certified else "exact"
        header = ("furthest off", "sequence", "entry", "float64", true, "relative error")
        cells = [letters(name), str(place.sequence), str(place.entry), repr(check.float_value)]
        parts.append(
            table(header, [[*cells, f"{true_value.sign} {escape(_whole(true_value))}", error]])
        )
    return {"text/html": page(*parts)}


def distance(distance: Distance) -> dict[str, str]:
    """Show how far the states of a run are from the true ones, of a layer that is soon told."""
    trace, parts = distance.rounded, [caption(repr(distance))]
    if isinstance(trace, Trace) and len(trace) * trace.cell.units <= MOST_DISTANCES:
        steps = few(len(trace), STEPS)
        rows = tuple(
            Row(f"Δ{symbol(name)}", _over_time(distance[name], steps, CERTIFIED))
            for name in trace.cell.states
        )
        parts.append(grid_table(Grid(over(None if k is None else k + 1 for k in steps), rows)))
    return {"text/html": page(*parts)}


def audit(audit: Audit) -> dict[str, str]:
    """Show an audit: how far each output is off."""
    said = caption(title(audit.about, len(audit.results)))
    if len(audit.results) > MOST_CASES and "summary" not in vars(audit):
        return {"text/html": page(said, caption("added up when it is asked for: summary"))}
    summary = audit.summary.values()
    shown = [table(header, _escaped(lines(summary, row), len(header))) for header, row in TABLES]
    return {"text/html": page(said, *shown, *map(caption, notes(audit.about, summary)))}


def diagnosis(diagnosis: Diagnosis) -> dict[str, str]:
    """Show a diagnosis: what it found, and the wrong equations beside the right ones."""
    best = diagnosis.best
    pairs = best.equations if best is not None else []
    rows = [[letters(str(one)), letters(str(right or ""))] for one, right in pairs]
    shown = [table(("wrong", "right"), rows)] if rows else []
    said, *others = _sentences(str(diagnosis))
    return {"text/html": page(said, *shown, *others)}


def probe(probe: Probe) -> dict[str, str]:
    """Show what a probe's numbers are for."""
    return {"text/html": page(*_sentences(probe.about))}


def _sentences(report: str) -> list[str]:
    """Return the paragraphs of a report for a terminal; what is set in is left out."""
    paragraphs = (part for part in report.split("\n\n") if not part.startswith("  "))
    return [element("p", escape(" ".join(part.split()))) for part in paragraphs]


def _escaped(rows: Sequence[Sequence[str]], columns: int) -> list[list[str]]:
    return [[*map(escape, cells), *[""] * (columns - len(cells))] for cells in rows]


def _of_layers(rounded: Rounded, show: Callable[[Any], str], asked: str) -> dict[str, str]:
    """Show values of the first layers or, where they take their time, what may be asked for."""
    parts = [caption(repr(rounded))]
    if rounded.attempts.cost > MOST_PRODUCTS:
        return {"text/html": page(*parts, caption(f"worked out when it is asked for: {asked}"))}
    for k, layer in enumerate(rounded.layers[:LAYERS]):
        parts += [caption(f"layers[{k}]")] if len(rounded.layers) > 1 else []
        parts.append(show(layer))
    return {"text/html": page(*parts)}


def _states(reference: Reference) -> str:
    steps = few(len(reference), STEPS)
    rows = tuple(
        Row(symbol(name), _over_time(_found(reference, name), steps, FLOATS))
        for name in reference.cell.states
    )
    return grid_table(Grid(over(None if k is None else k + 1 for k in steps), rows))


def _weights(gradients: ReferenceGradients) -> str:
    cell, rows = gradients.cell, {}
    for name, weight in cell.weights.items():
        found = _found(gradients, name)
        value = None if found is None else block(_column(found), FLOATS)
        rows[name] = Row(symbol(adjoint(weight).name, None), (value,))
    return weights_table(cell, rows)


def _found(rounded: Any, name: str) -> Any:
    """Return values; ``None`` where they are not decided."""
    try:
        return rounded[name]
    except PrecisionError:
        return None


def _over_time(
    values: Any, steps: Sequence[int | None], numbers: Numbers
) -> tuple[Block | None, ...]:
    """Return the values of the first sequence of a batch, or of the only one."""
    if values is None:
        return (None,) * len(steps)
    sequence = values[0] if np.ndim(values) == 3 else values
    return tuple(ELIDED if k is None else block(_column(sequence[k]), numbers) for k in steps)


def _column(values: Any) -> Array:
    """Return numbers as a matrix; a vector is a column, and floats are Python's."""
    array = np.asarray(values)
    if array.dtype != object:
        array = array.astype(np.float64).astype(object)
    return array if array.ndim == 2 else array.reshape(-1, 1)


def _whole(entry: Entry) -> str:
    """Return all digits of a number, as far as they are few."""
    return entry.whole if 0 < len(entry.whole) <= LONGEST_NUMBER else entry.text
