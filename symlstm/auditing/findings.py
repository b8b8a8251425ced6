"""What an audit found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from symlstm.auditing.plot import Plot, plot_for
from symlstm.auditing.result import Result
from symlstm.auditing.summary import OutputSummary, summarised
from symlstm.auditing.table import table
from symlstm.notation.showing import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Shown):
    """What an audit found; made by `audit`.

    ``about`` says what was audited, and ``results`` has the statistics of every case, as the record
    has them. ``str(audit)`` is a table of the summary.
    """

    about: Mapping[str, Any]
    results: tuple[Result, ...]

    @cached_property
    def summary(self) -> dict[str, OutputSummary]:
        """How far each output is off, by name, over all cases."""
        return summarised(self.results)

    @property
    def worst(self) -> float:
        """The largest distance of all, in ulps; infinite if an output is not decided in a case."""
        if any(output.undecided for output in self.summary.values()):
            return math.inf
        return max(output.totals.worst for output in self.summary.values())

    def plot(self, path: str | Path, *, force: bool = False) -> None:
        """Write a picture of the error against the time step, as PNG, SVG or PDF by the suffix.

        A file that is no such picture is overwritten with ``force`` alone. Raises `OutputError` for
        it, for another suffix, and for a file that cannot be written, and
        `SymlstmError` when Matplotlib is not installed.
        """
        self.write(plot_for(Path(path), force=force))

    def write(self, plot: Plot) -> None:
        """Write a picture to a place that was found before the audit; see `plot`."""
        plot.write(self.about, len(self.results), self.summary.values())

    def __repr__(self) -> str:
        return f"Audit({self.about['implementation']}, {len(self.results)} cases)"

    def __str__(self) -> str:
        return table(self.about, len(self.results), self.summary.values())
