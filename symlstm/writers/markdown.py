"""Documents in Markdown, with mathematics as GitHub and notebooks render it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from symlstm.files.templates import Filter
from symlstm.notation import MARKDOWN, Token, Tokens
from symlstm.notation.markdown_text import escaped
from symlstm.notation.palette import Colour
from symlstm.writers.formats import Format
from symlstm.writers.latex_layout import aligned
from symlstm.writers.line import Line
from symlstm.writers.picture import Picture
from symlstm.writers.prose import Spans
from symlstm.writers.prose_markdown import markdown_line, markdown_prose
from symlstm.writers.prose_reader import read_prose
from symlstm.writers.summary import Table

MATRICES = 30
"""How many matrices a block of mathematics may hold: GitHub gives up on very large ones."""


class MarkdownFormat(Format):
    """A .md file; displayed mathematics is ``aligned`` between double dollars.

    Figures are .svg files in a ``folder`` beside it, where it has one.
    """

    name = "markdown"
    suffix = ".md"
    notation = MARKDOWN
    width = 72

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self.drawing = "svg" if folder else ""
        self._files: dict[str, str] = {}

    def beside(self, folder: str) -> MarkdownFormat:
        other = MarkdownFormat(folder).telling(self.kind)
        return other.speaking(self.catalogue.language)

    @property
    def files(self) -> Mapping[str, str]:
        return self._files

    def filters(self) -> Mapping[str, Filter]:
        self._files = {}
        return super().filters()

    def escape(self, text: str) -> str:
        return escaped(text)

    def comment(self, text: str) -> str:
        return f"<!-- {text} -->"

    def _display(self, lines: Sequence[Line]) -> str:
        blocks: list[list[Line]] = [[]]
        matrices = 0
        for line in lines:
            more = _matrices(line)
            if matrices + more > MATRICES and blocks[-1]:
                blocks.append([])
                matrices = 0
            blocks[-1].append(line)
            matrices += more
        return "\n\n".join(map(self._block, blocks))

    def _block(self, lines: Sequence[Line]) -> str:
        body = _guarded(aligned(lines, self.width, self.spelled, pages=False))
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def inline(self, formula: Tokens) -> str:
        return f"${_guarded(self.spelled(formula))}$"

    def strengthen(self, formula: str) -> str:
        return rf"\boldsymbol{{{formula}}}"

    def paint(self, symbol: str, colour: Colour) -> str:
        # LaTeX's command colours the rest of the group, and so does MathJax's on GitHub; elsewhere
        # MathJax's colours its second argument.
        return rf"{{\color{{#{colour.middle}}}{{{symbol}}}}}"

    def prose(self, text: str) -> str:
        return markdown_prose(read_prose(text))

    def line(self, spans: Spans) -> str:
        return markdown_line(spans)

    def picture(self, picture: Picture) -> str:
        name = f"{picture.name}.svg"
        self._files[name] = picture.drawing
        return f"![{self.escape(picture.words)}]({quote(os.fsencode(f'{self.folder}/{name}'))})"

    def table(self, table: Table) -> str:
        rule = "|".join([" ---: "] * len(table.header))
        return "\n".join([self._row(table.header), f"|{rule}|", *map(self._row, table.rows)])

    def _row(self, tokens: Sequence[Token]) -> str:
        cells = (self.inline([token]) if token.text else "" for token in tokens)
        return f"| {' | '.join(cells)} |"


# The mark stands first, and what is before it is looked at then: so a long text is soon searched.
_EMPHASIS = re.compile(r"_(?<=[^\w\s\\]_)(?=\S)")


def _guarded(mathematics: str) -> str:
    r"""Keep Markdown from seeing emphasis in ``}_t``, and an escape in ``\,``."""
    return _EMPHASIS.sub("_ ", mathematics).replace(r"\,", r"\ ")


def _matrices(line: Line) -> int:
    return sum(r"\begin" in token.text for link in line.links for token in link)
