"""Formulas of users, spelled anew in LaTeX, and as Markdown keeps them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from symlstm.notation.formula import (
    Applied,
    Braced,
    Fenced,
    Grid,
    Node,
    Row,
    Scripted,
    Sign,
    Sized,
    Words,
)
from symlstm.notation.formula_plain import plain_formula
from symlstm.notation.formula_words import SIGNS, Kind
from symlstm.notation.tex_text import escaped

WIDEST = 95
"""How many characters of plain text a formula may have to fit the width of a page."""


@dataclass(frozen=True)
class TexFormula:
    """LaTeX for pdflatex."""

    row_end: str = " \\\\\n"
    spelled: ClassVar[dict[str, str]] = {r"\lt": "<", r"\gt": ">"}
    guarded_index: ClassVar[str] = "_"
    """What leads an index after a sign that is neither a letter nor a digit."""

    def row(self, row: Row) -> str:
        r"""Return a formula in LaTeX.

        >>> from symlstm.notation.formula import read_formula
        >>> print(TexFormula().row(read_formula(r"\frac12 \sigma ( x_t ) ^2")))
        \frac{1}{2}\sigma(x_t)^2
        """
        return _joined([self.node(node) for node in row])

    def node(self, node: Node) -> str:
        if isinstance(node, Sign):
            return self.word(node.word)
        if isinstance(node, Braced):
            return f"{{{self.row(node.inside)}}}"
        if isinstance(node, Applied):
            degree = "" if node.degree is None else f"[{{{self.row(node.degree)}}}]"
            arguments = "".join(f"{{{self.row(one)}}}" for one in node.arguments)
            return f"{node.command}{degree}{arguments}"
        if isinstance(node, Scripted):
            return self.scripted(node)
        if isinstance(node, Words):
            return self.words(node)
        if isinstance(node, Sized):
            return _joined([node.size, self.word(node.bracket)])
        if isinstance(node, Fenced):
            ends = self.word(node.left), self.word(node.right)
            return _joined([r"\left", ends[0], self.row(node.inside), r"\right", ends[1]])
        return self.grid(node)

    def word(self, word: str) -> str:
        return self.spelled.get(word, word)

    def words(self, words: Words) -> str:
        return f"{words.command}{{{escaped(words.text)}}}"

    def scripted(self, node: Scripted) -> str:
        head = ("" if node.base is None else self.node(node.base)) or "{}"
        above = "" if node.above is None else "^" + self.script(node.above)
        if node.primes:  # an exponent that does not follow them at once would be a second one
            head, above = f"{head}{chr(39) * node.primes}{above}", ""
        index = "_" if head[-1].isalnum() else self.guarded_index
        below = "" if node.below is None else index + self.script(node.below)
        return f"{head}{below}{above}"

    def script(self, row: Row) -> str:
        shown = self.row(row)
        return shown if len(shown) == 1 and shown.isalnum() else f"{{{shown}}}"

    def grid(self, grid: Grid) -> str:
        rows = [" & ".join(self.row(cell) for cell in row) for row in grid.rows]
        # A bracket or a star after the end of a row would be taken for a part of it.
        body = self.row_end.join(
            f"{{}}{row}" if row.startswith(("[", "*")) else row for row in rows
        )
        start = "\n" if "\n" in self.row_end else " "
        return f"\\begin{{{grid.kind}}}{start}{body}{start}\\end{{{grid.kind}}}"

    def lines(self, row: Row) -> str:
        """Return a formula that stands alone, on several lines if it is a long one."""
        parts = _lines(row)
        if len(parts) == 1:
            return self.row(row)
        first, *rest = map(self.row, parts)
        body = "".join(rf"{self.row_end}&\quad {{}}{part}" for part in rest)
        return f"\\begin{{aligned}}\n&{first}{body}\n\\end{{aligned}}"


@dataclass(frozen=True)
class MarkdownFormula(TexFormula):
    """LaTeX inside Markdown, for MathJax and KaTeX: of what Markdown reads as its own, nothing."""

    spelled: ClassVar = {
        "<": r"\lt", ">": r"\gt", "*": r"\ast", "|": r"\vert", "[": r"\lbrack", "]": r"\rbrack",
        r"\{": r"\lbrace", r"\}": r"\rbrace", r"\|": r"\Vert",
        **dict.fromkeys((r"\,", r"\:", r"\;", "~"), r"\ "), r"\!": "",
    }  # fmt: skip
    guarded_index: ClassVar = "_ "  # after a brace, the line alone could open emphasis

    def words(self, words: Words) -> str:
        command = r"\mathrm" if words.command == r"\operatorname" else words.command
        return f"{command}{{{words.text}}}"

    def row(self, row: Row) -> str:
        seen = [k for k, node in enumerate(row) if not self._is_space(node)]
        return super().row(row[seen[0] : seen[-1] + 1] if seen else ())

    def _is_space(self, node: Node) -> bool:
        """Say whether it is room, of which there can be none at the end of a line."""
        return isinstance(node, Sign) and self.word(node.word) in {r"\ ", ""}

    def inline(self, row: Row) -> str:
        """Return a formula for one line, to stand between dollars."""
        return MarkdownFormula(r" \cr ").row(row)


_COMMAND_END = re.compile(r"\\[a-zA-Z]+\Z")


def _joined(parts: list[str]) -> str:
    """Join parts, with room between a command and a letter."""
    shown: list[str] = []
    last = ""
    for part in parts:
        if not part:
            continue
        if part[0].isalpha() and part[0].isascii() and _COMMAND_END.search(last):
            shown.append(" ")
        shown.append(part)
        last = part
    return "".join(shown)


def _lines(row: Row) -> list[Row]:
    """Return a row as several, each narrow enough, broken before its signs."""
    if any(isinstance(node, Grid) for node in row) or len(plain_formula(row)) <= WIDEST:
        return [row]
    parts: list[list[Node]] = [[]]
    for term in _terms(row):
        if parts[-1] and len(plain_formula((*parts[-1], *term))) > WIDEST:
            parts.append([])
        parts[-1].extend(term)
    return [tuple(part) for part in parts]


def _terms(row: Row) -> list[list[Node]]:
    """Return a row in pieces that begin with a relation or an operation outside of brackets."""
    terms: list[list[Node]] = [[]]
    open_ = 0
    for node in row:
        kind = SIGNS[node.word][1] if isinstance(node, Sign) else Kind.ORDINARY
        open_ += (kind is Kind.OPENING) - (kind is Kind.CLOSING)
        if kind in {Kind.RELATION, Kind.BINARY} and open_ <= 0:
            terms.append([])
        terms[-1].append(node)
    return [term for term in terms if term]
