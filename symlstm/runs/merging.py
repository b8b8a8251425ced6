"""How the outputs of a level's layers become one, and a gradient by that the gradients by each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.errors import CellError, choices
from symlstm.numbers.arrays import Array, filled, rational_array
from symlstm.numbers.exact import computed, shown
from symlstm.runs.trace import Trace

Level = Sequence[Trace[Any]]


def _mean(algebra: Algebra[Any], *values: Any) -> Any:
    part = algebra.convert(filled(fmpq(1, len(values)), (1, 1)))
    return algebra.scale(part, algebra.add(*values))


MERGES: Mapping[str, Callable[..., Any]] = {
    "sum": lambda algebra, *values: algebra.add(*values),
    "mul": lambda algebra, *values: algebra.hadamard(*values),
    "ave": _mean,
}
"""What is computed of the outputs, by the names that Keras has for it."""
APART = ("concat", None)
"""What only puts them side by side, or along a new first axis."""


def validate(merge: object, levels: int) -> None:
    """Raise `CellError` for an unknown merge, or one that gives the next level no input."""
    if merge is not None and (not isinstance(merge, str) or merge not in ("concat", *MERGES)):
        known = choices(merge, ["concat", *MERGES])
        raise CellError(f"merge is {shown(merge)}; {known}, None", argument="merge")
    if merge is None and levels > 1:
        message = "merge=None leaves the outputs apart, and the next level takes one input"
        raise CellError(f"{message}; choose another, such as 'concat'", argument="merge")


def merged(level: Level, merge: str | None, *, last: bool = False) -> Any:
    """Return the outputs of a level's layers as one, in the order of the inputs.

    With ``last``, they are those that each has ended with, as of a single step.
    """
    outputs = _outputs(level, last=last)
    if merge is None:
        return np.stack(outputs)
    if merge == "concat" or len(level) == 1:
        return np.concatenate(outputs, axis=-1)
    return _together(level[0].algebra, MERGES[merge], outputs)


def apart(level: Level, gradient: Array, merge: str | None, *, last: bool = False) -> list[Array]:
    """Return each layer's gradient of a gradient by what is `merged`, as the layer has them."""
    algebra, count = level[0].algebra, len(level)
    parts: Sequence[Array]
    if merge is None:
        parts = list(gradient)
    elif merge == "concat" or count == 1:
        ends = np.cumsum([trace.cell.output_dim for trace in level])
        parts = np.split(gradient, ends[:-1], axis=-1)
    elif merge == "mul":
        outputs = _outputs(level, last=last)
        others = ([*outputs[:k], *outputs[k + 1 :]] for k in range(count))
        parts = [_together(algebra, MERGES["mul"], [gradient, *each]) for each in others]
    else:
        share = filled(fmpq(1, count if merge == "ave" else 1), gradient.shape)
        parts = [_together(algebra, MERGES["mul"], [gradient, share])] * count
    if last:
        return list(parts)
    return [ordered(trace, part) for trace, part in zip(level, parts, strict=True)]


def _outputs(level: Level, *, last: bool) -> list[Any]:
    if not last:
        return [ordered(trace, trace.sequence_out) for trace in level]
    ends = (trace.value(trace.cell.output.name, len(trace)) for trace in level)
    return [np.expand_dims(end, -2) for end in ends]


def ordered(trace: Trace[Any], over_time: Array) -> Any:
    """Return what has an entry a time step in the order of the inputs, or back from it."""
    assert trace.timeline is not None
    return trace.timeline.ordered(over_time, trace.time_axis)


def as_values(algebra: Algebra[Any], numbers: Any) -> Any:
    """Return numbers that a run has computed as one value of its algebra, a row for each vector."""
    array = rational_array(numbers, read=computed)
    return algebra.convert(array.reshape(-1, array.shape[-1]))


def _together(algebra: Algebra[Any], operation: Callable[..., Any], arrays: Sequence[Any]) -> Array:
    values = [as_values(algebra, array) for array in arrays]
    with algebra.context():
        result = algebra.export(operation(algebra, *values))
    return algebra.kept(result.reshape(np.shape(arrays[0])))
