"""The summary of an audit as a table of 80 columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symlstm.auditing.measure import is_over_time
from symlstm.auditing.summary import OutputSummary
from symlstm.errors import printable
from symlstm.numbers.ulps import plain

WIDTH = 80
HEADER = "output", "worst", "mean", "at case", "sequence", "step", "entry"
COUNTS = "Steps count from 1; cases, sequences and entries from 0."


def table(about: Mapping[str, Any], cases: int, summary: Collection[OutputSummary]) -> str:
    """Return the summary: each output's worst and mean distance, and where the worst is.

    ``about`` says what was audited, on so many ``cases``.
    """
    rows = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in HEADER:
        rows.add_column(name, justify="left" if name == "output" else "right", overflow="fold")
    for output in summary:
        rows.add_row(*(Text(printable(cell)) for cell in row(output)))
    text = StringIO()
    console = Console(
        file=text, width=WIDTH, highlight=False, color_system=None, force_jupyter=False
    )
    console.print(Text(printable(title(about, cases))))
    console.print(rows)
    for note in (COUNTS, *notes(summary)):
        console.print(Text(printable(note)))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join(lines).rstrip()


def title(about: Mapping[str, Any], cases: int) -> str:
    """Return what was audited, and what is counted."""
    batch, steps, _ = about["shape"]
    counts = ((cases, "case"), (batch, "sequence"), (steps, "step"))
    of_cases, sequences, each = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    return (
        f"{about['implementation']}: {of_cases} of {sequences} and {each}, in ulps of "
        f"{about['dtype']} from the true values"
    )


def row(output: OutputSummary) -> list[str]:
    """Return what to show of an output; steps count from 1, cases, sequences and entries from 0.

    >>> from symlstm.auditing.summary import Totals
    >>> row(OutputSummary("sequence_out", Totals(8, 0, 20, 9), case=3, at=(0, 6, 2)))
    ['sequence_out', '9', '2.5', '3', '0', '7', '2']
    """
    if output.case is None:
        return [output.name, "undecided"]
    totals, at = output.totals, list(output.at)
    sequence = str(at.pop(0)) if _is_by_sequence(output.name) else ""
    step = str(at.pop(0) + 1) if is_over_time(output.name) else ""
    mean = f"{totals.mean:.3g}" if totals.count else ""
    place = [str(output.case), sequence, step, ", ".join(map(str, at))]
    return [output.name, plain(totals.worst), mean, *place]


def _is_by_sequence(name: str) -> bool:
    return is_over_time(name) or name.rpartition(".")[2].startswith("state_")


def notes(summary: Collection[OutputSummary]) -> Iterator[str]:
    """Yield what is to be said of outputs that are not all counted."""
    for output in summary:
        if output.totals.infinite:
            yield (
                f"{output.name}: {output.totals.infinite} numbers are infinitely far off (NaN on "
                "one side); the mean is that of the others."
            )
        if output.undecided:
            cases = ", ".join(map(str, output.undecided[:10]))
            more = ", ..." if len(output.undecided) > 10 else ""
            yield (
                f"{output.name}: in case {cases}{more} no precision decides which float is "
                "nearest to the truth; what is not decided is not counted."
            )
