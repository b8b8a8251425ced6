"""What explains it: the smallest sets of mistakes, of the run and then of its gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symlstm.diagnosis.coarser import by_arithmetic
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.mistakes.hypotheses import hypotheses, hypotheses_backward
from symlstm.diagnosis.prove import Explanation, proven
from symlstm.diagnosis.screening.gradients import distances_by_name
from symlstm.diagnosis.screening.observed import Observed
from symlstm.diagnosis.screening.search import Candidate, close, measured, pairs, singles
from symlstm.diagnosis.screening.search_backward import (
    pairs_backward,
    pairs_with_run,
    with_distances,
)
from symlstm.diagnosis.setup import Setup
from symlstm.numbers.floats import format_named

GROUPS, PROVEN = 4, 3
"""So many groups of candidates that are as near are looked at, and so many of each are proven."""
SAME = 4.0
"""A candidate is as near as another if its distance is at most so many times as large."""
BASES = 2
"""With so many explanations of a run its gradients are looked at."""


def explained(
    right: Explanation, seen: Observed, gradients: Observed | None, max_faults: int
) -> list[Explanation]:
    """Return the smallest sets of mistakes that explain what was seen, the best first.

    ``right`` is what no mistake comes to, with the setup of a run as it should be.
    Mistakes of the run are in place when its gradients are looked at: they follow from a wrong run
    where nothing else is wrong. Where the run was not seen, its mistakes are tried last.
    """
    exact, found = right.setup, []
    if seen.values:
        is_right = right.verdict.verdict == "right"
        found = [] if is_right else _of_the_run(right, seen, max_faults)
        if gradients is None or not (found or is_right):
            return found
    assert gradients is not None
    bases: list[tuple[Fault, ...]] = [one.faults for one in found[:BASES]]
    consistent = [_with(base, exact, seen, gradients, found) for base in bases]
    fitting = [one for one in consistent if one is not None and one.fits]
    if fitting:
        return fitting
    for base in bases or [()]:
        further = _of_gradients(base, exact, seen, gradients, max_faults - len(base))
        if further:
            return further
    return []


def _with(
    base: tuple[Fault, ...],
    exact: Setup,
    seen: Observed,
    gradients: Observed,
    found: Sequence[Explanation],
) -> Explanation | None:
    """Return what mistakes of the run alone come to; what is like them on the run stays so."""
    explanation = proven(base, exact, seen, gradients)
    alike = next((one.equivalent for one in found if one.faults == base), ())
    return None if explanation is None else replace(explanation, equivalent=alike)


def _of_the_run(right: Explanation, seen: Observed, max_faults: int) -> list[Explanation]:
    exact = right.setup
    setup = exact.in_floats()
    alone = measured(singles(setup, hypotheses(setup)), seen)
    found = proven_of(exact, seen, close(alone, seen))
    if right.verdict.verdict != "unexplained":
        found = [one for one in found if _explains_more(one, right)]
    found = found or by_arithmetic(exact, setup, seen, right)
    if found or max_faults < 2:
        return found
    return proven_of(exact, seen, pairs(alone, seen))


def _explains_more(explanation: Explanation, right: Explanation) -> bool:
    """Whether activations have to be off by less than without any mistake; many change nothing."""
    off, without = explanation.judged.activation_ulp, right.judged.activation_ulp
    return off is not None and without is not None and off < without


def _of_gradients(
    base: tuple[Fault, ...], exact: Setup, seen: Observed, gradients: Observed, left: int
) -> list[Explanation]:
    """Return what explains gradients beside some mistakes of the run, at most ``left`` of them."""
    for fault in base:
        made = fault.made_in(exact)
        assert made is not None
        exact = made
    setup = exact.in_floats()
    if left < 1:
        return []
    alone = singles(setup, hypotheses_backward(setup))
    distances = distances_by_name(gradients, [one.setup for one in alone])
    alone = with_distances(alone, distances)
    found = proven_of(exact, seen, close(alone, gradients), gradients, base)
    of_run: list[Candidate] = []
    if not found and not seen.values:
        of_run = singles(setup, hypotheses(setup))
        off = distances_by_name(gradients, [one.setup for one in of_run])
        near = close(with_distances(of_run, off), gradients)
        found = proven_of(exact, seen, near, gradients, base)
    if found or left < 2:
        return found
    near = pairs_backward(setup, alone, distances, gradients)
    found = proven_of(exact, seen, near, gradients, base)
    if not found and of_run:
        near = pairs_with_run(setup, of_run, off, alone, gradients)
        found = proven_of(exact, seen, near, gradients, base)
    return found


def proven_of(
    exact: Setup,
    seen: Observed,
    near: Sequence[Candidate],
    gradients: Observed | None = None,
    base: tuple[Fault, ...] = (),
) -> list[Explanation]:
    """Return the candidates that explain what was seen; those as near as another go with it."""
    groups: list[list[Candidate]] = []
    unit = 2.0 ** -format_named((gradients or seen).dtype).precision
    for candidate in near:
        if groups and candidate.distance <= max(unit, SAME * groups[-1][0].distance):
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    found = (_group(exact, seen, group, gradients) for group in groups[:GROUPS])
    return [replace(one, faults=(*base, *one.faults)) for one in found if one is not None]


def _group(
    exact: Setup, seen: Observed, group: Sequence[Candidate], gradients: Observed | None
) -> Explanation | None:
    """Return the explanation that the first of the table gives, with the names of the others."""
    order = sorted(group, key=lambda one: one.rank)
    for k, candidate in enumerate(order[:PROVEN]):
        explanation = proven(candidate.faults, exact, seen, gradients)
        if explanation is not None and explanation.fits:
            others = [name for one in (*order[:k], *order[k + 1 :]) for name in one.names]
            also = [name for fault in candidate.faults for name in fault.also]
            alone = len(candidate.faults) == 1
            return replace(explanation, equivalent=(*(also if alone else ()), *others))
    return None
