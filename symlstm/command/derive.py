"""The command ``symlstm derive``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from symlstm.command.declared import Argument, Option
from symlstm.command.options import Force, Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import printable
from symlstm.files.writing import target

if TYPE_CHECKING:
    from symlstm.writers.formats import Format
    from symlstm.writers.terminal import Palette


def derive(
    file: Annotated[
        Path | None,
        Argument("A derivation file; without one, the article's network."),
    ] = None,
    output: Annotated[
        Path | None,
        Option(
            "Write to this .tex, .pdf, .md or .ipynb file, not to the terminal; figures of "
            "NAME.md are .svg files in NAME.figures beside it.",
            names=("--output", "-o"),
        ),
    ] = None,
    kind: Annotated[
        str,
        Option(
            "What to write: the whole page; a summary, of one page; a fragment, .tex to "
            "\\input in a paper of your own; or slides, a step a frame, .tex or .pdf.",
            names=("--as",),
            metavar="page|summary|fragment|slides",
        ),
    ] = "page",
    template: Annotated[
        Path | None,
        Option("A Jinja2 template of your own, for the format that is written."),
    ] = None,
    language: Annotated[
        str | None,
        Option("What to write it in, whatever the file says.", metavar="en|de"),
    ] = None,
    template_help: Annotated[
        bool,
        Option("Say what a template of your own is given."),
    ] = False,
    force: Force = False,
    limit: Limits = (),
) -> None:
    """Write the hand calculation that a derivation file asks for."""
    if template_help:
        from symlstm.writers.template_help import template_help as described

        click.echo(described(language or "en"), nl=False)
        return
    from symlstm.derivations.spec import load

    given = file or article()
    _validate(output, template, kind, language, force=force, given=given)  # before any work
    with allowing(limit), working(f"deriving {printable(given.name)}"):
        derivation = load(given, written=True)
        if output is not None:
            page = derivation.page(output, template, kind, language)
            page.write(force=force, given=[template, *derivation.paths])
            return
        screen = _screen().telling(kind).speaking(language or derivation.language)
        text = derivation.write(screen, template)
    click.echo(text, nl=False)


def article() -> Path:
    """Return the article's derivation: in the package when installed, else in the gallery."""
    package, name = Path(__file__).parents[1], "article.derivation.toml"
    packaged = package / "derivations" / name
    return packaged if packaged.exists() else package.parent / "derivations/article" / name


def _validate(
    output: Path | None,
    template: Path | None,
    kind: str,
    language: str | None,
    *,
    force: bool,
    given: Path,
) -> None:
    """Raise `OutputError` where no document may be written, before there is one."""
    if output is None and kind == "page" and language is None:
        return
    from symlstm.derivations.page import is_generated, validate

    validate(output, template, kind, language)
    if output is not None:
        target(output, is_generated, force=force, given=[given, template])


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
