"""A derivation: what a derivation file asked for, as it came out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.derivations.exercise import Exercise
from symlstm.derivations.expectation import Expectation, Mismatch
from symlstm.derivations.expected import Subject
from symlstm.derivations.page import TEXTS, Page, first_line, format_of, is_generated
from symlstm.errors import SymlstmError
from symlstm.files.templates import GENERATED
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.languages.catalogue import languages
from symlstm.runs.certify import intervals
from symlstm.runs.check import Check
from symlstm.runs.distance import Distance
from symlstm.runs.loss import RunLoss
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.trace import Trace
from symlstm.writers import Topic, chosen_format, write
from symlstm.writers.formats import KINDS, Format
from symlstm.writers.source import Source

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis

SUFFIX = ".derivation.toml"
"""How the name of a derivation file ends."""


@dataclass(frozen=True)
class Derivation:
    """A derivation file that was read and run; made by `load`.

    ``subject`` is what was asked for: a trace, of a layer or a network; its gradients; or
    trainings, one for each batch size;
    ``source`` is the same in Python. ``beside`` is the derivation whose chapter follows in
    the document, in the same ``language``. ``exercise`` says what can be asked of it, if anything;
    ``tables`` is what the file holds, ``diagnosis`` that of what an implementation gave, and
    ``loss`` that of the run.
    """

    path: Path
    title: str
    subject: Subject
    expect: tuple[Expectation, ...]
    document: Mapping[str, Any]
    author: str = ""
    source: Source | None = None
    beside: Derivation | None = None
    language: str = "en"
    exercise: Exercise | None = None
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    diagnosis: Diagnosis | None = None
    loss: RunLoss | None = None

    def topic(self, title: str = "", **further: Any) -> Topic:
        """Return what a chapter is to tell, without the derivation beside it."""
        algebra = self.trace.algebra
        digits = algebra.digits if isinstance(algebra, CertifiedAlgebra) else None
        told = {"digits": digits, "source": self.source, **self.document, **further}
        return Topic(self.subject, title=title, diagnosis=self.diagnosis, loss=self.loss, **told)

    @property
    def paths(self) -> list[Path]:
        """The files that it was read from: its own, and that of the derivation beside it."""
        return [self.path, *(self.beside.paths if self.beside else [])]

    @property
    def trace(self) -> Trace[Any] | NetworkTrace:
        """What was run; of a training, the first batch."""
        if isinstance(self.subject, Trace | NetworkTrace):
            return self.subject
        if isinstance(self.subject, Gradients | NetworkGradients):
            return self.subject.adjoints
        return self.subject[0].updates[0].gradients.adjoints

    @property
    def drawn(self) -> Trace[Any] | Gradients | NetworkTrace | NetworkGradients:
        """What a figure is of: what was run; of a training, the gradients of its first update."""
        if isinstance(self.subject, tuple):
            return self.subject[0].updates[0].gradients
        return self.subject

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What the file expects, and the one beside it."""
        return self.expect + (self.beside.expectations if self.beside else ())

    @property
    def numeric(self) -> bool:
        """Whether there are numbers to compare with float64: not symbols or intervals alone."""
        return self._comparable or (self.beside is not None and self.beside.numeric)

    @property
    def rounds(self) -> bool:
        """Whether every value is rounded, here or in the derivation beside."""
        return self._rounds or (self.beside is not None and self.beside.rounds)

    def distances(self) -> list[Distance]:
        """Return how far runs that round every value are from the true values."""
        beside = [] if self.beside is None else self.beside.distances()
        if not self._rounds:
            return beside
        with self._named():
            return [self.trace.distance(), *beside]

    def checks(self) -> list[Check]:
        """Return the comparisons of all exact or certified numbers in the document with float64."""
        beside = [] if self.beside is None else self.beside.checks()
        if not self._comparable:
            return beside
        with self._named():
            if not isinstance(self.subject, tuple):
                is_forward = isinstance(self.subject, Trace | NetworkTrace)
                checked = self.loss if self.loss and is_forward else self.subject
                return [checked.check(), *beside]
            updates = [update for training in self.subject for update in training.updates]
            return [*(update.check() for update in updates), *beside]

    def write(
        self,
        format: str | Format,
        template: Path | None = None,
        kind: str = "page",
        language: str | None = None,
    ) -> str:
        """Return the derivation's document, below a first line that says where it comes from.

        It is in the ``language`` that the file asks for, unless another one is given, or a format
        that speaks one already. One in Markdown has no figures, which are files beside it: see
        `page`.
        """
        topics = [self.topic()]
        if self.beside is not None:
            topics.append(self.beside.topic(self.beside.title))
        with self._named():
            chosen = chosen_format(format, kind, language or self.language)
        return self.tell(topics, chosen, template)

    def tell(
        self, topics: Sequence[Topic], chosen: Format, template: Path | None = None, what: str = ""
    ) -> str:
        """Return a document about topics of the file, in a format; its first line says ``what``."""
        with self._named():
            text = write(topics, chosen, title=self.title, author=self.author, template=template)
        source = f"{GENERATED} from {_quoted(self.path.name)}"
        if what or chosen.kind != "page":
            source += f" as {what or chosen.kind}"
        if chosen.catalogue.language != self.language:
            source += f" in {chosen.catalogue.language}"
        if template is not None:
            source += f" with template {_quoted(os.path.relpath(template, self.path.parent))}"
        return chosen.signed(text, source)

    def page(
        self,
        document: Path,
        template: Path | None = None,
        kind: str = "page",
        language: str | None = None,
    ) -> Page:
        """Return what a document's file is to hold, and its figures, ready to be written."""
        chosen = format_of(document, kind).beside(f"{document.stem}.figures")
        chosen = chosen.speaking(language or self.language)
        return Page.of(document, chosen, self.write(chosen, template))

    def documents(self) -> list[Path]:
        """Return the documents beside the file that symlstm generated from it."""
        stem = self.path.name.removesuffix(SUFFIX)
        beside = [self.path.with_name(stem + suffix) for suffix in TEXTS]
        return [path for path in beside if path.is_file() and is_generated(path)]

    def stale(self, document: Path) -> str:
        """Return how ``document`` and its figures differ from what the file generates today.

        Nothing, if they do not.
        """
        first = first_line(document)
        with_template, as_kind = _TEMPLATE.search(first), _KIND.search(first)
        in_language = _LANGUAGE.search(first)
        template = (
            self.path.parent / os.fsdecode(unquote_to_bytes(with_template[1]))
            if with_template
            else None
        )
        kind = as_kind[1] if as_kind and as_kind[1] in KINDS else "page"
        language = in_language[1] if in_language and in_language[1] in languages() else None
        page = self.page(document, template, kind, language)
        differences = list(page.differences(self.path.name))
        if not differences:
            return ""
        again = f"symlstm derive {self.path.name} -o {document.name}"
        again += f" --template {template}" if template else ""
        again += f" --as {kind}" if kind != "page" else ""
        again += f" --language {language}" if language else ""
        return "\n".join([*differences, f"write it again with: {again}"])

    def mismatches(self) -> list[Mismatch]:
        """Return every value that is not what the file expects, or the one beside it."""
        with self._named():
            return [mismatch for one in self.expectations for mismatch in one.mismatches()]

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name the file in what is wrong with what it comes to."""
        try:
            yield
        except SymlstmError as error:
            message = str(error)
            if message.startswith(f"{self.path}: "):
                raise
            raise type(error)(f"{self.path}: {message}", argument=error.argument) from error

    @property
    def _comparable(self) -> bool:
        given = self.trace.given
        return given is not None and not self._rounds and not any(intervals(given.numbers))

    @property
    def _rounds(self) -> bool:
        return isinstance(self.trace.algebra, DecimalAlgebra)


_TEMPLATE = re.compile(r" with template (\S+)")
_KIND = re.compile(r" as (\w+)")
_LANGUAGE = re.compile(r" in (\w+)")


def _quoted(name: str) -> str:
    """Return a file's name without spaces, or anything that could end a comment."""
    return quote(os.fsencode(name), safe="/").replace("--", "-%2D")
