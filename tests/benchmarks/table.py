"""The table of what was measured, a row for each ratio: in the terminal and in Markdown."""

from rich.console import Console
from rich.table import Table

HEAD = ("measured", "", "", "over", "", "ratio", "quartiles", "at most")
LEFT = (0, 1, 3)
"""Columns of words."""


def number(value):
    """Return three digits of a number, or all before the point."""
    return f"{value:,.0f}" if 1000 <= value < 1e9 else f"{value:.3g}"


def read(taken, side):
    """Return what was read of a side, with its unit."""
    found = taken.reading(side)
    if found is None:
        return "not installed"
    return f"{number(found.typical)} {taken.measurement.meter.unit}".rstrip()


def quartiles(spread):
    return f"{number(spread.low)} to {number(spread.high)}"


def rows(taken):
    """Return the rows of a measurement: one for each other side, or one if there is none."""
    bound, ours = taken.measurement.bound, taken.ours
    most = "" if bound is None else number(bound) + ("" if taken.keeps else " (over)")
    first = [taken.measurement.name, ours, read(taken, ours)]
    if not taken.others:
        spread, unit = taken.reading(ours), taken.measurement.meter.unit
        return [[*first, "", "", "", quartiles(spread), f"{most} {unit}" if most else ""]]
    found = []
    for side in taken.others:
        ratio = taken.ratio(side)
        numbers = [number(ratio.typical), quartiles(ratio)] if ratio else ["", ""]
        found.append([*first, side, read(taken, side), *numbers, most])
        first, most = ["", "", ""], ""
    return found


def show(title, every):
    """Print a table."""
    shown = Table(title=title.partition("\n")[0], title_justify="left", title_style="bold")
    for k, head in enumerate(HEAD):
        shown.add_column(head, justify="left" if k in LEFT else "right")
    for taken in every:
        for row in rows(taken):
            shown.add_row(*row, style=None if taken.keeps else "bold red")
    Console(width=None if Console().is_terminal else 160).print(shown)


def markdown(every):
    """Return a table."""
    rule = [":--" if k in LEFT else "--:" for k in range(len(HEAD))]
    lines = [HEAD, rule, *(row for taken in every for row in rows(taken))]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
