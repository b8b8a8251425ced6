"""The command ``symlstm derive``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symlstm.command.options import Force, Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import OutputError, printable
from symlstm.files.writing import Target, target

if TYPE_CHECKING:
    from symlstm.writers.formats import Format
    from symlstm.writers.terminal import Palette


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
    force: Force = False,
    limit: Limits = None,
) -> None:
    """Write the hand calculation that a derivation file asks for."""
    from symlstm.derivations.spec import load

    given = file or _article()
    if output is not None:
        _place(output, force=force, given=[given, template])  # before any work
    with allowing(limit), working(f"deriving {printable(given.name)}"):
        derivation = load(given, written=True)
        text = derivation.write(_screen() if output is None else _format_of(output), template)
        if output is not None:
            place = _place(output, force=force, given=[template, *derivation.paths])
            place.write(text.encode("utf-8"))
    if output is None:
        typer.echo(text, nl=False)


def _article() -> Path:
    """Return the article's derivation: in the package when installed, else in the gallery."""
    package, name = Path(__file__).parents[1], "article.derivation.toml"
    packaged = package / "derivations" / name
    return packaged if packaged.exists() else package.parent / "derivations/article" / name


def _place(output: Path, *, force: bool, given: list[Path | None]) -> Target:
    """Return where a document may be written, before there is one."""
    from symlstm.derivations.derivation import is_generated

    _format_of(output)
    return target(output, is_generated, force=force, given=given)


def _format_of(output: Path) -> str:
    """Return the format that the suffix of a document asks for."""
    from symlstm.derivations.derivation import SUFFIXES

    if output.suffix not in SUFFIXES:
        raise OutputError(f"{output}: its suffix tells the format; end it in .tex or .md")
    return SUFFIXES[output.suffix]


def _screen() -> Format:
    """Return the format of standard output."""
    from symlstm.writers.terminal import TerminalFormat

    return TerminalFormat(colours=_colours())


def _colours() -> Palette | None:
    """Return the colours that standard output shows: none but on a terminal that has them."""
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    if not sys.stdout.isatty() or dumb or os.environ.get("NO_COLOR"):
        return None
    return "truecolor" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "256"
