"""Completion in a shell: the script that asks for it, shown or put where the shell reads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from symlstm.errors import OutputError, choices


class Place(NamedTuple):
    """Where a shell has scripts, and a line that it needs in a file that it begins with."""

    script: str
    begins: str = ""
    line: str = ""


PLACES = {
    "bash": Place(
        ".bash_completions/symlstm.sh", ".bashrc", "source ~/.bash_completions/symlstm.sh"
    ),
    "zsh": Place(".zfunc/_symlstm", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
    "fish": Place(".config/fish/completions/symlstm.fish"),
}
"""By shell, in the home folder."""


def _script(context: click.Context, shell: str) -> str:
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    return found(context.command, {}, "symlstm", "_SYMLSTM_COMPLETE").source()


def _show(context: click.Context, shell: str) -> None:
    click.echo(_script(context, shell))


def _install(context: click.Context, shell: str) -> None:
    place = PLACES[shell]
    path, begins = (Path.home() / name for name in (place.script, place.begins))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_script(context, shell), encoding="utf-8")
    known = begins.read_text(encoding="utf-8") if begins.is_file() else ""
    if place.line and place.line not in known.splitlines():
        apart = "" if known.endswith("\n") or not known else "\n"
        with begins.open("a", encoding="utf-8") as file:
            file.write(f"{apart}{place.line}\n")
    click.echo(f"{path}: completes symlstm in every {shell} that is opened from now on")


def _option(name: str, help_: str, does: Callable[[click.Context, str], None]) -> click.Option:
    """Return an option that does something for a shell, the user's own if none is named."""

    def called(context: click.Context, _option: click.Parameter, given: str | None) -> None:
        if given is None or context.resilient_parsing:
            return
        shell = given or Path(os.environ.get("SHELL", "")).name
        if shell not in PLACES:
            raise OutputError(f"{name}: shell is {shell!r}; {choices(shell, PLACES)}")
        does(context, shell)
        context.exit()

    return click.Option(
        [name],
        help=f"{help_}, for the shell in use or the one that is named.",
        metavar=f"[{'|'.join(PLACES)}]",
        is_flag=False,
        flag_value="",
        expose_value=False,
        callback=called,
    )


OPTIONS = [
    _option("--install-completion", "Have commands and options completed", _install),
    _option("--show-completion", "Print the script that completes them", _show),
]
