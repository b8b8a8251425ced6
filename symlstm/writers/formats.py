"""What the formats have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from symlstm.files.templates import Filter, Templates
from symlstm.notation import Notation, Token, Tokens, painted
from symlstm.notation.palette import Colour
from symlstm.writers.document import Document, Picture
from symlstm.writers.line import Line
from symlstm.writers.summary import Table


class Format(ABC):
    """A way to write a document: a notation, how lines and tables look, and a template.

    A template is given ``document``, a `Document`. Everything in it is escaped but what the filters
    ``display`` (lines), ``inline`` (formulas), ``table``, ``prose`` (text in Markdown), ``picture``
    (a figure) and, in LaTeX, ``definitions`` (colours) and ``packages`` (figures) return, as the
    last ones of an expression: mathematics, prose and figures.

    ``language`` is the one that its figures are drawn in, "tikz" or "svg", if it has any, and
    ``folder`` where they are, if they are files.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    notation: ClassVar[Notation]
    width: float
    delimiters: ClassVar[Mapping[str, str]] = {}
    language: str = ""
    folder: str = ""

    @abstractmethod
    def escape(self, text: str) -> str:
        """Return text so that it is printed and never executed."""

    @abstractmethod
    def comment(self, text: str) -> str:
        """Return a line that is not printed; ``text`` has nothing in it that could end one."""

    @abstractmethod
    def display(self, lines: Sequence[Line]) -> str:
        """Return lines set apart from the text, aligned at their relations."""

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

    def picture(self, picture: Picture) -> str:
        """Return a figure, set apart from the text; where there are none, nothing."""
        return ""

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
        }

    def write(self, document: Document, template: Path | None = None) -> str:
        """Return the document's text; ``template`` is a file to fill instead of the own one.

        Raises `OutputError` for a template that cannot be read or filled.
        """
        templates = Templates(
            "symlstm.writers",
            f"{self.name}{self.suffix or '.txt'}.jinja",
            self.escape,
            self.filters(),
            self.delimiters,
        )
        return _tidy(templates.fill(template, document=document))


def _tidy(text: str) -> str:
    """Return a document with no two empty lines in a row, and none at its end."""
    return _EMPTY_LINES.sub("\n\n", text).rstrip("\n") + "\n"


_EMPTY_LINES = re.compile(r"\n(?:[ ]*\n){2,}")
