"""A picture of an audit: the error against the time step."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from symlstm.auditing.summary import OutputSummary
from symlstm.errors import OutputError, printable
from symlstm.files.reading import read_bytes
from symlstm.files.writing import Target, target
from symlstm.optional import require

MADE = "symlstm audit"
"""What a plot says of who made it, so that it may be written again."""
SUFFIXES = {".png": "Software", ".svg": "Creator", ".pdf": "Creator"}
"""The formats, and under which name each says it."""
WIDEST = 76
"""How many letters have room beside each other."""
ROWS = 3
"""A legend of so many rows has room below the axes; each other one is given so many inches."""
ROW = 0.22
LINEAR = 10
"""Up to so many ulps the axis is linear, so that zero has a place; beyond, it is logarithmic."""


@dataclass(frozen=True)
class Plot:
    """A picture that can be written where it was asked for; made by `plot_for`."""

    target: Target
    figure: Any

    def write(self, about: Mapping[str, Any], cases: int, summary: Iterable[OutputSummary]) -> None:
        """Draw the worst and the mean distance at every step, for each output over time.

        A band behind them goes up to where rounding explains the worst number, and steps with
        numbers that it does not explain have a ring.

        ``about`` says what was audited, on so many ``cases``. The file is written whole or not at
        all; raises `OutputError` when it cannot be.
        """
        axes = self.figure.add_subplot()
        _draw(axes, [output for output in summary if output.steps], str(about["dtype"]))
        title = f"{printable(about['implementation'])}: {cases} case{'' if cases == 1 else 's'}"
        axes.set_title(textwrap.fill(title, WIDEST))
        if axes.has_data():
            self._explain(axes)
        suffix = self.target.given.suffix.lower()
        picture = BytesIO()
        self.figure.savefig(picture, format=suffix[1:], dpi=160, metadata={SUFFIXES[suffix]: MADE})
        self.target.write(picture.getvalue())

    def _explain(self, axes: Any) -> None:
        """Put the legend below the axes, in one column where names are long, and make room."""
        labels = axes.get_legend_handles_labels()[1]
        columns = 2 if 2 * max(map(len, labels)) <= WIDEST else 1
        rows = math.ceil(len(labels) / columns)
        width, height = self.figure.get_size_inches()
        self.figure.set_size_inches(width, height + ROW * max(rows - ROWS, 0))
        self.figure.legend(loc="outside lower center", ncols=columns, frameon=False)


def plot_for(path: Path, *, force: bool = False, given: Iterable[Path | None] = ()) -> Plot:
    """Return an empty plot; raise when it could not be written to ``path``, before any work.

    See `symlstm.files.writing.target` for ``force`` and ``given``.
    """
    if path.suffix.lower() not in SUFFIXES:
        message = f"{path}: its suffix tells the format; end it in {', '.join(SUFFIXES)}"
        raise OutputError(message)
    place = target(path, _is_plot, force=force, given=given)
    figure = require("matplotlib.figure", "plot").Figure
    return Plot(place, figure(figsize=(7, 4.2), layout="constrained"))


def _is_plot(path: Path) -> bool:
    """Say whether a file is a plot of an audit: it says so at its beginning, or at its end."""
    content = read_bytes(path, "data_bytes", OutputError)
    return any(MADE.encode(how) in content for how in ("utf-8", "utf-16-be"))


def _draw(axes: Any, outputs: Sequence[OutputSummary], dtype: str) -> None:
    for color, output in enumerate(outputs):
        _lines(axes, output, f"C{color}")
    steps = [totals for output in outputs for totals in output.steps]
    drawn = [far for totals in steps for far in (totals.worst, totals.explained)]
    if max(filter(np.isfinite, drawn), default=0) > LINEAR:
        axes.set_yscale("symlog", linthresh=LINEAR)
    axes.set_ylim(bottom=0)
    axes.set_xlim(0.5, max((len(output.steps) for output in outputs), default=1) + 0.5)
    axes.set_xlabel("time step")
    axes.set_ylabel(f"error in ulps of {dtype}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)


def _lines(axes: Any, output: OutputSummary, color: str) -> None:
    steps = range(1, len(output.steps) + 1)
    worst = [totals.worst if np.isfinite(totals.worst) else np.nan for totals in output.steps]
    mean = [totals.mean for totals in output.steps]
    style = {"color": color, "markersize": 3}

    _band(axes, output, color)
    axes.plot(steps, worst, "o-", label=f"{output.name}, worst", **style)
    axes.plot(steps, mean, "o--", alpha=0.6, label=f"{output.name}, mean", **style)
    beyond = [step for step, totals in zip(steps, output.steps, strict=True) if totals.beyond]
    if beyond:
        label = f"{output.name}, some beyond it"
        ring = {"fillstyle": "none", "markersize": 9, "markeredgewidth": 1.5, "color": color}
        axes.plot(beyond, [worst[step - 1] for step in beyond], "o", label=label, **ring)
    endless = [step for step, totals in zip(steps, output.steps, strict=True) if totals.infinite]
    if endless:
        axes.plot(
            endless,
            [0.97] * len(endless),
            "x",
            color=color,
            transform=axes.get_xaxis_transform(),
            label=f"{output.name}, infinite",
        )


def _band(axes: Any, output: OutputSummary, color: str) -> None:
    """Draw up to where rounding explains the worst number at each step, if that is known."""
    if output.finding is None:
        return
    edges = np.arange(len(output.steps) + 1) + 0.5
    reach = [totals.explained for totals in output.steps]
    label = f"{output.name}, rounding explains"
    axes.stairs(reach, edges, fill=True, color=color, alpha=0.12, label=label)
    axes.stairs(reach, edges, baseline=None, color=color, alpha=0.4, linewidth=1)
