"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from symlstm.files.templates import TEX_DELIMITERS
from symlstm.notation import LATEX, Token, Tokens, text
from symlstm.notation.tex_text import escaped
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.summary import Table


class LatexFormat(Format):
    """A .tex file of the article class; the packages are those of every TeX distribution."""

    name = "latex"
    suffix = ".tex"
    notation = LATEX
    width = 80
    delimiters: ClassVar = TEX_DELIMITERS

    def escape(self, text: str) -> str:
        return escaped(text)

    def comment(self, text: str) -> str:
        return f"% {text}"

    def display(self, lines: Sequence[Line]) -> str:
        return "\\begin{align*}\n" + aligned(lines, self.width) + "\n\\end{align*}"

    def inline(self, formula: Tokens) -> str:
        return f"${text(formula)}$"

    def table(self, table: Table) -> str:
        columns = "r" * len(table.header)
        tall = any(token.height for row in table.rows for token in row)
        between = "\n\\addlinespace[6pt]\n" if tall else "\n"
        return "\n".join(
            [
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                _row(table.header),
                r"\midrule",
                between.join(map(_row, table.rows)),
                r"\bottomrule",
                r"\end{tabular}",
            ]
        )


def aligned(lines: Sequence[Line], width: float) -> str:
    """Return lines as the body of an ``align*`` or ``aligned``, a row for each row."""
    room = width - left_width(lines)
    return " \\\\\n".join(
        f"  {text(line.left) if number == 0 else ''} &{text(row).lstrip()}"
        for line in lines
        for number, row in enumerate(line.rows(room, LATEX))
    )


def _row(tokens: Sequence[Token]) -> str:
    return " & ".join(f"${token.text}$" for token in tokens) + r" \\"
