"""Mathematics in Markdown: that of LaTeX, with care for what Markdown does to it."""

from __future__ import annotations

from symlstm.notation.latex import Latex
from symlstm.notation.notation import Notation


class Markdown(Latex):
    """Mathematics for MathJax and KaTeX inside Markdown.

    Markdown on GitHub takes two backslashes for one unless they end a line, also in mathematics;
    so every row of a matrix ends its line.
    """

    row_ends = " \\\\\n    ", " \\\\\n    "

    @property
    def inline(self) -> Notation:
        return InlineMarkdown().counting(self.digits)


class InlineMarkdown(Markdown):
    """Mathematics in one line of Markdown, where a row of a matrix ends in a command of its own."""

    row_ends = r" \cr ", r" \cr "
