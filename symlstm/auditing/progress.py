"""A bar that shows how far an audit is, and what it has found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from symlstm.auditing.result import Result
from symlstm.numbers.ulps import counted


@contextmanager
def bar(total: int) -> Iterator[Callable[[Iterable[Result]], None]]:
    """Show a bar on standard error; yield what is to be called with new results."""
    columns = (
        TextColumn("audit"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[found]}"),
    )
    worst = 0.0
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("audit", total=total, found="")

        def show(results: Iterable[Result]) -> None:
            nonlocal worst
            for result in results:
                worst = max(worst, _worst(result))
                progress.update(task, advance=1, found=f"worst so far {counted(worst)}")

        yield show


def _worst(result: Result) -> float:
    found = result["outputs"].values()
    return max((float(one["worst"]) for one in found if "worst" in one), default=0.0)
