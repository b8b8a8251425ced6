"""The page of docs, with its plot, and what says of which machine it is."""

import os
import platform
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import table

DOCS = Path(__file__).parents[2] / "docs"
PACKAGES = ("numpy", "python-flint", "mpmath", "sympy", "symengine", "torch")
PAGE = """# Benchmarks

`python tests/benchmarks --write` measures them and writes this page. Each is measured side by
side with what it is compared with, in turn and in one process, in seconds of a processor; what is
short is repeated in a round. A number is the median of the rounds, and quartiles are those of the
rounds' ratios; below 1 we are the faster. Audits alone are measured by the clock, the least of the
rounds.

Measured on {machine}.

![Ratios over what each is compared with](benchmarks.svg)

{tables}
"""


def write(found):
    """Write the page and its plot of what each bench found."""
    DOCS.mkdir(exist_ok=True)
    titles = {name: table.title(import_module(f"bench_{name}")) for name in found}
    tables = [f"## {titles[name]}\n\n{table.markdown(every)}" for name, every in found.items()]
    page = PAGE.format(machine=machine(), tables="\n\n".join(tables))
    (DOCS / "benchmarks.md").write_text(page, encoding="utf-8")
    plot(found, DOCS / "benchmarks.svg")


def machine():
    """Return the processor, its cores, what is installed, and the day."""
    python = f"Python {platform.python_version()} on {platform.system()}"
    versions = ", ".join(filter(None, map(installed, PACKAGES)))
    day = datetime.now(UTC).date()
    return f"{processor()} with {os.cpu_count()} cores, {python}, {versions}, on {day}"


def installed(package):
    """Return a package and its version, without what that says of a build."""
    try:
        return f"{package} {version(package).partition('+')[0]}"
    except PackageNotFoundError:
        return ""


def processor():
    """Return its name, which Python does not know on Linux."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text("utf-8").splitlines() if known.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def lines_of(bench, taken):
    """Return each ratio of a measurement with its label, and the bound that it has, if any."""
    ours = "" if taken.ours == "symlstm" else f", {taken.ours}"
    for side in taken.others:
        bound = taken.measurement.bound if side == taken.others[0] else None
        if ratio := taken.ratio(side):
            yield f"{bench}: {taken.measurement.name}{ours} / {side}", ratio, bound


def plot(found, file):
    """Draw all ratios with their quartiles, and their bounds."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams |= {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 8}
    lines = [one for bench in found for taken in found[bench] for one in lines_of(bench, taken)]
    figure = Figure(figsize=(9, 0.6 + 0.17 * len(lines)), layout="constrained")
    axes = figure.subplots()
    for y, (_, ratio, bound) in enumerate(lines):
        over = bound is not None and ratio.typical > bound
        axes.plot([ratio.low, ratio.high], [y, y], color="#4878a8", linewidth=3, alpha=0.5)
        axes.plot(ratio.typical, y, "o", color="#c03030" if over else "#4878a8", markersize=4)
        if bound is not None:
            axes.plot(bound, y, "|", color="#c03030", markersize=8)
    axes.set(xscale="log", xlabel="ratio, its quartiles, and in red what it may be at most")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(lines)), [label for label, _, _ in lines])
    axes.set_ylim(len(lines), -1)
    axes.axvline(1, color="#808080", linewidth=0.5)
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(file, metadata={"Date": None})
