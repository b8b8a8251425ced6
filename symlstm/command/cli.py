"""The command: ``symlstm derive``, ``symlstm check`` and ``symlstm audit``.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from symlstm import __version__
from symlstm.command.audit import audit
from symlstm.errors import OutputError, SymlstmError, one_line

if TYPE_CHECKING:
    from symlstm.derivations.derivation import Derivation
    from symlstm.runs.check import Check

app = typer.Typer(
    help="Hand calculations of LSTM cells, exact and checked, and true values for other LSTMs.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command; an error of symlstm's own is one line on standard error, and exit 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    try:
        app()
    except SymlstmError as error:
        _fail(one_line(error))
    except MemoryError:
        _fail("there is not enough memory for this; ask for less at once")
    except OSError as error:
        _fail(f"the output cannot be written: {error.strerror}")


def _fail(message: str) -> NoReturn:
    typer.echo(f"symlstm: {message}", err=True)
    sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symlstm {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def derive(
    file: Annotated[
        Path | None,
        typer.Argument(help="A derivation file; without one, the article's network."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this .tex or .md file, not to the terminal."),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(help="A Jinja2 template of your own, for the format that is written."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a file that symlstm did not generate.")
    ] = False,
) -> None:
    """Write the hand calculation that a derivation file asks for."""
    from symlstm.derivations.spec import load

    format_name = "terminal" if output is None else _format_of(output, force=force)
    text = load(file or _article()).write(format_name, template)
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write_whole(output, text)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Derivation files, or folders of them.")],
) -> None:
    """Run derivation files: exact or certified values against [expect], and against NumPy."""
    from symlstm.derivations.derivation import SUFFIX
    from symlstm.derivations.spec import load

    derivations: list[Derivation] = []
    errors: list[SymlstmError] = []
    for path in _files(paths, SUFFIX):
        try:
            derivations.append(load(path))
        except SymlstmError as error:
            errors.append(error)
    holds = _report(derivations)
    for problem in errors:
        typer.echo(f"symlstm: {one_line(problem)}", err=True)
    raise typer.Exit(2 if errors else 0 if holds else 1)


app.command()(audit)


def _report(derivations: list[Derivation]) -> bool:
    """Print a table with a row for each derivation, then what does not hold; say if all does."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from symlstm.derivations.derivation import SUFFIX

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("derivation", overflow="fold")
    table.add_column("steps", justify="right")
    table.add_column("expected")
    table.add_column("float64")
    failures: list[str] = []
    for derivation in derivations:
        mismatches = derivation.mismatches()
        float64, agrees = _against_numpy(derivation)
        expected = f"{len(mismatches)} wrong" if mismatches else _expectation(derivation)
        row = (
            str(derivation.path).removesuffix(SUFFIX),
            str(len(derivation.trace)),
            expected,
            float64,
        )
        table.add_row(*map(Text, row))
        failures += [f"{derivation.path}: {mismatch}" for mismatch in mismatches]
        failures += [] if agrees else [f"{derivation.path}: {float64}"]
    if derivations:
        Console(highlight=False).print(table)
    for failure in failures:
        typer.echo(failure)
    return not failures


def _expectation(derivation: Derivation) -> str:
    return "holds" if derivation.expectations else "-"


def _against_numpy(derivation: Derivation) -> tuple[str, bool]:
    checks = derivation.checks()
    if not checks:
        return "symbolic" if derivation.trace.given is None else "intervals", True
    for result in checks:
        if not result.agrees:
            return f"disagrees at {result.disagreement}", False
    worst: Check = max(checks, key=lambda result: result.worst_error)
    overflows = [result.overflows_from for result in checks if result.overflows_from]
    overflow = f", inf from step {min(overflows)}" if overflows else ""
    return f"agrees to {worst.worst_error:.1g}{overflow}", True


def _files(paths: list[Path], suffix: str) -> list[Path]:
    """Return the derivation files among ``paths`` and below them, each once."""
    found: dict[Path, None] = {}
    for path in paths:
        below = sorted(path.rglob(f"*{suffix}")) if path.is_dir() else [path]
        if not below:
            raise OutputError(f"{path}: holds no file *{suffix}; name a folder that does")
        found.update(dict.fromkeys(below))
    return list(found)


def _article() -> Path:
    """Return the article's derivation: in the package when installed, else in the gallery."""
    package, name = Path(__file__).parents[1], "article.derivation.toml"
    packaged = package / "derivations" / name
    return packaged if packaged.exists() else package.parent / "derivations/article" / name


def _format_of(output: Path, *, force: bool) -> str:
    """Return the format that the suffix asks for, of a file that may be written."""
    from symlstm.derivations.derivation import SUFFIXES, is_generated

    if output.suffix not in SUFFIXES:
        raise OutputError(f"{output}: its suffix tells the format; end it in .tex or .md")
    if output.is_dir():
        raise OutputError(f"{output}: is a folder; name a file in it")
    if output.exists() and not force and not is_generated(output):
        raise OutputError(
            f"{output}: is there already, and symlstm did not generate it; "
            "choose another name, or overwrite it with --force"
        )
    return SUFFIXES[output.suffix]


def _write_whole(output: Path, text: str) -> None:
    """Write a file whole or not at all: beside its place, then moved into it.

    A link is followed, and a file that is there keeps its permissions.
    """
    output = output.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as temporary:
                temporary.write(text)
                temporary.flush()
                os.fsync(temporary.fileno())
            Path(name).chmod(_permissions(output))
            Path(name).replace(output)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror}") from error


def _permissions(output: Path) -> int:
    if output.exists():
        return stat.S_IMODE(output.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
