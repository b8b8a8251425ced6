"""Sheets: a derivation's page with blanks, for one student or a class, and the key to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from symlstm.derivations.derivation import SUFFIX, Derivation
from symlstm.derivations.exercise import without_exercise
from symlstm.derivations.page import Page, format_of
from symlstm.errors import NumberError, OutputError, SpecError
from symlstm.exercises.places import places
from symlstm.exercises.variation import Copies
from symlstm.gradients.gradients import Gradients
from symlstm.runs.trace import Trace
from symlstm.writers.asking import Asking

SEED = 1
"""What the copies of a class are drawn from, unless another seed is given."""
SUFFIXES = ".tex", ".pdf", ".md"
"""How the names of files end that can hold a sheet."""


@dataclass(frozen=True)
class Sheets:
    """The sheets of an exercise, and their key; made by `sheets`.

    ``copies`` are the derivations that they ask for, by their numbers: copies that are drawn from
    the ``seed`` or, as 0, the file with its own numbers.
    """

    copies: Mapping[int, Derivation]
    seed: int | None = None

    def sheet(self, document: Path, copy: int | None = None, language: str | None = None) -> Page:
        """Return the page that asks for the values of one copy, or of all of them."""
        chosen = self.copies if copy is None else {copy: self.copies[copy]}
        return self._page(document, chosen, language, filled=False)

    def key(self, document: Path, language: str | None = None) -> Page:
        """Return the page that has them filled in, of all copies.

        What is the same for all of them stands there once, and several have no figures.
        """
        return self._page(document, self.copies, language, filled=True)

    def _page(
        self,
        document: Path,
        copies: Mapping[int, Derivation],
        language: str | None,
        *,
        filled: bool,
    ) -> Page:
        first = next(iter(copies))
        main = copies[first]
        validate(main.path, document)
        chosen = format_of(document, "page").beside(f"{document.stem}.figures")
        chosen = chosen.speaking(language or main.language)
        topics = []
        for number, copy in copies.items():
            assert copy.exercise is not None
            assert isinstance(copy.subject, Trace | Gradients)
            blanks = frozenset(copy.exercise.blanks.among(places(copy.subject)))
            again = filled and number != first
            asking = Asking(blanks, filled, number or None, self.seed, again)
            topic = copy.topic(asking=asking)
            bare = filled and len(copies) > 1
            topics.append(replace(topic, figures=False) if bare else topic)
        text = main.tell(topics, chosen, what="key" if filled else "sheet")
        return Page.of(document, chosen, text)


def validate(derivation: Path, document: Path) -> None:
    """Raise `OutputError` for a file that can hold no sheet or key of a derivation file."""
    if document.suffix not in SUFFIXES:
        message = f"{document}: its suffix tells the format; end it in .tex, .pdf or .md"
        raise OutputError(message)
    page = derivation.name.removesuffix(SUFFIX) + document.suffix
    if document.absolute() == derivation.with_name(page).absolute():
        message = f"{document}: is where the page itself goes; name it sheet{document.suffix}"
        raise OutputError(message)


def sheets(
    derivation: Derivation,
    *,
    seed: int | None = None,
    copy: int | None = None,
    students: int | None = None,
) -> Sheets:
    """Return the sheets of a derivation: with its own numbers, of a copy, or of a whole class.

    A ``copy`` is drawn from the ``seed``, and so are those for so many ``students``, from 1 on.
    Raises `SpecError` where a derivation asks for nothing that can be left out, where nothing
    varies, and where no numbers are found; `NumberError` for a copy of several students.
    """
    reason = without_exercise(derivation.subject)
    if reason:
        raise SpecError(f"{derivation.path}: an exercise {reason}", argument="exercise")
    assert derivation.exercise is not None
    assert isinstance(derivation.subject, Trace | Gradients)
    if not derivation.exercise.blanks.among(places(derivation.subject)):
        message = (
            "[exercise] blanks leaves nothing out; give more steps, more names or a lower every"
        )
        raise SpecError(f"{derivation.path}: {message}", argument="exercise")
    if seed is copy is students is None:
        return Sheets({0: derivation})
    if copy is not None and students is not None:
        message = "copy is one of those that students get; leave one of them out"
        raise NumberError(message, argument="copy")
    seed = SEED if seed is None else seed
    drawn = Copies(derivation, seed)
    if students is None:
        number = 1 if copy is None else drawn.counted(copy, "copy")
        return Sheets({number: drawn[number]}, seed)
    count = drawn.counted(students, "students")
    return Sheets({number: drawn[number] for number in range(1, count + 1)}, seed)
