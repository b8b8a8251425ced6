"""Documents in Markdown, with mathematics as GitHub and notebooks render it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symlstm.notation import LATEX, Token
from symlstm.writers.formats import Format
from symlstm.writers.latex import aligned
from symlstm.writers.line import Line
from symlstm.writers.summary import Table


class MarkdownFormat(Format):
    """A .md file; displayed mathematics is ``aligned`` between double dollars."""

    name = "markdown"
    suffix = ".md"
    notation = LATEX
    width = 72

    def escape(self, text: str) -> str:
        visible = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
        return _AT_LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", visible))

    def comment(self, text: str) -> str:
        return f"<!-- {text.replace('--', '- -')} -->"

    def display(self, lines: Sequence[Line]) -> str:
        body = aligned(lines, self.width)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def table(self, table: Table) -> str:
        rule = "|".join([" ---: "] * len(table.header))
        return "\n".join([_row(table.header), f"|{rule}|", *map(_row, table.rows)])


_SPECIAL = re.compile(r"[\\`*_\[\]<>#$|~&]")
_AT_LINE_START = re.compile(r"^( *\d*)([-+=.)])", re.MULTILINE)


def _row(tokens: Sequence[Token]) -> str:
    return "| " + " | ".join(f"${token.text}$" for token in tokens) + " |"
