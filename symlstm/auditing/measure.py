"""What a worker does: the true values of one case, and how far an implementation is from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.auditing.cases import Case
from symlstm.auditing.implementation import GRADIENT, Arrays
from symlstm.auditing.packing import unpacked
from symlstm.errors import PrecisionError, ShapeError, SymlstmError
from symlstm.numbers.ulps import ulp_distance

_PART = re.compile(r"([a-z]\w*)((?:\[\d+\])*)")


@dataclass(frozen=True, eq=False)
class Task:
    """What a worker needs: plain arrays, and the layer packed once for all cases."""

    case: Case
    layer: bytes
    dtype: str
    actual: Arrays


def measure(task: Task) -> dict[str, Any]:
    """Return the statistics of a case, by output, in what JSON can hold."""
    case = task.case
    reference = unpacked(task.layer).reference(
        case.inputs, dtype=task.dtype, initial_state=case.initial_state
    )
    gradients = None
    if case.grad_sequence is not None:
        gradients = reference.backward(grad_sequence=case.grad_sequence)
    outputs = {
        name: _statistics(name, actual, reference, gradients, task.dtype)
        for name, actual in task.actual.items()
    }
    return {"case": case.number, "outputs": outputs}


def _statistics(
    name: str, actual: NDArray[Any], reference: Any, gradients: Any, dtype: str
) -> dict[str, Any]:
    """Return how far one output is off, or that nobody can tell, since it is not decided."""
    of_gradients = name.startswith(GRADIENT)
    try:
        expected = _value(gradients if of_gradients else reference, name.removeprefix(GRADIENT))
    except PrecisionError as error:
        return {"undecided": str(error)}
    expected = np.asarray(expected)
    if actual.shape != expected.shape:
        raise ShapeError(
            f"the implementation's {name} has shape {actual.shape}, and the reference "
            f"{expected.shape}; give that",
            argument=name,
        )
    return statistics(name, actual, expected, ulp_distance(actual, expected, dtype))


def _value(known: Any, path: str) -> Any:
    """Return what a reference calls ``path``: ``"kernel"``, ``"layers[1].state_h"``."""
    value = known
    for part in path.split("."):
        match = _PART.fullmatch(part)
        try:
            value = getattr(value, match[1] if match else "")
            for index in re.findall(r"\d+", match[2] if match else ""):
                value = value[int(index)]
        except (AttributeError, IndexError) as error:
            message = f"the reference has no {path!r}"
            raise SymlstmError(message, argument="implementation") from error
    return value


def is_over_time(name: str) -> bool:
    """Whether an output has a row for each step: (batch, T, ...)."""
    return re.split(r"[ .]", name)[-1] in ("sequence_out", "inputs")


def statistics(
    name: str, actual: NDArray[Any], expected: NDArray[Any], ulps: NDArray[np.float64]
) -> dict[str, Any]:
    """Return what to keep of distances: how many, their sum, the worst and where it is.

    Infinite ones are counted apart, so that sums stay numbers; sums are whole numbers, so that they
    come out the same in whatever order cases are added up. Numbers are written in hexadecimal.
    """
    if is_over_time(name) and ulps.ndim > 3:  # outputs of a level that stay apart: one is an entry
        actual, expected, ulps = (np.moveaxis(one, 0, 2) for one in (actual, expected, ulps))
    at = tuple(map(int, np.unravel_index(np.argmax(ulps), ulps.shape)))
    found = {
        **_totals(ulps),
        "at": list(at),
        "actual": float(actual[at]).hex(),
        "reference": float(expected[at]).hex(),
    }
    if is_over_time(name):
        found["steps"] = [_totals(ulps[:, step]) for step in range(ulps.shape[1])]
    return found


def _totals(ulps: NDArray[np.float64]) -> dict[str, Any]:
    finite = ulps[np.isfinite(ulps)]
    infinite = int(ulps.size - finite.size)
    return {
        "count": int(finite.size),
        "infinite": infinite,
        "sum": sum(map(int, finite)),
        "worst": "inf" if infinite else int(finite.max()),
    }
