"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from symlstm.files.templates import TEX_DELIMITERS, Filter
from symlstm.notation import LATEX, Token, Tokens
from symlstm.notation.palette import Colour
from symlstm.notation.tex_text import escaped
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.summary import Table


class LatexFormat(Format):
    """A .tex file of the article class; the packages are those of every TeX distribution.

    Formulas have colours once a template has defined these, by the filter ``definitions`` of
    ``document.colours``: one that does not know of colours needs no package for them.
    """

    name = "latex"
    suffix = ".tex"
    notation = LATEX
    width = 80
    delimiters: ClassVar = TEX_DELIMITERS

    def __init__(self) -> None:
        self._defined: set[Colour] = set()

    def escape(self, text: str) -> str:
        return escaped(text)

    def comment(self, text: str) -> str:
        return f"% {text}"

    def display(self, lines: Sequence[Line]) -> str:
        return "\\begin{align*}\n" + aligned(lines, self.width, self.spelled) + "\n\\end{align*}"

    def inline(self, formula: Tokens) -> str:
        return f"${self.spelled(formula)}$"

    def paint(self, symbol: str, colour: Colour) -> str:
        known = colour in self._defined
        return rf"{{\color{{{_colour_name(colour)}}}{symbol}}}" if known else symbol

    def definitions(self, colours: Sequence[Colour]) -> str:
        """Return the definitions of colours, which the formulas after them have."""
        self._defined.update(colours)
        return "\n".join(
            rf"\definecolor{{{_colour_name(colour)}}}{{HTML}}{{{colour.light}}}"
            for colour in colours
        )

    def table(self, table: Table) -> str:
        columns = "r" * len(table.header)
        tall = any(token.height for row in table.rows for token in row)
        between = "\n\\addlinespace[6pt]\n" if tall else "\n"
        return "\n".join(
            [
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                self._row(table.header),
                r"\midrule",
                between.join(map(self._row, table.rows)),
                r"\bottomrule",
                r"\end{tabular}",
            ]
        )

    def _row(self, tokens: Sequence[Token]) -> str:
        return " & ".join(f"${self.spelled([token])}$" for token in tokens) + r" \\"

    def filters(self) -> Mapping[str, Filter]:
        self._defined.clear()
        return {**super().filters(), "definitions": self.definitions}


def aligned(lines: Sequence[Line], width: float, spelled: Callable[[Tokens], str]) -> str:
    """Return lines as the body of an ``align*`` or ``aligned``, a row for each row."""
    room = width - left_width(lines)
    return " \\\\\n".join(
        f"  {spelled(line.left) if number == 0 else ''} &{spelled(row).lstrip()}"
        for line in lines
        for number, row in enumerate(line.rows(room, LATEX))
    )


def _colour_name(colour: Colour) -> str:
    """Return what a colour is called in LaTeX, where others have names such as ``green``, too."""
    return f"Gate{colour.name.title()}"
