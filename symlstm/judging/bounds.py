"""How far off rounding explains that an implementation's numbers are, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from symlstm.algebras.any_order import AnyOrderAlgebra
from symlstm.cells.cell import Cell
from symlstm.equations.expression import t
from symlstm.judging.deviation import Deviation
from symlstm.judging.expected import ReferenceValues
from symlstm.judging.fitting import in_full
from symlstm.judging.naming import layer_of
from symlstm.numbers.floats import format_named
from symlstm.passes.differentiate import adjoint
from symlstm.runs.merging import MERGES, ordered
from symlstm.runs.trace import Trace

Floats = NDArray[np.float64]
OF_ITS_OWN = 2
"""In the format that bounds are computed in, they hold for what was computed beside them, too."""


def explained(
    deviations: Sequence[Deviation], true: ReferenceValues, activation_ulp: float, dtype: str
) -> list[tuple[Floats, Floats]]:
    """Return what each value is to be, in float64, and how far rounding in a format may put it off.

    Where the implementation's values over time are known, what follows in one step from its own.
    """
    reference = true.source
    followed = (_followed_back if true.backward else _followed)(deviations, reference)
    format_ = format_named(dtype)
    carried = {name for cell in reference.cells for name in _carried(cell)}
    if all(cell.output.name in followed.get(k, {}) for k, cell in enumerate(reference.cells)):
        carried = set()  # no error goes around the loop
    algebra = AnyOrderAlgebra(format_, activation_ulp, carried, followed)
    run = reference.of_layer(reference.attempts.result_in(algebra))
    factor = OF_ITS_OWN if format_.precision == np.finfo(float).nmant + 1 else 1
    bounds = []
    for deviation in deviations:
        name = deviation.name
        balls = in_full(name, np.asarray(true.join(name, true.read(run, name))), true.named[name])
        bounds.append((_each(balls, arb.mid), factor * _each(balls, arb.rad)))
    return bounds


def _carried(cell: Cell) -> list[str]:
    """Return the names of what one step hands on to the next, forward and backward."""
    states = [state.at(t) for state in cell.states.values()]
    return [*cell.states, *(adjoint(state).name for state in states)]


def _each(balls: NDArray[Any], part: Any) -> Floats:
    numbers = [float(part(ball)) for ball in balls.flat]
    return np.array(numbers).reshape(balls.shape)


def _followed(deviations: Sequence[Deviation], reference: Any) -> dict[int, Mapping[str, Floats]]:
    """Return the values over time that an implementation gave, by layer and name."""
    run = reference.attempts.result()
    traces: Sequence[Trace[Any]] = run.layers
    numbers = range(len(traces)) if reference.layer is None else [reference.layer]
    in_order = hasattr(run, "levels") and reference.layer is None
    top = len(run.levels[-1]) if in_order else 1
    found: dict[int, dict[str, Floats]] = {number: {} for number in numbers}
    for deviation in deviations:
        given = np.asarray(deviation.actual, dtype=np.float64)
        if deviation.name == "sequence_out" and top > 1 and run.merge in MERGES:
            continue  # what each direction gave is not to be seen in their sum
        if deviation.name == "sequence_out":
            for number, part in _by_layer(given, traces, list(numbers)[-top:]):
                trace = traces[number]
                rows = ordered(trace, part) if in_order else part
                found[number][trace.cell.output.name] = rows
        elif deviation.first_step == 1 and deviation.name not in ("x", "inputs"):
            number, name = layer_of(deviation.name, numbers[0])
            own = traces[number].cell.output.name if name == "sequence_out" else name
            found[number].setdefault(own, given)
    return {
        number: {name: _handed_on(traces[number], rows) for name, rows in values.items()}
        for number, values in found.items()
    }


def _followed_back(
    deviations: Sequence[Deviation], reference: Any
) -> dict[int, Mapping[str, Floats]]:
    """Return the gradients by values over time that it gave, by layer as they run backward."""
    run = reference.attempts.result()
    levels = run.levels if hasattr(run, "levels") else [run.layers]
    backward = [gradients for level in reversed(levels) for gradients in level]
    found: dict[int, dict[str, Floats]] = {}
    for deviation in deviations:
        number, name = layer_of(deviation.name, 0)
        if deviation.first_step == 1 and name not in ("x", "inputs"):
            gradients = run.layers[number]
            known = found.setdefault(backward.index(gradients), {})
            known[adjoint(gradients.differentiated[name]).name] = _computed(
                gradients.adjoints, np.asarray(deviation.actual, dtype=np.float64)
            )
    return dict(found)


def _computed(trace: Trace[Any], rows: Floats) -> Floats:
    """Return the rows of the steps that are computed, without gaps, and NaN after them."""
    known = np.full_like(rows, np.nan)
    for sequence, given in enumerate(rows):
        steps = trace.computed(sequence)[0]
        known[sequence, : len(steps)] = given[[step - 1 for step in steps]]
    return known


def _by_layer(given: Floats, traces: Sequence[Trace[Any]], numbers: Sequence[int]) -> Any:
    ends = np.cumsum([traces[number].cell.output_dim for number in numbers])
    return zip(numbers, np.split(given, ends[:-1], axis=-1), strict=True)


def _handed_on(trace: Trace[Any], rows: Floats) -> Floats:
    """Return the values that a later step reads, and NaN for those that none does."""
    line, known = trace.timeline, np.array(rows)
    assert line is not None
    for sequence, kept in enumerate(known):
        computed = line.steps(sequence)
        last = computed[-1] if computed else 0
        for step in range(1, len(kept) + 1):
            if step not in computed or step == last or not line.shown[sequence, step - 1]:
                kept[step - 1] = np.nan
    return known
