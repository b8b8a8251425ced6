"""The command ``symlstm exercise``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from symlstm.command.declared import Argument, Option
from symlstm.command.options import Force, Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import OutputError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symlstm.derivations.page import Page
    from symlstm.exercises.sheets import Sheets

COPY = "{copy}"
"""Where the number of a copy goes in the name of its file, if each is to have one."""


def exercise(
    file: Annotated[Path, Argument("The derivation file that is to become a sheet.")],
    output: Annotated[
        Path,
        Option(
            "Write the sheet to this .tex, .pdf or .md file; with {copy} in its name, each "
            "student's to a file of its own.",
            names=("--output", "-o"),
        ),
    ],
    key: Annotated[Path | None, Option("Write the key to this file: of all sheets, one.")] = None,
    students: Annotated[
        int | None, Option("For so many students, each with numbers of their own.")
    ] = None,
    seed: Annotated[
        int | None, Option("What the numbers are drawn from: 1 unless it is said.")
    ] = None,
    copy: Annotated[int | None, Option("Which copy of that seed: 1 or more.")] = None,
    language: Annotated[
        str | None,
        Option("What to write it in, whatever the file says.", metavar="en|de"),
    ] = None,
    force: Force = False,
    limit: Limits = (),
) -> None:
    """Write the page of a derivation file with blanks, for a student or a class, and its key."""
    from symlstm.derivations.page import validate as validate_page
    from symlstm.derivations.page import write_pages
    from symlstm.derivations.spec import load
    from symlstm.exercises.sheets import sheets, validate

    for path in filter(None, (output, key)):
        validate(file, path)
        validate_page(path, None, "page", language)
    if key is not None and key.absolute() == output.absolute():
        message = f"{key}: is where the sheet goes; name another file for the key"
        raise OutputError(message, argument="key")
    if key is not None and COPY in key.name:
        message = f"{key}: is one for all copies; leave {COPY} out of its name"
        raise OutputError(message, argument="key")
    with allowing(limit), working(f"writing {printable(output.name)}"):
        derivation = load(file, written=True)
        found = sheets(derivation, seed=seed, copy=copy, students=students)
        pages = [*_sheets(found, output, language)]
        if key is not None:
            pages.append(found.key(key, language))
        write_pages(pages, force=force, given=derivation.paths)


def _sheets(found: Sheets, output: Path, language: str | None) -> Iterator[Page]:
    if COPY not in output.name:
        yield found.sheet(output, None, language)
        return
    digits = len(str(max(found.copies)))
    for number in found.copies:
        name = output.name.replace(COPY, f"{number:0{digits}}")
        yield found.sheet(output.with_name(name), number, language)
