"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Self

from symlstm.files.templates import TEX_DELIMITERS, Filter
from symlstm.notation import LATEX, Token, Tokens, width
from symlstm.notation.palette import Colour
from symlstm.notation.tex_colours import definitions, named
from symlstm.notation.tex_text import escaped, metadata
from symlstm.writers.document import Picture
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.prose import Spans
from symlstm.writers.prose_latex import latex_line, latex_prose
from symlstm.writers.prose_reader import read_prose
from symlstm.writers.summary import Table

NUMBER = 5
"""The room for the number of an equation, in digits."""
NARROW = 0.5
"""How much of the width lines may have that stand beside a picture."""
SHORT = 0.825
"""How much of the width lines may have that go on in a sentence."""
WIDTHS = {"fragment": 64, "summary": 92}
"""How many digits wide a line is: of a fragment, that of the class article as it comes."""


class LatexFormat(Format):
    """A .tex file of the article class; the packages are those of every TeX distribution.

    Formulas have colours once a template has defined these, by the filter ``definitions`` of
    ``document.colours``: one that does not know of colours needs no package for them. In the
    same way it has figures once it has loaded what they need, by the filter ``packages`` of
    ``document.figures``.
    """

    name = "latex"
    suffix = ".tex"
    notation = LATEX
    drawing = "tikz"
    delimiters: ClassVar = TEX_DELIMITERS

    def __init__(self) -> None:
        self.width = 80
        self._defined: set[Colour] = set()
        self._loaded = False

    def telling(self, kind: str) -> Self:
        other = super().telling(kind)
        other.width = WIDTHS.get(kind, self.width)
        return other

    def escape(self, text: str) -> str:
        return escaped(text)

    def comment(self, text: str) -> str:
        return f"% {text}"

    def display(self, lines: Sequence[Line]) -> str:
        return "\\begin{align*}\n" + aligned(lines, self.width, self.spelled) + "\n\\end{align*}"

    def run_in(self, lines: Sequence[Line]) -> str:
        """Return lines that go on in a sentence, if they are short and low, or set apart."""
        (first, *others) = (line.rows(SHORT * self.width, LATEX) for line in lines)
        tokens = [token for row in first for token in row]
        if others or len(first) > 1 or any(token.height for token in tokens):
            return self.display(lines)
        return self.inline([*lines[0].left, *tokens])

    def inline(self, formula: Tokens) -> str:
        return f"${self.spelled(formula)}$"

    def strengthen(self, formula: str) -> str:
        return rf"\boldsymbol{{{formula}}}"

    def paint(self, symbol: str, colour: Colour) -> str:
        known = colour in self._defined
        return rf"{{\color{{{named(colour.name)}}}{symbol}}}" if known else symbol

    def definitions(self, colours: Sequence[Colour]) -> str:
        """Return the definitions of colours, which the formulas after them have."""
        self._defined.update(colours)
        return definitions(colours, "providecolor" if self.kind == "fragment" else "definecolor")

    def packages(self, figures: Sequence[Picture]) -> str:
        """Return what loads the packages of figures, which the document has from then on."""
        self._loaded = True
        return r"\usepackage{tikz}" if figures else ""

    def prose(self, text: str) -> str:
        return latex_prose(read_prose(text))

    def line(self, spans: Spans) -> str:
        return latex_line(spans)

    def picture(self, picture: Picture) -> str:
        if not self._loaded:
            return ""
        drawn = self._drawn(picture)
        return "\n".join((r"\begin{center}\vspace{-2pt}", drawn, r"\vspace{-4pt}\end{center}"))

    def _drawn(self, picture: Picture) -> str:
        """Return a picture, smaller than it is and no wider than the text around it."""
        unknown = [colour for colour in picture.colours if colour not in self._defined]
        parts = (
            definitions(unknown),
            r"\resizebox{\ifdim0.7\width>\linewidth\linewidth\else0.7\width\fi}{!}{%",
            picture.drawing.rstrip(),
            r"}",
        )
        return "\n".join(filter(None, parts))

    def numbered(self, lines: Sequence[Line]) -> str:
        """Return lines set apart, each with a number by which it can be referred to."""
        body = aligned(lines, self.width - NUMBER, self.spelled, goes_on=r" \notag")
        return "\\begin{align}\n" + body + "\n\\end{align}"

    def set_beside(
        self, picture: Picture | None, lines: Sequence[Line], numbered: bool = False
    ) -> str:
        """Return lines with a picture left of them, or above them if they are too wide for that."""
        shown = self.numbered(lines) if numbered else self.display(lines)
        if picture is None or not self._loaded:
            return shown
        widest = max(width(row) for line in lines for row in line.rows(self.width, LATEX))
        if left_width(lines) + widest > NARROW * self.width:
            return f"{self.picture(picture)}\n{shown}"
        parts = (
            r"\par\noindent\begin{minipage}{0.46\linewidth}",
            self._drawn(picture),
            r"\end{minipage}\hfill\begin{minipage}{0.52\linewidth}",
            shown,
            r"\end{minipage}\par\medskip",
        )
        return "\n".join(parts)

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
        return " & ".join(self.inline([token]) if token.text else "" for token in tokens) + r" \\"

    def filters(self) -> Mapping[str, Filter]:
        self._defined.clear()
        self._loaded = False
        own: dict[str, Filter] = {
            "definitions": self.definitions,
            "packages": self.packages,
            "plain": metadata,
            "run_in": self.run_in,
            "beside": self.set_beside,
            "numbered": self.numbered,
        }
        return {**super().filters(), **own}


def aligned(
    lines: Sequence[Line], width: float, spelled: Callable[[Tokens], str], goes_on: str = ""
) -> str:
    """Return lines as the body of an ``align*`` or ``aligned``, a row for each row.

    ``goes_on`` stands at the end of each row with which its line does not end.
    """
    room = width - left_width(lines)
    shown = []
    for line in lines:
        rows = line.rows(room, LATEX)
        for number, row in enumerate(rows, start=1):
            left = spelled(line.left) if number == 1 else ""
            end = goes_on if number < len(rows) else ""
            shown.append(f"  {left} &{spelled(row).lstrip()}{end}")
    return " \\\\\n".join(shown)
