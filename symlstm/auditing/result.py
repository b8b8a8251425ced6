"""What the result of a case is, and what is wrong with one that was read and not measured."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.auditing.measure import is_over_time
from symlstm.numbers.floats import format_named
from symlstm.numbers.ulps import ulp_distance

Result = dict[str, Any]
"""What `symlstm.auditing.measure.measure` makes of a case, in what JSON can hold."""

TOTALS = ("count", "infinite", "sum", "worst")
PLACE = ("at", "actual", "reference")
LARGEST = 2**63
"""No array has as many numbers, and no audit as many cases."""
FARTHEST = 2**64
"""No two floats are farther apart, in ulps, unless they are infinitely far."""
MOST_INDICES = 8


def flaw(result: Any, about: Mapping[str, Any]) -> str | None:
    """Return what in a result cannot be, or ``None``: whatever it is, nothing is raised.

    Beside types and keys, all that a result says more than once has to agree: totals with those of
    the steps, sums with counts, and the worst distance with the two floats that it is between.
    ``about`` has the format, ``dtype``, and the ``shape`` of the inputs, (batch, T, input_dim).
    """
    return next(_flaws(result, about), None)


def unlikeness(result: Result, other: Result) -> str | None:
    """Return how outputs differ from those of another case of one audit in name or shape."""
    if result["outputs"].keys() != other["outputs"].keys():
        return "its outputs are not those of the cases before it"
    for name, found in result["outputs"].items():
        both = (found, other["outputs"][name])
        decided = [(_size(one), len(one["at"])) for one in both if "undecided" not in one]
        if len(set(decided)) > 1:
            return f"{name!r} is not of the shape that it has in the cases before it"
    return None


def _flaws(result: Any, about: Mapping[str, Any]) -> Iterator[str]:
    """Yield flaws; those after the first may rest on it, and raise."""
    if not _has(result, ("case", "outputs")):
        yield "it does not have the keys case and outputs alone"
    if not _is_count(result["case"]) or result["case"] >= LARGEST:
        yield "case is no number of a case"
    if not isinstance(result["outputs"], dict) or not result["outputs"]:
        yield "it has no outputs"
    for name, found in result["outputs"].items():
        yield from (f"{name!r}: {one}" for one in _flaws_of_output(name, found, about))


def _flaws_of_output(name: str, found: Any, about: Mapping[str, Any]) -> Iterator[str]:
    if _has(found, ("undecided",)):
        if not isinstance(found["undecided"], str):
            yield "undecided is no text"
        return
    keys = (*TOTALS, *PLACE, *(("steps",) if is_over_time(name) else ()))
    if not _has(found, keys):
        yield f"it does not have the keys {', '.join(keys)} alone"
    yield from _flaws_of_totals(found)
    if "steps" in found:
        yield from _flaws_of_steps(found, about["shape"][1])
    yield from _flaws_of_place(found, about)


def _flaws_of_totals(found: Any) -> Iterator[str]:
    for name in ("count", "infinite", "sum"):
        if not _is_count(found[name]):
            yield f"{name} is no whole number from zero on"
    if not 0 < _size(found) < LARGEST:
        yield "count and infinite are no number of numbers"
    if (found["worst"] != "inf") if found["infinite"] else not _is_count(found["worst"]):
        yield "worst does not fit infinite"
    least, most = (0, FARTHEST) if found["infinite"] else (found["worst"], found["worst"])
    if not least <= found["sum"] <= found["count"] * most:
        yield "sum does not fit count and worst"


def _flaws_of_steps(found: Any, count: int) -> Iterator[str]:
    steps = found["steps"]
    if not isinstance(steps, list) or len(steps) != count:
        yield f"steps are not {count}"
    for step in steps:
        if not _has(step, TOTALS):
            yield f"a step does not have the keys {', '.join(TOTALS)} alone"
        yield from _flaws_of_totals(step)
    if len({_size(step) for step in steps}) != 1:
        yield "steps differ in how many numbers they have"
    for name in ("count", "infinite", "sum"):
        if sum(step[name] for step in steps) != found[name]:
            yield f"{name} is not that of the steps"
    if max(map(_worst, steps)) != _worst(found):
        yield "worst is not that of the steps"


def _flaws_of_place(found: Any, about: Mapping[str, Any]) -> Iterator[str]:
    at = found["at"]
    if not isinstance(at, list) or not all(map(_is_count, at)) or len(at) > MOST_INDICES:
        yield "at is no index"
    if math.prod(index + 1 for index in at) > _size(found):
        yield "at is beyond its numbers"
    if "steps" in found:
        batch, steps, _ = about["shape"]
        if len(at) != 3 or at[0] >= batch or at[1] >= steps:
            yield "at is no sequence, step and entry"
        if _worst(found["steps"][at[1]]) != _worst(found):
            yield "at is not where worst is"
    elif not at and _size(found) > 1:
        yield "at is no index"
    if _distance(found["actual"], found["reference"], about["dtype"]) != _worst(found):
        yield f"worst is not between actual and reference, in {about['dtype']}"


def _distance(actual: Any, reference: Any, dtype: str) -> float | None:
    """Return how many floats two in hexadecimal are apart; ``None`` if they are none."""
    try:
        values = np.array([float.fromhex(actual), float.fromhex(reference)])
        with np.errstate(over="ignore"):
            numbers: NDArray[Any] = values.astype(format_named(dtype).dtype)
        if [float(number).hex() for number in numbers] != [actual, reference]:
            return None
        return float(ulp_distance(numbers[:1], numbers[1:], dtype)[0])
    except (TypeError, ValueError, OverflowError):
        return None


def _has(value: Any, keys: Collection[str]) -> bool:
    return isinstance(value, dict) and value.keys() == set(keys)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _size(found: Any) -> int:
    return int(found["count"] + found["infinite"])


def _worst(found: Any) -> float:
    return math.inf if found["worst"] == "inf" else found["worst"]
