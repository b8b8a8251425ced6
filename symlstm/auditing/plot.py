"""A picture of an audit: the error against the time step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symlstm.auditing.summary import OutputSummary
from symlstm.errors import OutputError
from symlstm.optional import require

SUFFIXES = (".png", ".svg", ".pdf")
LINEAR = 10
"""Up to so many ulps the axis is linear, so that zero has a place; beyond, it is logarithmic."""


def plot(
    about: Mapping[str, Any], cases: int, summary: Iterable[OutputSummary], path: Path
) -> None:
    """Draw the worst and the mean distance at every step, for each output over time.

    ``about`` says what was audited, on so many ``cases``.
    """
    figure = figure_for(path)
    axes = figure.add_subplot()
    _draw(axes, [output for output in summary if output.steps], str(about["dtype"]))
    axes.set_title(f"{about['implementation']}: {cases} cases")
    if axes.has_data():
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def figure_for(path: Path) -> Any:
    """Return an empty figure; raise when it could not be written to ``path``, before any work."""
    if path.suffix.lower() not in SUFFIXES:
        message = f"{path}: its suffix tells the format; end it in {', '.join(SUFFIXES)}"
        raise OutputError(message)
    if not path.resolve().parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no such folder; make it first")
    figure = require("matplotlib.figure", "plot").Figure
    return figure(figsize=(7, 4.2), layout="constrained")


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
