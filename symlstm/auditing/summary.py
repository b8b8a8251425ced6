"""What all cases of an audit come to, output by output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Statistics = Mapping[str, Any]
"""What `symlstm.auditing.measure.statistics` makes of one output of one case."""


@dataclass
class Totals:
    """Distances added up: how many are finite and how many not, their sum and the largest."""

    count: int = 0
    infinite: int = 0
    sum: int = 0
    worst: float = 0.0

    def add(self, found: Statistics) -> None:
        """Add those of one case."""
        self.count += found["count"]
        self.infinite += found["infinite"]
        self.sum += found["sum"]
        self.worst = max(self.worst, float(found["worst"]))

    @property
    def mean(self) -> float:
        """The mean of the finite distances; NaN when there is none."""
        return self.sum / self.count if self.count else math.nan


@dataclass
class OutputSummary:
    """How far one output of an implementation is from the true values, in ulps.

    ``totals.worst`` is in case ``case`` at the index ``at`` of the output, where the implementation
    has ``actual`` and the truth is ``reference``. ``steps`` has the totals of every step of an
    output over time. ``undecided`` are the cases in which no precision decides the reference.
    """

    name: str
    totals: Totals = field(default_factory=Totals)
    case: int | None = None
    at: tuple[int, ...] = ()
    actual: float = 0.0
    reference: float = 0.0
    steps: list[Totals] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)

    def add(self, case: int, found: Statistics) -> None:
        """Add the statistics of one case; cases are added in the order of their numbers."""
        if "undecided" in found:
            self.undecided.append(case)
            return
        if self.case is None or float(found["worst"]) > self.totals.worst:
            self.case, self.at = case, tuple(found["at"])
            self.actual = float.fromhex(found["actual"])
            self.reference = float.fromhex(found["reference"])
        self.totals.add(found)
        steps = found.get("steps", [])
        self.steps += [Totals() for _ in range(len(steps) - len(self.steps))]
        for totals, one in zip(self.steps, steps, strict=True):
            totals.add(one)


def summarised(results: Iterable[Mapping[str, Any]]) -> dict[str, OutputSummary]:
    """Return the summary of every output, by name, of the results of cases in any order."""
    summaries: dict[str, OutputSummary] = {}
    for result in sorted(results, key=lambda result: int(result["case"])):
        for name, found in result["outputs"].items():
            summary = summaries.setdefault(name, OutputSummary(name))
            summary.add(int(result["case"]), found)
    return summaries
