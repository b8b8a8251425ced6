"""Mathematics in Markdown: that of LaTeX, with care for what Markdown does to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symlstm.notation.latex import Latex
from symlstm.notation.notation import Notation
from symlstm.notation.tokens import Token, Tokens


class Markdown(Latex):
    """Mathematics for MathJax and KaTeX inside Markdown.

    Markdown on GitHub takes two backslashes for one unless they end a line, also in mathematics;
    so every row of a matrix ends its line.
    """

    row_ends = " \\\\\n    ", " \\\\\n    "

    @property
    def inline(self) -> Notation:
        return InlineMarkdown()


class InlineMarkdown(Markdown):
    """Mathematics in one line of Markdown, where no row can end: columns are written lying."""

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        across, down, _ = self.ellipsis
        turned = {across: down, down: across}
        columns = [[turned.get(entry, entry) for entry in row] for row in zip(*rows, strict=True)]
        [lying] = super().matrix(columns, size and size[::-1])
        return [replace(lying, text=rf"{lying.text}^{{\top}}")]
