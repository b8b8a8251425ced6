"""Traces and gradients as pandas DataFrames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symlstm.gradients.gradients import Gradients
from symlstm.notation.showing import Tabled
from symlstm.optional import require
from symlstm.passes.differentiate import adjoint
from symlstm.runs.trace import Trace


def frame(subject: Tabled) -> Any:
    """Return the named values of a trace, or gradients by them; see `Tabled.to_frame`.

    >>> from symlstm import LSTM
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1, 1])
    >>> frame(trace).loc[2, ["i", "c", "h"]].to_dict()
    {'i': 2, 'c': 6, 'h': 12}
    """
    pandas = require("pandas", "notebook")
    trace, names = _named(subject)
    sizes = {name: _size(trace, within) for name, within in names.items()}
    most = max(sizes.values(), default=1)
    columns = {name: _column(trace, within, most) for name, within in names.items()}
    levels = {
        "sequence": range(len(trace.histories)) if trace.layout == "batch" else None,
        "step": range(1, len(trace) + 1),
        "unit": range(most) if most > 1 else None,
    }
    kept = {name: level for name, level in levels.items() if level is not None}
    index = pandas.MultiIndex.from_product(kept.values(), names=list(kept))
    if len(kept) == 1:
        index = pandas.Index(levels["step"], name="step")
    return pandas.DataFrame(columns, index=index)


def _named(subject: Any) -> tuple[Trace[Any], dict[str, str]]:
    """Return a trace, and the names that its values have in it by the names that users know."""
    if isinstance(subject, Gradients):
        quantities = subject.differentiated.items()
        return subject.adjoints, {name: adjoint(quantity).name for name, quantity in quantities}
    return subject, {name: name for name in subject.names}


def _size(trace: Trace[Any], name: str) -> int:
    """Return how many entries a value has, at the first step that has it."""
    for history in trace.histories:
        for step in range(1, len(trace) + 1):
            if name in history[step]:
                return len(trace.entries(name, step))
    return 1


def _column(trace: Trace[Any], name: str, size: int) -> Any:
    """Return a value over all sequences, steps and units; what there is not is missing."""
    entries = list(_entries(trace, name, size))
    if all(isinstance(entry, float) for entry in entries):
        return np.array(entries, dtype=np.float64)
    column = np.empty(len(entries), dtype=object)
    column[:] = entries
    return column


def _entries(trace: Trace[Any], name: str, size: int) -> Iterator[Any]:
    missing = [float("nan")]
    for sequence, history in enumerate(trace.histories):
        for step in range(1, len(trace) + 1):
            known: Sequence[Any] = []
            if name in history[step]:
                known = list(trace.entries(name, step, sequence)[:, 0])
            yield from [*known, *missing * (size - len(known))]
