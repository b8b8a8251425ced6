"""The command: ``symlstm derive``, ``draw``, ``exercise``, ``mark``, ``check``, ``audit``, ...

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from symlstm import __version__
from symlstm.command.audit import audit
from symlstm.command.check import check
from symlstm.command.derive import derive
from symlstm.command.diagnose import diagnose
from symlstm.command.draw import draw
from symlstm.command.exercise import exercise
from symlstm.command.mark import mark
from symlstm.command.probe import probe
from symlstm.errors import SymlstmError, one_line, printable

app = typer.Typer(
    help="Hand calculations of LSTM cells, exact and checked, and true values for other LSTMs.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command; an error of symlstm's own is one line on standard error, and exit 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except SymlstmError as error:
        _fail(one_line(error))
    except MemoryError:
        _fail("there is not enough memory for this; ask for less at once")
    except OSError as error:
        _fail(f"the output cannot be written: {error.strerror}")
    except Exception as error:
        if not hasattr(error, "format_message"):  # of an option that is none, or misses its value
            raise
        message = printable(error.format_message())
        _fail(f"{' '.join(message.split()).rstrip('.')}; see symlstm --help")


def _fail(message: str) -> NoReturn:
    with suppress(OSError):  # nobody may be there to read it
        typer.echo(f"symlstm: {message}", err=True)
    sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symlstm {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for command in (derive, draw, exercise, mark, check, audit, diagnose, probe):
    app.command()(command)
