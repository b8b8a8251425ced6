"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import ClassVar, Self

from symlstm.files.templates import TEX_DELIMITERS, Filter
from symlstm.notation import LATEX, Token, Tokens, items, width
from symlstm.notation.palette import Colour
from symlstm.notation.tex_colours import definitions, named
from symlstm.notation.tex_text import escaped, metadata
from symlstm.writers.formats import Format
from symlstm.writers.latex_layout import aligned, height, in_columns, natural, room_below
from symlstm.writers.line import Line
from symlstm.writers.picture import Picture
from symlstm.writers.prose import Spans
from symlstm.writers.prose_latex import latex_line, latex_prose
from symlstm.writers.prose_reader import read_prose
from symlstm.writers.screens import NORMAL
from symlstm.writers.slides import Slides
from symlstm.writers.summary import Table

NUMBER = 5
"""The room for the number of an equation, in digits."""
SMALLER, LARGER = 0.65, 0.8
"""How large a picture is of what it is drawn as, and one beside the equations of a cell."""
NARROW = 0.53
"""How much of the width lines have that stand beside a picture."""
LOW = 14
"""How many lines of text high these may be: a picture is about as high."""
SHORT = 0.45
"""How much of the width a formula may have in a sentence, for others to go on beside it."""
LOW_INLINE = 4
"""How many lines of text high a matrix may be in a sentence."""
BESIDE = 1.15
"""How much of the width tables may have side by side, whose letters are narrower than digits."""
HALF = 0.55
"""How much of the width lines may have that stand beside others."""
BREAK = r",\hfil\penalty50\hfilneg\ "
"""What stands between formulas of several rows: one may end there, however far it is from full."""
ONE_LINE = 0.6
"""How much of the width formulas in a sentence have that surely stand in one row."""
TRANSPOSED = r"^{\top}"
"""What stands above a letter that may have an index below: rows of such have air between them."""
WIDTHS = {"fragment": 64, "summary": 92, "slides": NORMAL.room}
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

    def _display(self, lines: Sequence[Line]) -> str:
        shown = aligned(lines, self.width, self.spelled)
        return f"\\begin{{align*}}\n{shown}\n\\end{{align*}}{room_below(lines)}"

    def run_in(self, lines: Sequence[Line], end: str = "") -> str:
        """Return lines that go on in a sentence, or ``end`` it, if they are short, or set apart."""
        whole = [[*line.left, *chain(*line.related(LATEX))] for line in lines]
        parts = [part for tokens in whole for part in items(tokens, LATEX.comma)]
        high = max(token.height for tokens in whole for token in tokens)
        if high > LOW_INLINE or max(map(width, parts)) > SHORT * self.width:
            return self.display(lines)
        between = BREAK if sum(map(width, parts)) > ONE_LINE * self.width else ", "
        return between.join(map(self.inline, parts)) + end

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
        return _centred(self._drawn(picture)) + r"\par"

    def drawn(self, picture: Picture) -> str:
        """Return a picture in its own size."""
        unknown = [colour for colour in picture.colours if colour not in self._defined]
        return "\n".join(filter(None, (definitions(unknown), picture.drawing.rstrip())))

    def _drawn(self, picture: Picture, scale: float = SMALLER) -> str:
        """Return a picture, smaller than it is and no wider than the text around it."""
        unknown = [colour for colour in picture.colours if colour not in self._defined]
        parts = (
            definitions(unknown),
            rf"\resizebox{{\ifdim{scale}\width>\linewidth\linewidth\else{scale}\width\fi}}{{!}}{{%",
            picture.drawing.rstrip(),
            r"}",
        )
        return "\n".join(filter(None, parts))

    def numbered(self, lines: Sequence[Line], label: str = "") -> str:
        """Return lines set apart, each with a number by which it can be referred to.

        The labels are ``label-1`` and so on.
        """
        body = aligned(
            lines,
            self.width - NUMBER,
            self.spelled,
            end=lambda number: rf" \label{{{label}-{number}}}" if label else "",
            goes_on=r" \notag",
        )
        return "\\begin{align}\n" + body + "\n\\end{align}"

    def in_columns(self, lines: Sequence[Line]) -> str:
        """Return lines set apart, short ones in several columns."""
        return "\\begin{align*}\n" + in_columns(lines, self.width, self.spelled) + "\n\\end{align*}"

    def set_beside(self, picture: Picture | None, lines: Sequence[Line], label: str = "") -> str:
        """Return lines with a picture left of them, or above them if they are too long for that.

        With a ``label`` they are numbered, the picture is larger, and none is broken for it.
        Without lines the picture stands alone.
        """
        set_out = self.numbered(lines, label) if label else self.display(lines)
        if picture is None or not self._loaded:
            return set_out
        if not lines:
            return _centred(self._drawn(picture))
        narrow = copy.copy(self)
        narrow.width = NARROW * self.width
        room = narrow.width - (NUMBER if label else 0)
        most = min(LOW, height(lines, self.width)) if label else LOW
        if height(lines, room) > most or natural(lines, room) > room:
            # In one paragraph with the lines, so that no page ends between.
            return f"{_centred(self._drawn(picture))}\n{set_out}"
        parts = (
            r"\par\nopagebreak\noindent\begin{minipage}{0.5\linewidth}",
            self._drawn(picture, LARGER if label else SMALLER),
            r"\end{minipage}\hfill\begin{minipage}{0.485\linewidth}",
            r"\ifdefined\mathindent\setlength{\mathindent}{0pt}\fi",
            narrow.numbered(lines, label) if label else narrow.display(lines),
            r"\end{minipage}\par\medskip",
        )
        return "\n".join(parts)

    def side_by_side(self, blocks: Sequence[Table | Sequence[Line]]) -> str:
        """Return tables and lines, as many beside one another as there is room for.

        Lines that need most of the width are set apart.
        """
        place = "t" if all(isinstance(block, Table) for block in blocks) else "c"
        shown: list[str] = []
        boxes: list[str] = []
        for block in blocks:
            if isinstance(block, Table):
                boxes += [self.table(part, place) for part in block.cut(BESIDE * self.width)]
            elif natural(block, self.width) <= HALF * self.width:
                body = aligned(block, self.width, self.spelled)
                boxes.append(f"$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$")
            else:
                shown += [*_in_a_row(boxes), self.display(block)]
                boxes = []
        return "\n".join((*shown, *_in_a_row(boxes)))

    def table(self, table: Table, place: str = "c") -> str:
        columns = "r" * len(table.header)
        tall = any(token.height or token.blank for row in table.rows for token in row)
        scripts = any(TRANSPOSED in token.text for row in table.rows for token in row)
        between = f"\n\\addlinespace[{4 if tall else 2}pt]\n" if tall or scripts else "\n"
        return "\n".join(
            [
                rf"\begin{{tabular}}[{place}]{{{columns}}}",
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

    def functions(self) -> Mapping[str, Filter]:
        own = Slides(self).functions() if self.kind == "slides" else {}
        return {**super().functions(), **own}

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
            "columns": self.in_columns,
            "side_by_side": self.side_by_side,
        }
        return {**super().filters(), **own}


def _centred(box: str) -> str:
    """Return a box in the middle of a paragraph that goes on with what belongs to it."""
    return f"\\par\\nopagebreak\\noindent\\hspace*{{\\fill}}{box}\\hspace*{{\\fill}}"


def _in_a_row(boxes: Sequence[str]) -> tuple[str, ...]:
    """Return boxes as a paragraph: as many in a row as fit."""
    if not boxes:
        return ()
    return (
        r"{\par\nopagebreak\nointerlineskip\smallskip\leftskip1.5em\rightskip0pt plus 1fil",
        r"\lineskip6pt\lineskiplimit6pt\noindent",
        "\\hskip2em\\penalty0\n".join(boxes),
        r"\par}\medskip",
    )
