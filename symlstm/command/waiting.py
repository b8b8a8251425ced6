"""What a command does while someone waits: it says so, and ends cleanly when it is interrupted."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

INTERRUPTED = 130
"""What a command exits with that was interrupted, as a shell has it."""
PATIENCE = 1.0
"""After so many seconds a terminal is told that there is work being done."""


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal, on standard error, that ``what`` takes its time, once it does.

    Whoever interrupts it is told so, in a line.
    """
    done = threading.Event()
    shows = threading.Thread(target=_show, args=(what, done), daemon=True)
    if sys.stderr is not None and sys.stderr.isatty():
        shows.start()
    try:
        yield
    except KeyboardInterrupt:
        done.set()
        click.echo(f"symlstm: interrupted while {what}; nothing was written", err=True)
        raise SystemExit(INTERRUPTED) from None
    finally:
        done.set()
        if shows.is_alive():
            shows.join()


def _show(what: str, done: threading.Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        done.wait()
