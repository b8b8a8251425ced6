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


def most(taken):
    """Return the bound, with its unit if it is one of readings, and whether it is kept."""
    bound, unit = taken.measurement.bound, taken.measurement.meter.unit
    if bound is None:
        return ""
    words = [number(bound), "" if taken.others else unit, "" if taken.keeps else "(over)"]
    return " ".join(filter(None, words))


def rows(taken):
    """Return the rows of a measurement: one for each other side, or one if there is none."""
    first = [taken.measurement.name, taken.ours, read(taken, taken.ours)]
    if not taken.others:
        spread = taken.reading(taken.ours)
        return [[*first, "", "", "", quartiles(spread), most(taken)]]
    found, bound = [], most(taken)
    for side in taken.others:
        ratio = taken.ratio(side)
        numbers = [number(ratio.typical), quartiles(ratio)] if ratio else ["", ""]
        found.append([*first, side, read(taken, side), *numbers, bound])
        first, bound = ["", "", ""], ""
    return found


def title(bench):
    """Return what a bench says that it measures."""
    return bench.__doc__.partition("\n")[0].removesuffix(".")


def show(bench, every):
    """Print a table of what was measured of a bench."""
    shown = Table(title=title(bench), title_justify="left", title_style="bold")
    for k, head in enumerate(HEAD):
        shown.add_column(head, justify="left" if k in LEFT else "right")
    for taken in every:
        for k, row in enumerate(rows(taken)):
            shown.add_row(*row, style=None if k or taken.keeps else "bold red")
    Console(width=None if Console().is_terminal else 160).print(shown)


def markdown(every):
    """Return a table."""
    rule = [":--" if k in LEFT else "--:" for k in range(len(HEAD))]
    lines = [HEAD, rule, *(row for taken in every for row in rows(taken))]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
