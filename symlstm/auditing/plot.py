"""A picture of an audit: the error against the time step."""

from __future__ import annotations

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
LINEAR = 10
"""Up to so many ulps the axis is linear, so that zero has a place; beyond, it is logarithmic."""


@dataclass(frozen=True)
class Plot:
    """A picture that can be written where it was asked for; made by `plot_for`."""

    target: Target
    figure: Any

    def write(self, about: Mapping[str, Any], cases: int, summary: Iterable[OutputSummary]) -> None:
        """Draw the worst and the mean distance at every step, for each output over time.

        ``about`` says what was audited, on so many ``cases``. The file is written whole or not at
        all; raises `OutputError` when it cannot be.
        """
        axes = self.figure.add_subplot()
        _draw(axes, [output for output in summary if output.steps], str(about["dtype"]))
        axes.set_title(f"{printable(about['implementation'])}: {cases} cases")
        if axes.has_data():
            self.figure.legend(loc="outside lower center", ncols=2, frameon=False)
        suffix = self.target.given.suffix.lower()
        picture = BytesIO()
        self.figure.savefig(picture, format=suffix[1:], dpi=160, metadata={SUFFIXES[suffix]: MADE})
        self.target.write(picture.getvalue())


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
    worst = max((t.worst for o in outputs for t in o.steps if np.isfinite(t.worst)), default=0)
    if worst > LINEAR:
        axes.set_yscale("symlog", linthresh=LINEAR)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("time step")
    axes.set_ylabel(f"error in ulps of {dtype}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)


def _lines(axes: Any, output: OutputSummary, color: str) -> None:
    steps = range(1, len(output.steps) + 1)
    worst = [totals.worst if np.isfinite(totals.worst) else np.nan for totals in output.steps]
    mean = [totals.mean for totals in output.steps]
    style = {"color": color, "markersize": 3}

    axes.plot(steps, worst, "o-", label=f"{output.name}, worst", **style)
    axes.plot(steps, mean, "o--", alpha=0.6, label=f"{output.name}, mean", **style)
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
