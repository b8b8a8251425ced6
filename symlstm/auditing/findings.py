"""What an audit found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symlstm.auditing.implementation import OF, apart
from symlstm.auditing.notes import agreed
from symlstm.auditing.plot import Plot, plot_for
from symlstm.auditing.result import Result
from symlstm.auditing.summary import OutputSummary, summarised
from symlstm.auditing.table import table
from symlstm.judging.verdict import WORDS, Kind
from symlstm.notation.showing import Shown
from symlstm.numbers.remembered import cached_property


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Shown):
    """What an audit found; made by `audit`.

    ``about`` says what was audited, and ``results`` has the statistics of every case, as the record
    has them. ``str(audit)`` is the summary in tables, and ``implementations`` has the same for each
    of several. ``agreements`` say of an implementation that is not explained with which mistake it
    agrees, if one is found, by what its outputs' names begin with where there are several.

    >>> import numpy as np
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from symlstm import SimpleRNN, audit
    >>> layer = SimpleRNN(units=1, use_bias=False).bind(kernel=1, recurrent_kernel=0)
    >>> def mine(x):
    ...     return np.tanh(x)
    >>> def wrong(x):
    ...     return np.tanh(x) + np.float32(1e-3)
    >>> with ThreadPoolExecutor(1) as executor:
    ...     found = audit([mine, wrong], layer=layer, cases=2, executor=executor)
    >>> found.verdict, {name: one.verdict for name, one in found.implementations.items()}
    ('unexplained', {'mine': 'right', 'wrong': 'unexplained'})
    >>> out = found.implementations["wrong"].summary["sequence_out"]
    >>> out.finding.case, out.finding.at, round(out.errors.absolute, 6)
    (0, (0, 0, 0), 0.001)
    """

    about: Mapping[str, Any]
    results: tuple[Result, ...]
    agreements: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def summary(self) -> dict[str, OutputSummary]:
        """How far each output is off, by name, over all cases."""
        return summarised(self.results)

    @cached_property
    def implementations(self) -> dict[str, Audit]:
        """The same for each implementation alone, by name; an audit of one has itself.

        What several gave has names like ``"model.onnx: state_h"`` in ``summary``.
        """
        names = apart(self.summary)
        if list(names) == [""]:
            return {str(self.about["implementation"]): self}
        return {prefix.removesuffix(OF): self._of(prefix) for prefix in names}

    def _of(self, prefix: str) -> Audit:
        results = tuple({**one, "outputs": apart(one["outputs"])[prefix]} for one in self.results)
        words = {"": self.agreements[prefix]} if prefix in self.agreements else {}
        return Audit({**self.about, "implementation": prefix.removesuffix(OF)}, results, words)

    @property
    def verdict(self) -> Kind | None:
        """The worst verdict of all outputs; ``None`` if an old record has none.

        It is ``"right"`` where rounding explains every difference, ``"approximated"`` where
        activation functions that are off by more ulps do, and else ``"unexplained"``.
        """
        found = [output.verdict for output in self.summary.values()]
        return max((one for one in found if one), key=[*WORDS].index, default=None)

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
        said = table(self.about, len(self.results), self.summary.values())
        return "\n".join([said, *agreed(self.agreements)])
