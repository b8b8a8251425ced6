"""The marks of answers: what is right, what carries on, and what is a slip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symlstm.derivations.exercise import Place
from symlstm.equations.numerals import Numerals
from symlstm.errors import printable
from symlstm.notation import PLAIN, text
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import shown

WIDTH = 80
SUMMED: Mapping[str, str] = {
    "right": "right",
    "carried on": "carried on",
    "slip": "slip",
    "missing": "missing",
    "no number": "not a number",
    "unknown": "of an unknown name",
}
"""What an answer can be, and what a summary says of so many."""


@dataclass(frozen=True, eq=False)
class Answer:
    """An answer, as it was ``given``, with the right ``value``, the ``verdict`` and a ``note``.

    The verdict is ``"right"``; ``"carried on"``, of a wrong one that follows from the answers
    before it; ``"slip"``, of one that does not; ``"missing"``, of a blank with none; ``"no
    number"``; or ``"unknown"``, of a name that nothing has, which has no ``place`` and no value.
    """

    name: str
    place: Place | None
    given: Any
    value: Array | None
    verdict: str
    note: str = ""
    digits: int | None = None

    @property
    def step(self) -> int | None:
        """The time step of the value, if it has one."""
        return None if self.place is None else self.place.step

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The name, what was given, the right value and the verdict, as a terminal shows them."""
        given = "" if self.given is None else _plain(self.given)
        value = "" if self.value is None else _value(self.value, self.digits)
        verdict = f"{self.verdict}, {self.note}" if self.note else self.verdict
        return self.name, given, value, verdict


@dataclass(frozen=True, eq=False)
class Marks:
    """The marks of all ``answers`` of a ``student``; made by `mark`. It prints as a table."""

    answers: tuple[Answer, ...]
    student: str = ""

    def __getitem__(self, name: str) -> Answer:
        for answer in self.answers:
            if answer.name == name:
                return answer
        raise KeyError(name)

    @property
    def counts(self) -> dict[str, int]:
        """How many answers have each verdict."""
        counted = Counter(answer.verdict for answer in self.answers)
        return {verdict: counted[verdict] for verdict in SUMMED}

    @property
    def slips(self) -> tuple[Answer, ...]:
        """The answers that are wrong and do not follow from those before them."""
        return tuple(answer for answer in self.answers if answer.verdict == "slip")

    @property
    def all_right(self) -> bool:
        """Whether every answer is right, and none is missing."""
        return all(answer.verdict == "right" for answer in self.answers)

    @property
    def summary(self) -> str:
        """How many answers are right, carried on, slips and missing, in a line."""
        parts = [
            f"{count} {SUMMED[verdict]}{'s' if verdict == 'slip' and count != 1 else ''}"
            for verdict, count in self.counts.items()
            if count or verdict == "right"
        ]
        return ", ".join(parts)

    def __str__(self) -> str:
        header = "answer", "given", "right value", "verdict"
        rows = table(header, [answer.row for answer in self.answers]) if self.answers else ""
        return "\n\n".join(filter(None, [printable(self.student), rows, self.summary]))

    def __repr__(self) -> str:
        return f"Marks({self.summary})"


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of 80 columns; counts stand on the right."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name, column in zip(header, zip(*rows, strict=True), strict=True):
        counts = all(cell.isdigit() for cell in column) and header[0] != name
        grid.add_column(name, overflow="fold", justify="right" if counts else "left")
    for row in rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    written = StringIO()
    console = Console(
        file=written, width=WIDTH, highlight=False, color_system=None, force_jupyter=False
    )
    console.print(grid)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()).strip("\n")


def _plain(given: Any) -> str:
    """Return an answer as a person types it, its beginning if it is long."""
    if isinstance(given, list | tuple):
        given = ", ".join(map(_plain, given))
    elif not isinstance(given, int | str):
        given = str(given)
    return shown(given).strip("'\"")


def _value(value: Array, digits: int | None) -> str:
    return text(Numerals(PLAIN, digits=digits).value(value))
