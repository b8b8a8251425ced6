"""The command: ``symlstm derive``, ``draw``, ``exercise``, ``mark``, ``check``, ``audit``, ...

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from symlstm import __version__
from symlstm.command.audit import audit
from symlstm.command.check import check
from symlstm.command.completion import OPTIONS
from symlstm.command.declared import command
from symlstm.command.derive import derive
from symlstm.command.diagnose import diagnose
from symlstm.command.draw import draw
from symlstm.command.exercise import exercise
from symlstm.command.mark import mark
from symlstm.command.probe import probe
from symlstm.command.waiting import INTERRUPTED
from symlstm.errors import SymlstmError, one_line, printable

COMMANDS = derive, draw, exercise, mark, check, audit, diagnose, probe


class _InOrder(click.Group):
    """Commands that are listed as they are declared."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    commands=[command(function) for function in COMMANDS],
    help="Hand calculations of LSTM cells, exact and checked, and true values for other LSTMs.",
    invoke_without_command=True,
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Print the version.")
@click.pass_context
def app(context: click.Context) -> None:
    """Show the help where no command is named."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


app.params += OPTIONS


def main() -> None:
    """Run the command; an error of symlstm's own is one line on standard error, and exit 2."""
    _hasten()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app(prog_name="symlstm", standalone_mode=False)
    except SymlstmError as error:
        _fail(one_line(error))
    except MemoryError:
        _fail("there is not enough memory for this; ask for less at once")
    except OSError as error:
        _fail(f"the output cannot be written: {error.strerror}")
    except click.Abort:
        _fail("interrupted", INTERRUPTED)
    except click.ClickException as error:  # of an option that is none, or misses its value
        told = " ".join(printable(error.format_message()).split()).rstrip(".")
        _fail(f"{told}{' Else' if told.endswith('?') else ';'} see symlstm --help")
    sys.exit(0)


def _hasten() -> None:
    """Leave out of a short process what takes long, and helps a long one alone."""
    gc.set_threshold(500_000)  # imports make many objects, and few that are to be collected
    atexit.register(gc.freeze)  # what there is at the end goes without being looked through
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy gets small matrices to multiply


def _fail(message: str, code: int = 2) -> NoReturn:
    with suppress(OSError):  # nobody may be there to read it
        click.echo(f"symlstm: {message}", err=True)
    sys.exit(code)
