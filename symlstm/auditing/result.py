"""What the result of a case is, and what is wrong with one that was read and not measured."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.any_order import ACTIVATION_ULP
from symlstm.auditing.statistics import is_over_time
from symlstm.judging.trials import LOOSEST
from symlstm.numbers.floats import FORMATS, format_named
from symlstm.numbers.ulps import ulp_distance

Result = dict[str, Any]
"""What `symlstm.auditing.measure.measure` makes of a case, in what JSON can hold."""

TOTALS = ("count", "infinite", "sum", "worst")
REACH = ("explained", "beyond")
"""What else totals have of what was judged."""
PLACE = ("at", "actual", "reference")
ERRORS = ("absolute", "relative", "difference", "norm")
"""What results have, too, unless they are of a version before 3."""
VERDICT = ("activation_ulp", "coarser", "first")
"""What results of what was judged have; before version 3, none was."""
LARGEST = 2**63
"""No array has as many numbers, and no audit as many cases."""
FARTHEST = 2**64
"""No two floats are farther apart, in ulps, unless they are infinitely far."""
MOST_INDICES = 8
POWERS = {2**k for k in range(int(math.log2(ACTIVATION_ULP)), LOOSEST + 1)}
"""By how many ulps activation functions are tried to be off."""


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


def comes_to_the_same(measured: Result, recorded: Result) -> bool:
    """Say whether all that is recorded is measured again; a version before has less of it."""
    return measured["outputs"].keys() == recorded["outputs"].keys() and _holds(measured, recorded)


def _holds(measured: Any, recorded: Any) -> bool:
    if isinstance(recorded, dict) and isinstance(measured, dict):
        return all(_holds(measured.get(key), value) for key, value in recorded.items())
    if isinstance(recorded, list) and isinstance(measured, list):
        return len(measured) == len(recorded) and all(map(_holds, measured, recorded))
    return bool(measured == recorded)


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
    totals = (*TOTALS, *REACH) if _mentions(found, VERDICT) else TOTALS
    keys = (*totals, *PLACE, *(("steps",) if is_over_time(name) else ()))
    keys += ERRORS if _mentions(found, ERRORS) else ()
    keys += VERDICT if _mentions(found, VERDICT) else ()
    if not _has(found, keys):
        yield f"it does not have the keys {', '.join(keys)} alone"
    yield from _flaws_of_totals(found)
    if "steps" in found:
        yield from _flaws_of_steps(found, about["shape"][1], totals)
    yield from _flaws_of_place(found, about)
    yield from _flaws_of_errors(found) if "norm" in found else ()
    yield from _flaws_of_verdict(found, about) if "first" in found else ()


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
    if "beyond" in found:
        if not _is_count(found["beyond"]) or found["beyond"] > _size(found):
            yield "beyond is no number of numbers"
        if found["explained"] != "inf" and not _is_count(found["explained"]):
            yield "explained is no distance"


def _flaws_of_steps(found: Any, count: int, keys: Sequence[str]) -> Iterator[str]:
    steps = found["steps"]
    if not isinstance(steps, list) or len(steps) != count:
        yield f"steps are not {count}"
    for step in steps:
        if not _has(step, keys):
            yield f"a step does not have the keys {', '.join(keys)} alone"
        yield from _flaws_of_totals(step)
    if len({_size(step) for step in steps}) != 1:
        yield "steps differ in how many numbers they have"
    for name in {"count", "infinite", "sum", "beyond"}.intersection(keys):
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
        if len(at) < 3 or at[0] >= batch or at[1] >= steps:
            yield "at is no sequence, step and entry"
        if _worst(found["steps"][at[1]]) != _worst(found):
            yield "at is not where worst is"
    elif not at and _size(found) > 1:
        yield "at is no index"
    if _distance(found["actual"], found["reference"], about["dtype"]) != _worst(found):
        yield f"worst is not between actual and reference, in {about['dtype']}"


def _flaws_of_errors(found: Any) -> Iterator[str]:
    for name in ERRORS:
        if not _number(found[name]) >= 0:
            yield f"{name} is no number from zero on, in hexadecimal"
    if not found["sum"] and any(_number(found[name]) for name in ERRORS[:3]):
        yield "errors do not fit sum"
    if _number(found["absolute"]) > _number(found["difference"]) * (1 + 2.0**-40):
        yield "absolute does not fit difference"


def _flaws_of_verdict(found: Any, about: Mapping[str, Any]) -> Iterator[str]:
    ulps, coarser, first = (found[name] for name in VERDICT)
    if ulps is not None and (not _is_count(ulps) or ulps not in POWERS):
        yield "activation_ulp is no power of two that is tried"
    if coarser is not None and (ulps is not None or coarser not in [*FORMATS]):
        yield "coarser is no format"
    if not (ulps == ACTIVATION_ULP) == (found["beyond"] == 0) == (first is None):
        yield "activation_ulp, beyond and first do not fit together"
    if first is None:
        return
    if not isinstance(first, list) or not all(map(_is_count, first)):
        yield "first is no index"
    if len(first) != len(found["at"]) or math.prod(k + 1 for k in first) > _size(found):
        yield "first is beyond its numbers"
    if "steps" in found and (first[0] >= about["shape"][0] or first[1] >= about["shape"][1]):
        yield "first is no sequence, step and entry"
    if "steps" in found and not found["steps"][first[1]]["beyond"]:
        yield "first is not where something is beyond"


def _number(text: Any) -> float:
    """Return a number that is spelled in hexadecimal; NaN if it is none, or spelled another way."""
    try:
        number = float.fromhex(text)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if number.hex() == text else math.nan


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


def _mentions(found: Any, keys: Collection[str]) -> bool:
    return isinstance(found, dict) and not found.keys().isdisjoint(keys)


def _has(value: Any, keys: Collection[str]) -> bool:
    return isinstance(value, dict) and value.keys() == set(keys)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _size(found: Any) -> int:
    return int(found["count"] + found["infinite"])


def _worst(found: Any) -> float:
    return math.inf if found["worst"] == "inf" else found["worst"]
