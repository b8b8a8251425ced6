"""The command ``symlstm mark``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from symlstm.command.declared import Argument, Option
from symlstm.command.options import Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import SymlstmError, one_line, printable

if TYPE_CHECKING:
    from symlstm.derivations.derivation import Derivation
    from symlstm.exercises import AnswerFile, Marks
    from symlstm.exercises.variation import Copies

HEADER = "answers", "student", "right", "carried on", "slips", "missing", "other"


def mark(
    file: Annotated[Path, Argument("The derivation file that the exercise is of.")],
    answers: Annotated[
        tuple[Path, ...],
        Argument(
            "Files of answers: a TOML table [answers], i_1 = 2, and [answers.gradients]; "
            "above it student, seed and copy, if they are wanted.",
            metavar="ANSWERS.toml...",
        ),
    ],
    seed: Annotated[
        int | None, Option("The seed of the copy, where the answers do not say it.")
    ] = None,
    copy: Annotated[
        int | None, Option("Which copy it is, where the answers do not say it.")
    ] = None,
    limit: Limits = (),
) -> None:
    """Say which answers are right, which follow from wrong ones, and which are slips."""
    from symlstm.derivations.spec import load
    from symlstm.exercises import mark as marked
    from symlstm.exercises import read_answers

    found: list[tuple[AnswerFile, Marks]] = []
    errors: list[str] = []
    with allowing(limit), working(f"marking {printable(file.name)}"):
        sheets = _Sheets(load(file))
        for path in answers:
            try:
                given = read_answers(path)
                derivation = sheets.of(given, seed, copy)
                marks = marked(derivation, given.answers, student=given.student)
                found.append((given, marks))
            except SymlstmError as error:
                errors.append(_of(path, one_line(error)))
    _report(found, several=len(answers) > 1)
    for problem in errors:
        click.echo(f"symlstm: {problem}", err=True)
    right = all(marks.all_right for _, marks in found)
    sys.exit(2 if errors else 0 if right else 1)


def _of(path: Path, problem: str) -> str:
    """Return what is wrong with a file of answers, which a message names once."""
    named = printable(str(path))
    return problem if problem.startswith(f"{named}: ") else f"{named}: {problem}"


class _Sheets:
    """A derivation, and the copies of it that answers are for."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.copies: dict[int, Copies] = {}

    def of(self, given: AnswerFile, seed: int | None, copy: int | None) -> Derivation:
        """Return what a file's answers are for; ``seed`` and ``copy`` are those of options."""
        from symlstm.exercises.variation import Copies

        seed = _one("seed", given.path, given.seed, seed)
        copy = _one("copy", given.path, given.copy, copy)
        if seed is None and copy is None:
            return self.derivation
        if seed is None:
            message = "copy is given, and seed is not; give the seed that copies are drawn from"
            raise SymlstmError(f"{given.path}: {message}", argument="seed")
        if seed not in self.copies:
            self.copies[seed] = Copies(self.derivation, seed)
        return self.copies[seed][1 if copy is None else copy]


def _one(what: str, path: Path, given: int | None, asked: int | None) -> int | None:
    """Return what a file says, or an option; raise where they differ."""
    if None not in (given, asked) and given != asked:
        message = f"{what} is {given}, and --{what} is {asked}; leave one of them out"
        raise SymlstmError(f"{path}: {message}", argument=what)
    return asked if given is None else given


def _report(found: list[tuple[AnswerFile, Marks]], *, several: bool) -> None:
    """Print the marks of each file and, if there are several, a row for each after them."""
    from symlstm.exercises.marks import table

    for given, marks in found:
        if several:
            click.echo(f"\n{printable(str(given.path))}:")
        click.echo(str(marks))
    if several and found:
        click.echo("\n" + table(HEADER, [_row(given, marks) for given, marks in found]))


def _row(given: AnswerFile, marks: Marks) -> tuple[str, ...]:
    counts = marks.counts
    others = counts["no number"] + counts["unknown"]
    shown = [counts[verdict] for verdict in ("right", "carried on", "slip", "missing")]
    return str(given.path), given.student, *map(str, [*shown, others])
