"""The summary of an audit as a table of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symlstm.auditing.measure import is_over_time
from symlstm.auditing.summary import OutputSummary
from symlstm.deviation import shown

if TYPE_CHECKING:
    from symlstm.auditing.run import Audit

WIDTH = 80


def table(audit: Audit) -> str:
    """Return the summary: for each output the worst and the mean distance, and where it is."""
    columns = ["output", "worst", "mean", "numbers", "where the worst is"]
    rows = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        rows.add_column(name, justify="right" if name in columns[1:4] else "left", overflow="fold")
    for output in audit.summary.values():
        rows.add_row(*map(Text, _row(output)))
    text = StringIO()
    console = Console(file=text, width=WIDTH, highlight=False, color_system=None)
    console.print(Text(_title(audit)))
    console.print(rows)
    for note in _notes(audit):
        console.print(Text(note))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join(lines).rstrip()


def _title(audit: Audit) -> str:
    batch, steps, _ = audit.about["shape"]
    counts = ((len(audit.results), "case"), (batch, "sequence"), (steps, "step"))
    cases, sequences, each = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    return (
        f"{audit.about['implementation']}: {cases} of {sequences} and {each}, in ulps of "
        f"{audit.about['dtype']} from the true values"
    )


def _row(output: OutputSummary) -> list[str]:
    totals = output.totals
    if output.case is None:
        return [output.name, "undecided", "", "0", ""]
    numbers = str(totals.count + totals.infinite)
    return [output.name, shown(totals.worst), f"{totals.mean:.3g}", numbers, where(output)]


def where(output: OutputSummary) -> str:
    """Return where the worst number of an output is, in words; steps count from 1, others from 0.

    >>> where(OutputSummary("sequence_out", case=3, at=(0, 6, 2)))
    'case 3, sequence 0, step 7, unit 2'
    """
    if is_over_time(output.name):
        sequence, step, unit = output.at
        place = f"sequence {sequence}, step {step + 1}, unit {unit}"
    elif "state" in output.name and len(output.at) == 2:
        place = f"sequence {output.at[0]}, unit {output.at[1]}"
    else:
        place = f"entry {', '.join(map(str, output.at))}"
    return f"case {output.case}, {place}"


def _notes(audit: Audit) -> Iterator[str]:
    for output in audit.summary.values():
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
