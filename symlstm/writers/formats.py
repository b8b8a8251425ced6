"""What the formats have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from symlstm.files.templates import Templates
from symlstm.notation import Notation, Tokens
from symlstm.writers.document import Document
from symlstm.writers.line import Line
from symlstm.writers.summary import Table


class Format(ABC):
    """A way to write a document: a notation, how lines and tables look, and a template.

    A template is given ``document``, a `Document`. Everything in it is escaped but what the filters
    ``display`` (lines), ``inline`` (formulas) and ``table`` return, as the last ones of an
    expression: mathematics.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    notation: ClassVar[Notation]
    width: float
    delimiters: ClassVar[Mapping[str, str]] = {}

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
    def table(self, table: Table) -> str:
        """Return a table."""

    def write(self, document: Document, template: Path | None = None) -> str:
        """Return the document's text; ``template`` is a file to fill instead of the own one.

        Raises `OutputError` for a template that cannot be read or filled.
        """
        templates = Templates(
            "symlstm.writers",
            f"{self.name}{self.suffix or '.txt'}.jinja",
            self.escape,
            {"display": self.display, "inline": self.inline, "table": self.table},
            self.delimiters,
        )
        return _tidy(templates.fill(template, document=document))


def _tidy(text: str) -> str:
    """Return a document with no two empty lines in a row, and none at its end."""
    return _EMPTY_LINES.sub("\n\n", text).rstrip("\n") + "\n"


_EMPTY_LINES = re.compile(r"\n(?:[ ]*\n){2,}")
