"""What is said below the tables of an audit."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from symlstm.auditing.statistics import is_over_time, last_word
from symlstm.auditing.summary import Finding, OutputSummary
from symlstm.judging.verdict import sentence

WIDTH = 80
COUNTS = "Steps count from 1; cases, sequences and entries from 0."
ERRORS = (
    "absolute and relative are the worst errors, and norm is that of the difference over that of "
    "the true values."
)
MOST_CASES = 10
"""Of more cases, the others are left out."""


def notes(about: Mapping[str, Any], summary: Collection[OutputSummary]) -> Iterator[str]:
    """Yield what numbers mean, what the verdicts are, and which numbers are not counted."""
    yield COUNTS
    if any(output.errors for output in summary):
        yield ERRORS
    yield from _verdicts(str(about["dtype"]), summary)
    for output in summary:
        yield from _not_counted(output)


def place_of(name: str, at: Sequence[int]) -> list[str]:
    """Return the sequence, step and entry of a number; those that an output has not are empty."""
    rest = list(at)
    is_by_sequence = is_over_time(name) or last_word(name).startswith("state_")
    sequence = str(rest.pop(0)) if is_by_sequence else ""
    step = str(rest.pop(0) + 1) if is_over_time(name) else ""
    return [sequence, step, ", ".join(map(str, rest))]


def _verdicts(dtype: str, summary: Collection[OutputSummary]) -> Iterator[str]:
    """Yield each verdict that there is, of the worst output that has it, in a sentence."""
    found: dict[Any, tuple[OutputSummary, Finding]] = {}
    for output in summary:
        if output.finding is not None:
            other = found.setdefault(output.verdict, (output, output.finding))[1]
            if _badness(output.finding) > _badness(other):
                found[output.verdict] = output, output.finding
    for output, finding in found.values():
        said = sentence(dtype, finding.activation_ulp, finding.coarser)
        if finding.case is None:
            yield f"{said}."
        else:
            yield f"{said}. {_first(output, finding)}"


def _badness(finding: Finding) -> tuple[float, float]:
    return finding.activation_ulp or 0, -(finding.case or 0)


def _first(output: OutputSummary, finding: Finding) -> str:
    words = zip(("sequence", "step", "entry"), place_of(output.name, finding.at), strict=True)
    where = ", ".join(f"{word} {at}" for word, at in words if at)
    return f"{output.name}, case {finding.case}: {where} is the first beyond rounding."


def agreed(agreements: Mapping[str, str]) -> Iterator[str]:
    """Yield, in lines of a terminal, with which mistakes implementations agree."""
    for prefix, words in agreements.items():
        yield from textwrap.wrap(f"{prefix}{words}", WIDTH)


def _not_counted(output: OutputSummary) -> Iterator[str]:
    if output.totals.infinite:
        yield (
            f"{output.name}: {output.totals.infinite} numbers are infinitely far off (NaN on "
            "one side); the mean and the errors are those of the others."
        )
    if output.undecided:
        yield (
            f"{output.name}: in case {_listed(output.undecided)} no precision decides which float "
            "is nearest to the truth; what is not decided is not counted."
        )
    if output.unjudged:
        yield (
            f"{output.name}: case {_listed(output.unjudged)} has no verdict: an older symlstm has "
            "recorded it."
        )


def _listed(cases: Sequence[int]) -> str:
    more = ", ..." if len(cases) > MOST_CASES else ""
    return f"{', '.join(map(str, cases[:MOST_CASES]))}{more}"
