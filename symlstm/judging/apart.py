"""Each output of an implementation judged for itself, beside all that it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symlstm.judging.bounds import Floats
from symlstm.judging.deviation import Deviation
from symlstm.judging.expected import ReferenceValues
from symlstm.judging.fitting import deviation, in_full
from symlstm.judging.trials import Trials
from symlstm.numbers.floats import cut, format_named
from symlstm.numbers.ulps import ulp_distance


class Compared(NamedTuple):
    """An output, its reference, and the ulps between them, all of one shape."""

    actual: NDArray[Any]
    reference: NDArray[Any]
    ulps: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """What is found of one output; arrays have its own shape.

    Activation functions that are off by up to ``activation_ulp`` ulps explain all of it, and 4 is
    what rounding allows; ``None`` do not, but rounding in ``coarser`` may. ``beyond`` says which
    numbers rounding does not explain, ``first`` is the index of the first of them, in the order of
    computation, and ``explained`` how many ulps off rounding explains that each number is.
    """

    activation_ulp: float | None
    coarser: str | None
    beyond: NDArray[np.bool_]
    first: tuple[int, ...] | None
    explained: NDArray[np.float64]


def judged_apart(given: Mapping[str, Compared], true: ReferenceValues) -> dict[str, Judged]:
    """Return what is found of each output of an implementation, in the shapes of its reference.

    What the implementation gave over time is followed by all of them, as by `judge`. Names are
    those of ``true``.
    """
    names = sorted(given, key=true.order.index)
    found = []
    for name in names:
        actual, reference, ulps = (true.join(name, array) for array in given[name])
        found.append(deviation(name, actual, reference, ulps, true))
    trials = Trials(found, true)
    return {name: _judged(trials, k, given[name].ulps.shape) for k, name in enumerate(names)}


def _judged(trials: Trials, k: int, shape: Sequence[int]) -> Judged:
    explains, strict = methodcaller("explains", k), trials.trial()
    ulps = trials.enough(explains)
    coarser = None if ulps else trials.coarser(explains)
    one, wrong = strict.deviations[k], strict.ratios[k] > 1
    places = _places(one.name, shape, trials.true)
    first = None
    if wrong.any():
        place = places[one.index(one.first(wrong))]
        first = tuple(map(int, np.unravel_index(place, shape)))
    beyond, explained = np.empty(shape, bool), np.empty(shape)
    beyond.flat[places.ravel()] = wrong.ravel()
    explained.flat[places.ravel()] = _reach(one, strict.values[k], wrong, trials).ravel()
    return Judged(ulps, coarser, beyond, first, explained)


def _places(name: str, shape: Sequence[int], true: ReferenceValues) -> NDArray[np.int64]:
    """Return where each number of a deviation stands in an output of that shape."""
    count = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    return in_full(name, true.join(name, count), true.named[name])


def _reach(one: Deviation, value: Floats, wrong: Any, trials: Trials) -> NDArray[np.float64]:
    """Return how many ulps from its reference each number may be, on the side where it is.

    It may be as far from what follows from the numbers before it as the bound says; so it is as
    much further off, or nearer, as there is left of the bound.
    """
    dtype, bound = trials.true.dtype, one.bound
    actual, reference = (array.astype(np.float64) for array in (one.actual, one.reference))
    assert bound is not None
    with np.errstate(all="ignore"):
        off = actual - reference
        left = np.nan_to_num(abs(off) + bound - abs(actual - value), nan=np.inf, posinf=np.inf)
        end = reference + np.where(off < 0, -1, 1) * np.fmax(left, 0)
        format_ = format_named(dtype)
        furthest = cut(end.astype(format_.dtype), format_)
    reach = ulp_distance(furthest, one.reference.astype(format_.dtype), dtype)
    return np.where(wrong | ~np.isfinite(one.ulps), reach, np.fmax(reach, one.ulps))
