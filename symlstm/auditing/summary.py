"""What all cases of an audit come to, output by output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symlstm.judging.verdict import Kind, kind_of

Statistics = Mapping[str, Any]
"""What `symlstm.auditing.statistics.statistics` makes of one output of one case."""


@dataclass
class Totals:
    """Distances added up: how many are finite and how many not, their sum and the largest.

    ``explained`` is how far off rounding explains that the number is that is ``worst`` off, and
    ``beyond`` how many numbers it does not explain.
    """

    count: int = 0
    infinite: int = 0
    sum: int = 0
    worst: float = 0.0
    explained: float = 0.0
    beyond: int = 0

    def add(self, found: Statistics) -> None:
        """Add those of one case."""
        is_first = not self.count + self.infinite
        self.count += found["count"]
        self.infinite += found["infinite"]
        self.sum += found["sum"]
        if is_first or float(found["worst"]) > self.worst:
            self.explained = float(found.get("explained", 0))
        self.beyond += found.get("beyond", 0)
        self.worst = max(self.worst, float(found["worst"]))

    @property
    def mean(self) -> float:
        """The mean of the finite distances; NaN when there is none."""
        return self.sum / self.count if self.count else math.nan


@dataclass
class Errors:
    """Errors that are not in ulps: the worst ``absolute`` and the worst ``relative`` one.

    ``norm`` is that of the difference from the true values, relative to that of the true values,
    over all cases; it comes out the same in whatever order they are added. Numbers that are NaN, on
    one side or both, and infinite true values are left out.
    """

    absolute: float = 0.0
    relative: float = 0.0
    difference: Fraction | float = field(default=Fraction(0), repr=False)
    size: Fraction | float = field(default=Fraction(0), repr=False)

    def add(self, found: Statistics) -> None:
        """Add those of one case."""
        self.absolute = max(self.absolute, float.fromhex(found["absolute"]))
        self.relative = max(self.relative, float.fromhex(found["relative"]))
        self.difference = _with_square(self.difference, found["difference"])
        self.size = _with_square(self.size, found["norm"])

    @property
    def norm(self) -> float:
        """The 2-norm of the difference, relative to that of the true values; 0 if both are."""
        if not self.difference:
            return 0.0
        if not self.size or not isinstance(self.difference, Fraction):
            return math.inf
        try:
            return math.sqrt(self.difference / self.size)
        except OverflowError:
            return math.inf


def _with_square(total: Fraction | float, norm: str) -> Fraction | float:
    """Return the sum of squares with one more, exactly; it is infinite if the norm is."""
    number = float.fromhex(norm)
    if math.isinf(number) or not isinstance(total, Fraction):
        return math.inf
    return total + Fraction(number) ** 2


@dataclass
class Finding:
    """The verdict on an output over all cases: the worst of them.

    Activation functions that are off by up to ``activation_ulp`` ulps explain all differences, and
    4 is what rounding allows; where it is ``None``, nothing does, but rounding in the ``coarser``
    format may. The first number that rounding does not explain, in the order of computation, is at
    the index ``at`` of the output in case ``case``, the first with the worst verdict.
    """

    activation_ulp: float | None = 0
    coarser: str | None = None
    case: int | None = None
    at: tuple[int, ...] = ()

    def add(self, case: int, found: Statistics) -> None:
        """Add that on one case."""
        ulps = found["activation_ulp"]
        if self.activation_ulp is None:
            self.coarser = self.coarser if ulps or found["coarser"] == self.coarser else None
        elif ulps is None or ulps > self.activation_ulp:
            self.activation_ulp, self.coarser = ulps, found["coarser"]
            self.case = None if found["first"] is None else case
            self.at = tuple(found["first"] or ())

    @property
    def verdict(self) -> Kind:
        """``"right"``, ``"approximated"`` or ``"unexplained"``."""
        return kind_of(self.activation_ulp)


@dataclass
class OutputSummary:
    """How far one output of an implementation is from the true values.

    ``totals``, in ulps, has the ``worst`` distance, which is in case ``case`` at the index ``at``
    of the output, where the implementation has ``actual`` and the truth is ``reference``. ``steps``
    has the totals of every step of an output over time. ``errors`` has the others, and ``finding``
    whether rounding explains them; both are ``None`` where no case has any, in a record of a
    version before. ``undecided`` are the cases in which no precision decides the reference, and
    ``unjudged`` those that a version before has recorded.
    """

    name: str
    totals: Totals = field(default_factory=Totals)
    case: int | None = None
    at: tuple[int, ...] = ()
    actual: float = 0.0
    reference: float = 0.0
    steps: list[Totals] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)
    errors: Errors | None = None
    finding: Finding | None = None
    unjudged: list[int] = field(default_factory=list)

    @property
    def verdict(self) -> Kind | None:
        """The verdict of ``finding``: ``"right"``, ``"approximated"`` or ``"unexplained"``."""
        return None if self.finding is None else self.finding.verdict

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
        self._judge(case, found)
        steps = found.get("steps", [])
        self.steps += [Totals() for _ in range(len(steps) - len(self.steps))]
        for totals, one in zip(self.steps, steps, strict=True):
            totals.add(one)

    def _judge(self, case: int, found: Statistics) -> None:
        if "norm" in found:
            self.errors = self.errors or Errors()
            self.errors.add(found)
        if "activation_ulp" in found:
            self.finding = self.finding or Finding()
            self.finding.add(case, found)
        else:
            self.unjudged.append(case)


def summarised(results: Iterable[Mapping[str, Any]]) -> dict[str, OutputSummary]:
    """Return the summary of every output, by name, of the results of cases in any order."""
    summaries: dict[str, OutputSummary] = {}
    for result in sorted(results, key=lambda result: int(result["case"])):
        for name, found in result["outputs"].items():
            summary = summaries.setdefault(name, OutputSummary(name))
            summary.add(int(result["case"]), found)
    return summaries


def first_unexplained(summary: Iterable[OutputSummary]) -> int | None:
    """Return the first case in which an output is not explained, if there is one."""
    findings = [output.finding for output in summary if output.verdict == "unexplained"]
    return min((one.case for one in findings if one and one.case is not None), default=None)
