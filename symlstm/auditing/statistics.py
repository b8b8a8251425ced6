"""What is kept of an output of a case, in what JSON can hold: whole numbers, and hexadecimal."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.judging.apart import Judged

Floats = NDArray[np.float64]


def is_over_time(name: str) -> bool:
    """Whether an output has a row for each step: (batch, T, ...)."""
    return last_word(name) in ("sequence_out", "inputs")


def last_word(name: str) -> str:
    """Return what an output is, without what it is of.

    >>> last_word("PyTorch 2.9: layers[1].state_h"), last_word("gradient by inputs")
    ('state_h', 'inputs')
    """
    return re.split(r"[ .]", name)[-1]


def statistics(
    name: str,
    actual: NDArray[Any],
    expected: NDArray[Any],
    ulps: Floats,
    judged: Judged | None = None,
) -> dict[str, Any]:
    """Return what to keep of distances: how many, their sum, the worst and where it is.

    Infinite ones are counted apart, so that sums stay numbers; sums are whole numbers, so that they
    come out the same in whatever order cases are added up. Numbers are written in hexadecimal: the
    worst absolute and relative error, and the norms of the difference and of the reference. Of what
    is judged, it is what explains it, and what does not; see `symlstm.judging.apart.Judged`.
    """
    apart = is_over_time(name) and ulps.ndim > 3  # outputs of a level: one is an entry

    def over_time(array: NDArray[Any]) -> NDArray[Any]:
        return np.moveaxis(array, 0, 2) if apart else array

    actual, expected, ulps = map(over_time, (actual, expected, ulps))
    at = tuple(map(int, np.unravel_index(np.argmax(ulps), ulps.shape)))
    explained, beyond = (None, None) if judged is None else (judged.explained, judged.beyond)
    both = [None if one is None else over_time(one) for one in (explained, beyond)]
    found = {
        **_totals(ulps, *both),
        "at": list(at),
        "actual": float(actual[at]).hex(),
        "reference": float(expected[at]).hex(),
        **_errors(actual, expected, ulps),
    }
    if judged is not None:
        found |= _verdict(judged, apart)
    if is_over_time(name):
        found["steps"] = [
            _totals(ulps[:, step], *(None if one is None else one[:, step] for one in both))
            for step in range(ulps.shape[1])
        ]
    return found


def _totals(ulps: Floats, explained: Floats | None, beyond: Any) -> dict[str, Any]:
    finite = ulps[np.isfinite(ulps)]
    infinite = int(ulps.size - finite.size)
    totals: dict[str, Any] = {
        "count": int(finite.size),
        "infinite": infinite,
        "sum": sum(map(int, finite)),
        "worst": "inf" if infinite else int(finite.max()),
    }
    if explained is not None:
        reach = float(explained.flat[np.argmax(ulps)])
        totals["explained"] = int(reach) if math.isfinite(reach) else "inf"
        totals["beyond"] = int(np.count_nonzero(beyond))
    return totals


def _errors(actual: NDArray[Any], expected: NDArray[Any], ulps: Floats) -> dict[str, str]:
    """Return the worst errors, and norms, of what is not NaN, or infinite where it should be."""
    known = np.isfinite(ulps) & np.isfinite(expected.astype(np.float64))
    first, second = (array.astype(np.float64)[known] for array in (actual, expected))
    with np.errstate(all="ignore"):
        difference = abs(first - second)
        relative = np.where(difference == 0, 0.0, difference / abs(second))
    errors = {
        "absolute": difference.max(initial=0.0),
        "relative": relative.max(initial=0.0),
        "difference": math.hypot(*difference),
        "norm": math.hypot(*second),
    }
    return {name: float(error).hex() for name, error in errors.items()}


def _verdict(judged: Judged, apart: bool) -> dict[str, Any]:
    first = None if judged.first is None else list(map(int, judged.first))
    if first is not None and apart:
        first.insert(2, first.pop(0))
    ulps = judged.activation_ulp
    return {
        "activation_ulp": None if ulps is None else int(ulps),
        "coarser": judged.coarser,
        "first": first,
    }
