"""The command ``symlstm check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import click

from symlstm.command.declared import Argument
from symlstm.command.options import Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import OutputError, SymlstmError, one_line, printable

if TYPE_CHECKING:
    from symlstm.derivations.derivation import Derivation
    from symlstm.runs.check import Check


def check(
    paths: Annotated[tuple[Path, ...], Argument("Derivation files, or folders of them.")],
    limit: Limits = (),
) -> None:
    """Run derivation files: exact or certified values against [expect], and against NumPy."""
    from symlstm.derivations.derivation import SUFFIX
    from symlstm.derivations.spec import load

    found: list[Found] = []
    errors: list[SymlstmError] = []
    for path in _files(paths, SUFFIX):
        try:
            with allowing(limit), working(f"checking {printable(path.name)}"):
                found.append(_found(load(path)))
        except SymlstmError as error:
            errors.append(error)
    holds = _report(found)
    for problem in errors:
        click.echo(f"symlstm: {one_line(problem)}", err=True)
    sys.exit(2 if errors else 0 if holds else 1)


class Found(NamedTuple):
    """What was found of a derivation: its row of the table, and what does not hold."""

    row: tuple[str, str, str, str]
    failures: list[str]


def _found(derivation: Derivation) -> Found:
    """Compare what a derivation came to with what it expects, and with NumPy."""
    mismatches = derivation.mismatches()
    float64, agrees = _against_numpy(derivation)
    expected = f"{len(mismatches)} wrong" if mismatches else _expectation(derivation)
    path = printable(str(derivation.path))
    failures = [f"{path}: {printable(str(mismatch))}" for mismatch in mismatches]
    failures += [] if agrees else [f"{path}: {float64}"]
    name = path.removesuffix(".derivation.toml")
    return Found((name, str(len(derivation.trace)), expected, float64), failures)


def _report(found: list[Found]) -> bool:
    """Print a table with a row for each derivation, then what does not hold; say if all does."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("derivation", overflow="fold")
    table.add_column("steps", justify="right")
    table.add_column("expected")
    table.add_column("float64")
    for one in found:
        table.add_row(*map(Text, one.row))
    if found:
        Console(highlight=False).print(table)
    failures = [failure for one in found for failure in one.failures]
    for failure in failures:
        click.echo(failure)
    return not failures


def _expectation(derivation: Derivation) -> str:
    return "holds" if derivation.expectations else "-"


def _against_numpy(derivation: Derivation) -> tuple[str, bool]:
    checks = derivation.checks()
    apart = max((distance.most for distance in derivation.distances()), default=None)
    if not checks and apart is not None:
        return f"rounded, within {apart:.1e}", True
    if not checks:
        return "symbolic" if derivation.trace.given is None else "intervals", True
    for result in checks:
        if not result.agrees:
            return f"disagrees at {result.disagreement}", False
    worst: Check = max(checks, key=lambda result: result.worst_error)
    overflows = [result.overflows_from for result in checks if result.overflows_from]
    overflow = f", inf from step {min(overflows)}" if overflows else ""
    return f"agrees to {worst.worst_error:.1g}{overflow}", True


def _files(paths: tuple[Path, ...], suffix: str) -> list[Path]:
    """Return the derivation files among ``paths`` and below them, each once."""
    found: dict[Path, None] = {}
    for path in paths:
        below = sorted(path.rglob(f"*{suffix}")) if _is_folder(path) else [path]
        if not below:
            raise OutputError(f"{path}: holds no file *{suffix}; name a folder that does")
        found.update(dict.fromkeys(below))
    return list(found)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long
        return False
