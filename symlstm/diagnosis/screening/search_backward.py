"""The search among mistakes with gradients: which, or which pairs of them, give what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from symlstm.diagnosis.screening.backward import adjoints_of
from symlstm.diagnosis.screening.fission import needed
from symlstm.diagnosis.screening.gradients import distances_by_name
from symlstm.diagnosis.screening.observed import Floats, Observed
from symlstm.diagnosis.screening.search import FIRST_STEPS, Candidate, close
from symlstm.diagnosis.setup import Setup, adjoint_program

AT_ONCE = 16384
"""So many pairs are made at once."""
TILE = 128
"""Pairs of so many mistakes with so many are next to each other, so that few equations are run."""


def measured_backward(candidates: Sequence[Candidate], seen: Observed) -> list[Candidate]:
    """Return candidates with the distances of their gradients."""
    found = distances_by_name(seen, [one.setup for one in candidates])
    return with_distances(candidates, found)


def with_distances(candidates: Sequence[Candidate], found: Floats) -> list[Candidate]:
    """Return candidates with their distances, of those by name."""
    furthest = found.max(axis=1) if len(candidates) else []
    return [
        replace(one, distance=float(distance))
        for one, distance in zip(candidates, furthest, strict=True)
    ]


def pairs_backward(
    setup: Setup, alone: Sequence[Candidate], found: Floats, seen: Observed
) -> list[Candidate]:
    """Return the pairs of mistakes that are near the gradients that were seen, the nearest first.

    ``found`` are the distances by name of those ``alone``. What one mistake of two cannot reach has
    to be as the other alone has it.
    """
    for possible in _possible(setup, alone, found, seen) if alone else ():
        near = _near(setup, _pairs(alone, alone, np.triu(possible, 1)), seen)
        if near:
            return near
    return []


def pairs_with_run(
    setup: Setup,
    of_run: Sequence[Candidate],
    found: Floats,
    alone: Sequence[Candidate],
    seen: Observed,
) -> list[Candidate]:
    """Return the pairs of a mistake of the run and one of gradients that are near what was seen.

    ``found`` are the distances by name of those of the run. Some gradients show that one alone: all
    that the other cannot reach.
    """
    if not (of_run and alone):
        return []
    reached = _all_reached(setup, alone, seen)
    possible = _count(found > seen.loose, ~reached) == 0
    return _near(setup, _pairs(of_run, alone, possible & ~reached.all(axis=1)), seen)


def _near(setup: Setup, made: Iterator[Candidate], seen: Observed) -> list[Candidate]:
    """Return the pairs that are near what was seen, the nearest first."""
    first, lasts = _at_first(seen, counts_all=setup.mask is None and setup.lengths is None)
    near: list[Candidate] = []
    while some := list(islice(made, AT_ONCE)):
        for last in lasts:
            off = distances_by_name(first, [one.setup for one in some], last).max(axis=1)
            some = [some[k] for k in np.flatnonzero(off <= seen.loose)]
        near += close(measured_backward(some, seen), seen)
    return close(near, seen)


def _at_first(seen: Observed, *, counts_all: bool) -> tuple[Observed, Sequence[int | None]]:
    """Return which gradients of pairs are looked at first, and of how many steps from the end.

    Those over time say most soonest, where the last steps are the same for all sequences; of
    weights, the one with the fewest numbers.
    """
    over_time = {name: values for name, values in seen.values.items() if values.shape[1] > 1}
    if over_time:
        return replace(seen, values=over_time), FIRST_STEPS if counts_all else [None]
    fewest = min(seen.values, key=lambda name: seen.values[name].size)
    return replace(seen, values={fewest: seen.values[fewest]}), [None]


def _pairs(
    firsts: Sequence[Candidate], seconds: Sequence[Candidate], possible: NDArray[np.bool_]
) -> Iterator[Candidate]:
    both = np.argwhere(possible)
    for k, j in both[np.lexsort((both // TILE).T[::-1])]:
        first, second = firsts[k], seconds[j]
        setup = second.faults[0].made_in(first.setup)
        if setup is not None:
            rank = max(first.rank + second.rank), *first.rank, *second.rank
            yield Candidate((*first.faults, *second.faults), setup, np.inf, rank)


def _possible(
    setup: Setup, alone: Sequence[Candidate], found: Floats, seen: Observed
) -> Iterator[NDArray[np.bool_]]:
    """Yield which two mistakes could give what was seen, by what each gives alone.

    First come those of which no gradient is changed by both, of which that is all there is to know,
    and last those in one equation.
    """
    wrong, right = found > seen.loose, distances_by_name(seen, [setup])[0] > seen.loose
    reached = _all_reached(setup, alone, seen)
    cannot = _count(reached & wrong, ~reached)
    neither = _count(~reached & right, ~reached)
    possible = (cannot + cannot.T + neither) == 0
    apart, in_one = _count(reached, reached) == 0, _in_one_equation(alone)
    yield possible & apart
    yield possible & ~apart & ~in_one
    yield possible & ~apart & in_one


def _in_one_equation(alone: Sequence[Candidate]) -> NDArray[np.bool_]:
    changed = [one.setup.parts[0].changes_backward.keys() for one in alone]
    names = list(dict.fromkeys(name for of_one in changed for name in of_one))
    has = np.array([[name in of_one for name in names] for of_one in changed])
    return _count(has, has) > 0


def _all_reached(setup: Setup, alone: Sequence[Candidate], seen: Observed) -> NDArray[np.bool_]:
    """Return which gradients each mistake can change."""
    return np.array([_reached(setup, one.setup, list(seen.values)) for one in alone])


def _count(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> Floats:
    return left.astype(np.float64) @ right.T.astype(np.float64)


def _reached(setup: Setup, changed: Setup, names: Sequence[str]) -> list[bool]:
    """Return which gradients a mistake can change: all, unless it is of adjoint equations alone."""
    (part,), (other,) = setup.parts, changed.parts
    usual = replace(other, changes_backward=part.changes_backward)
    if changed.seeds is not setup.seeds or usual.changes is not part.changes:
        return [True] * len(names)
    if any(getattr(usual, name) is not getattr(part, name) for name in ("weights", "states")):
        return [True] * len(names)
    system = [*adjoint_program(part.program, setup.seeded), *other.changes_backward.values()]
    asked = (adjoints_of(part.cell, name) for name in names)
    return [not needed(of_it, system).isdisjoint(other.changes_backward) for of_it in asked]
