"""What the formats have in common."""

from __future__ import annotations

import copy
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from symlstm.errors import OutputError, choices
from symlstm.files.templates import Filter, Templates
from symlstm.languages.catalogue import ENGLISH, Catalogue, catalogue
from symlstm.notation import Notation, Token, Tokens, painted
from symlstm.notation.palette import Colour
from symlstm.writers.document import Chapter, Document
from symlstm.writers.line import Line
from symlstm.writers.picture import Picture
from symlstm.writers.prose import Spans
from symlstm.writers.said import said
from symlstm.writers.summary import Table
from symlstm.writers.topic import Topic

KINDS: Mapping[str, tuple[str, ...]] = {
    "page": (".tex", ".pdf", ".md", ".ipynb", ""),
    "summary": (".tex", ".pdf", ".md", ""),
    "fragment": (".tex",),
    "slides": (".tex", ".pdf"),
}
"""What a document can be, with the files that hold it; what has no file is for a terminal.

A page is all of it, a summary one page, or of a network a few, a fragment is for ``\\input`` in
someone's own paper, and slides are for a lecture.
"""


class Format(ABC):
    """A way to write a document: a notation, how lines and tables look, and a template.

    A template is given ``document``, a `Document`. Everything in it is escaped but what the
    `filters` return, as the last ones of an expression (mathematics, prose and figures), and what
    the `functions` do: what is said in the language of the document, by its key.

    ``drawing`` is how its figures are drawn, "tikz" or "svg", if it has any, and ``folder`` where
    they are, if they are files. ``kind`` is what the document is; see `KINDS`.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    notation: ClassVar[Notation]
    width: float
    delimiters: ClassVar[Mapping[str, str]] = {}
    drawing: str = ""
    folder: str = ""
    kind: str = "page"
    catalogue: Catalogue = ENGLISH
    template: ClassVar[str] = ""
    """The template of a page; unless it is said, that of the format's name and suffix."""

    @abstractmethod
    def escape(self, text: str) -> str:
        """Return text so that it is printed and never executed."""

    @abstractmethod
    def comment(self, text: str) -> str:
        """Return a line that is not printed; ``text`` has nothing in it that could end one."""

    def display(self, lines: Sequence[Line]) -> str:
        """Return lines set apart from the text, aligned at their relations; of none, nothing."""
        return self._display(lines) if lines else ""

    @abstractmethod
    def _display(self, lines: Sequence[Line]) -> str:
        """Return lines as `display` does, of which there is one at least."""

    @abstractmethod
    def inline(self, formula: Tokens) -> str:
        """Return a short formula for the midst of a text."""

    @abstractmethod
    def paint(self, symbol: str, colour: Colour) -> str:
        """Return a symbol in a colour or, where there are none, as it is."""

    def strengthen(self, formula: str) -> str:
        """Return what stands out on a page or, where nothing can, as it is."""
        return formula

    def spelled(self, tokens: Sequence[Token]) -> str:
        """Return tokens as one string, with their colours."""
        return painted(tokens, self.paint, self.strengthen)

    @abstractmethod
    def table(self, table: Table) -> str:
        """Return a table."""

    @abstractmethod
    def prose(self, text: str) -> str:
        """Return a text that is written in Markdown, with mathematics: printed, never executed."""

    @abstractmethod
    def line(self, spans: Spans) -> str:
        """Return prose without an end of a line."""

    def say(self, key: str, **parts: object) -> str:
        """Return the sentences of a key of the language, with its parts in their places.

        A part is text, a number, or a formula that the filter ``inline`` has spelled.
        """
        return self.line(said(self.catalogue, key, parts))

    def heading(self, key: str, **parts: object) -> str:
        """Return the same in a single line, as a heading is."""
        return self.line(said(self.catalogue, key, parts))

    def picture(self, picture: Picture) -> str:
        """Return a figure, set apart from the text; where there are none, nothing."""
        return ""

    def telling(self, kind: str) -> Self:
        """Return the format for another kind of document.

        Raises `OutputError` for an unknown kind, and for one that the format has not.
        """
        known = [name for name, suffixes in KINDS.items() if self.suffix in suffixes]
        if kind not in known:
            message = f"kind is {kind!r}; {choices(str(kind), known)}, in {self.name}"
            raise OutputError(message, argument="kind")
        other = copy.copy(self)
        other.kind = kind
        return other

    def speaking(self, language: str) -> Self:
        """Return the format in another language; raises `OutputError` for an unknown one."""
        other = copy.copy(self)
        other.catalogue = catalogue(language)
        return other

    def code(self, lines: str) -> str:
        """Return code that makes what stands before it; where none is shown, nothing."""
        return ""

    def prepared(self, chapters: Sequence[Chapter], topics: Sequence[Topic]) -> tuple[Chapter, ...]:
        """Return the chapters about topics with what the format shows of them beside."""
        return tuple(chapters)

    def signed(self, text: str, source: str) -> str:
        """Return a document that says where it comes from, where it is written to a file."""
        comment = self.comment(source)
        return f"{comment}\n{text}" if comment else text

    def origin(self, text: str) -> str:
        """Return the line of a document that says what it was generated from, if it is ours."""
        return text.partition("\n")[0]

    def told(self, text: str) -> str:
        """Return what a document tells, whether its code was run or not."""
        return text

    def beside(self, folder: str) -> Format:
        """Return the format for a document that has a folder beside it, for its figures."""
        return self

    @property
    def files(self) -> Mapping[str, str]:
        """The files of the folder beside the document that was written last, by name."""
        return {}

    def filters(self) -> Mapping[str, Filter]:
        """Return what a template can make of lines, formulas, tables and figures."""
        return {
            "display": self.display,
            "inline": self.inline,
            "table": self.table,
            "prose": self.prose,
            "picture": self.picture,
            "code": self.code,
            "say": self.say,
        }

    def functions(self) -> Mapping[str, Filter]:
        """Return what a template can say in the language of the document."""
        return {"say": self.say, "heading": self.heading}

    def write(self, document: Document, template: Path | None = None) -> str:
        """Return the document's text; ``template`` is a file to fill instead of the own one.

        Raises `OutputError` for a template that cannot be read or filled.
        """
        page = self.template or f"{self.name}{self.suffix or '.txt'}.jinja"
        templates = Templates(
            "symlstm.writers",
            page if self.kind == "page" else f"{self.name}/{self.kind}.jinja",
            self.escape,
            self.filters(),
            self.delimiters,
            self.functions(),
        )
        return _tidy(templates.fill(template, document=document))


def _tidy(text: str) -> str:
    """Return a document with no two empty lines in a row, and none at its end."""
    return _EMPTY_LINES.sub("\n\n", text).rstrip("\n") + "\n"


_EMPTY_LINES = re.compile(r"\n(?:[ ]*\n){2,}")
