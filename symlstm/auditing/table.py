"""The summary of an audit as tables of 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symlstm.auditing.implementation import apart
from symlstm.auditing.notes import WIDTH, notes, place_of
from symlstm.auditing.summary import OutputSummary
from symlstm.errors import printable
from symlstm.judging.verdict import WORDS
from symlstm.numbers.ulps import plain

HEADER = "output", "worst", "mean", "at case", "sequence", "step", "entry"
VERDICTS = "output", "verdict", "case", "absolute", "relative", "norm"
TEXT = ("output", "verdict")
"""The columns that are text."""

Row = Callable[[OutputSummary], list[str]]


def table(about: Mapping[str, Any], cases: int, summary: Collection[OutputSummary]) -> str:
    """Return the summary: each output's worst and mean distance, where the worst is, its verdict.

    ``about`` says what was audited, on so many ``cases``.
    """
    text = StringIO()
    console = Console(
        file=text, width=WIDTH, highlight=False, color_system=None, force_jupyter=False
    )
    console.print(Text(printable(title(about, cases))))
    for header, row in TABLES:
        console.print(_rows(header, lines(summary, row)))
    for note in notes(about, summary):
        console.print(Text(printable(note)))
    printed = "\n".join(line.rstrip() for line in text.getvalue().splitlines())
    return printed.replace("\n\n\n", "\n\n").rstrip()


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in header:
        made.add_column(name, justify="left" if name in TEXT else "right", overflow="fold")
    for one in rows:
        made.add_row(*(Text(printable(cell)) for cell in one))
    return made


def title(about: Mapping[str, Any], cases: int) -> str:
    """Return what was audited, and what is counted."""
    batch, steps, _ = about["shape"]
    counts = ((cases, "case"), (batch, "sequence"), (steps, "step"))
    of_cases, sequences, each = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    return (
        f"{about['implementation']}: {of_cases} of {sequences} and {each}, in ulps of "
        f"{about['dtype']} from the true values"
    )


def lines(summary: Collection[OutputSummary], row: Row) -> list[list[str]]:
    """Return the rows of a table, below the name of an implementation where there are several."""
    found = []
    for prefix, outputs in apart({output.name: output for output in summary}).items():
        found += [[prefix.rstrip()]] if prefix else []
        for output in outputs.values():
            name, *cells = row(output)
            found.append([f"  {name.removeprefix(prefix)}" if prefix else name, *cells])
    return found


def row(output: OutputSummary) -> list[str]:
    """Return what to show of an output; steps count from 1, cases, sequences and entries from 0.

    >>> from symlstm.auditing.summary import Totals
    >>> row(OutputSummary("sequence_out", Totals(8, 0, 20, 9), case=3, at=(0, 6, 2)))
    ['sequence_out', '9', '2.5', '3', '0', '7', '2']
    """
    if output.case is None:
        return [output.name, "undecided"]
    totals = output.totals
    mean = f"{totals.mean:.3g}" if totals.count else ""
    place = place_of(output.name, output.at)
    return [output.name, plain(totals.worst), mean, str(output.case), *place]


def verdict_row(output: OutputSummary) -> list[str]:
    """Return the verdict on an output, and its errors that are not in ulps.

    >>> from symlstm.auditing.summary import Errors, Finding
    >>> errors = Errors(absolute=1e-6, relative=2e-3)
    >>> verdict_row(OutputSummary("state_h", errors=errors, finding=Finding(512, case=3)))
    ['state_h', 'approximated, 512', '3', '1e-06', '0.002', '0']
    """
    finding, errors = output.finding, output.errors
    said = "undecided" if output.case is None else "not judged"
    if finding is not None:
        said = WORDS[finding.verdict]
    if finding is not None and finding.verdict == "approximated":
        said = f"{said}, {plain(finding.activation_ulp or 0)}"
    if errors is None:
        return [output.name, said]
    case = "" if finding is None or finding.case is None else str(finding.case)
    numbers = (errors.absolute, errors.relative, errors.norm)
    return [output.name, said, case, *(f"{number:.2g}" for number in numbers)]


TABLES: Sequence[tuple[Sequence[str], Row]] = ((HEADER, row), (VERDICTS, verdict_row))
"""The tables of an audit: their columns, and what each has of an output."""
