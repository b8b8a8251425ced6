"""The search: which mistakes, or pairs of them, give what was observed."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.mistakes import mutated
from symlstm.diagnosis.screening.observed import Observed, distances
from symlstm.diagnosis.setup import Setup

MUTATED = mutated.GROUP
"""What is not tried in pairs where there are several layers, which takes too long."""
FIRST_STEPS = (1, 2)
"""Of pairs, so many steps are run before the others."""
AT_ONCE = 16384
"""So many pairs are made at once."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """Mistakes, the setup that has them, and how far its run in float64 is from what was seen.

    ``rank`` is where they are in the table.
    """

    faults: tuple[Fault, ...]
    setup: Setup
    distance: float
    rank: tuple[int, ...] = ()

    @property
    def names(self) -> list[str]:
        """What it is called: the names of its only mistake, or those of all in one."""
        if len(self.faults) == 1:
            return [self.faults[0].name, *self.faults[0].also]
        return [" + ".join(fault.name for fault in self.faults)]


def singles(setup: Setup, faults: Sequence[Fault]) -> list[Candidate]:
    """Return each mistake that can be made, in the order of the table; distances are not known."""
    made = ((k, fault, fault.made_in(setup)) for k, fault in enumerate(faults))
    return [Candidate((fault,), one, np.inf, (k,)) for k, fault, one in made if one is not None]


def measured(candidates: Sequence[Candidate], observed: Observed) -> list[Candidate]:
    """Return candidates with their distances."""
    found = distances(observed, [one.setup for one in candidates])
    return [
        replace(one, distance=float(distance))
        for one, distance in zip(candidates, found, strict=True)
    ]


def close(candidates: Sequence[Candidate], observed: Observed) -> list[Candidate]:
    """Return the candidates that are near enough to be looked at, the nearest first."""
    near = [one for one in candidates if one.distance <= observed.loose]
    return sorted(near, key=lambda one: one.distance)


def pairs(alone: Sequence[Candidate], observed: Observed) -> list[Candidate]:
    """Return the pairs of mistakes that are near what was observed, the nearest first."""
    found: list[Candidate] = []
    made = every_pair(alone)
    with _uncollected():
        while some := list(islice(made, AT_ONCE)):
            for steps in FIRST_STEPS if _begins_first(some[0].setup) else ():
                near = distances(observed, [one.setup for one in some], steps) <= observed.loose
                some = [some[k] for k in np.flatnonzero(near)]
            found += measured(some, observed)
    return close(found, observed)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do not look for cycles among pairs, which have none: that is a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _begins_first(setup: Setup) -> bool:
    """Say whether the first steps of the inputs are those that are processed first."""
    return not any(part.backwards for part in setup.parts)


def every_pair(alone: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield every two mistakes that can both be made; the second is made in what the first left."""
    for first, second in combinations(alone, 2):
        if first.faults[0].only is not None or second.faults[0].only is not None:
            continue
        if len(first.setup.parts) > 1 and MUTATED in (
            first.faults[0].group,
            second.faults[0].group,
        ):
            continue
        if _too_seldom(first.faults[0], second.faults[0]):
            continue
        setup = second.faults[0].made_in(first.setup)
        if setup is not None:
            rank = max(first.rank + second.rank), *first.rank, *second.rank
            yield Candidate((*first.faults, *second.faults), setup, np.inf, rank)


def _too_seldom(first: Fault, second: Fault) -> bool:
    """Whether two mistakes are not looked for together."""
    return first.group == second.group and (first.is_seldom or second.is_seldom)
