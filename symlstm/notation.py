"""How mathematics is spelled: once for LaTeX, once for a terminal.

A notation makes tokens: the atoms of a formula, with the room that they take, so that a long
formula can be broken between them. Widths are in digits, heights in lines above the first.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import sympy
from flint import fmpz

SHOWN_DIGITS = 8
"""How many digits an abbreviated integer keeps at either end."""


BETWEEN_ITEMS = -1
"""The level of a break between the items of a list: shallower than any formula."""
INSIDE_MATRIX = 1000
"""The level of a break between the rows of a matrix: deeper than any formula."""


@dataclass(frozen=True)
class Token:
    """A piece of a formula that stays in one line.

    ``level`` is how deep in the formula a line may be broken before this token, or ``None``;
    ``bracketed`` says that it brings brackets of its own.
    """

    text: str
    width: float
    height: int = 0
    level: int | None = None
    bracketed: bool = False

    def breakable(self, level: int) -> Token:
        """Return the token as one before which a line may be broken."""
        return replace(self, level=level)


Tokens: TypeAlias = list[Token]


def width(tokens: Sequence[Token]) -> float:
    """Return the room that the tokens take, in digits."""
    return sum(token.width for token in tokens)


def listed(items: Sequence[Tokens], comma: Token) -> Tokens:
    """Return the items with commas between them, after which a line may be broken."""
    tokens: Tokens = []
    for first, *rest in items:
        tokens += [comma, first.breakable(BETWEEN_ITEMS), *rest] if tokens else [first, *rest]
    return tokens


def text(tokens: Sequence[Token]) -> str:
    """Return the tokens as one string."""
    return "".join(token.text for token in tokens)


def joined(tokens: Sequence[Token]) -> Token:
    """Return the tokens as a single one, which is never broken."""
    return Token(text(tokens), width(tokens), max(token.height for token in tokens))


class Notation(ABC):
    """The spelling of every atom that a formula can hold."""

    longest_number: int
    """Integers with more digits are abbreviated."""
    plus: Token
    odot: Token
    dot: Token
    equals: Token
    becomes: Token
    comma: Token
    beside: Token
    """What stands between a matrix and the vector that it multiplies."""
    indent: Token
    """What a row that goes on with the one above begins with, once for each bracket it is in."""

    @abstractmethod
    def symbol(self, name: str, time: str | None = None) -> Token:
        r"""Spell a quantity: ``c_tilde`` at ``t`` is \tilde c_t, ``W_i`` is W_i."""

    @abstractmethod
    def integer(self, value: int, *, digits: int) -> Token:
        """Spell an integer, abbreviated when it has more than ``digits`` digits."""

    @abstractmethod
    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        """Spell a fraction of two integers."""

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        """Spell a matrix; ``size`` is that of the whole when ``rows`` leave some of it out."""

    @abstractmethod
    def function(self, latex: str, plain: str) -> Token:
        """Spell the name of a function."""

    @abstractmethod
    def form(self, expression: sympy.Expr) -> Token:
        """Spell the form of an activation function, as SymPy prints it."""

    @abstractmethod
    def brackets(self, height: int) -> tuple[Token, Token]:
        """Spell parentheses around something so tall."""

    @property
    def inline(self) -> Notation:
        """The notation for a formula that has to stay in one line of the source."""
        return self

    @property
    @abstractmethod
    def ellipsis(self) -> tuple[Token, Token, Token]:
        """Spell what stands for columns, rows and both that are left out."""


class Latex(Notation):
    """Mathematics for LaTeX."""

    longest_number = 40
    row_ends = r" \\ ", r" \\[6pt] "
    """What stands between the rows of a matrix, and between rows that hold fractions."""
    plus = Token(" + ", 2.5)
    odot = Token(r" \odot ", 2.5)
    dot = Token(r" \cdot ", 1.5)
    equals = Token(" = ", 2.7)
    becomes = Token(r" \gets ", 3.2)
    comma = Token(r",\quad ", 2.6)
    beside = Token(" ", 0.3)
    indent = Token(r"\quad {}", 2)
    ellipsis = Token(r"\cdots", 2), Token(r"\vdots", 1), Token(r"\ddots", 2)

    def symbol(self, name: str, time: str | None = None) -> Token:
        base, below = _split(name, _latex_accents)
        index = ",".join(filter(None, (below and self.symbol(below).text, time)))
        if not index:
            return Token(base, 1.2)
        braced = index if len(index) == 1 else f"{{{index}}}"
        return Token(f"{base}_{braced}", 1.3 + 0.75 * len(index.replace(r"\tilde ", "")))

    def integer(self, value: int, *, digits: int) -> Token:
        shown = _abbreviate(value, digits)
        if isinstance(shown, str):
            return Token(shown, len(shown))
        head, tail, count = shown
        label = rf"{head}\ldots {tail}\,[{count}\text{{ digits}}]"
        return Token(label, len(head) + len(tail) + len(str(count)) + 10)

    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        sign = "-" if negative else ""
        room = max(numerator.width, denominator.width) + 0.5 + 1.6 * negative
        return Token(rf"{sign}\frac{{{numerator.text}}}{{{denominator.text}}}", room, 1)

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        tall = any(entry.height for row in rows for entry in row)
        end = self.row_ends[tall]
        body = end.join(" & ".join(entry.text for entry in row) for row in rows)
        note = rf"_{{{size[0]} \times {size[1]}}}" if size else ""
        room = _columns_width(rows, 2) + 3 + (6 if size else 0)
        shown = rf"\begin{{pmatrix}} {body} \end{{pmatrix}}{note}"
        return [Token(shown, room, len(rows) * (1 + tall), bracketed=size is None)]

    def function(self, latex: str, plain: str) -> Token:
        return Token(latex, len(plain) * 0.9 + 0.3)

    def form(self, expression: sympy.Expr) -> Token:
        return Token(sympy.latex(expression), len(str(expression)), 1)

    def brackets(self, height: int) -> tuple[Token, Token]:
        size = ("", r"\Big", r"\bigg")[height] if height < 3 else r"\Bigg"
        left, right = (f"{size}l", f"{size}r") if size else ("", "")
        return Token(f"{left}(", 1, height), Token(f"{right})", 1, height)


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
        [lying] = super().matrix(list(zip(*rows, strict=True)), size and size[::-1])
        return [replace(lying, text=rf"{lying.text}^{{\top}}")]


class Plain(Notation):
    """Mathematics for a terminal, in Unicode."""

    longest_number = 20
    plus = Token(" + ", 3)
    odot = Token(" ⊙ ", 3)
    dot = Token(" · ", 3)
    equals = Token(" = ", 3)
    becomes = Token(" ← ", 3)
    comma = Token(", ", 2)
    beside = Token(" ", 1)
    indent = Token("    ", 4)
    ellipsis = Token("…", 1), Token("…", 1), Token("…", 1)

    def symbol(self, name: str, time: str | None = None) -> Token:
        base, below = _split(name, _plain_accents)
        index = ",".join(filter(None, (below and self.symbol(below).text, time)))
        braced = index if not index or index.isalnum() else f"{{{index}}}"
        return _plain("_".join(filter(None, (base, braced))))

    def integer(self, value: int, *, digits: int) -> Token:
        shown = _abbreviate(value, digits)
        if isinstance(shown, str):
            return _plain(shown)
        head, tail, count = shown
        return _plain(f"{head}…{tail} [{count} digits]")

    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        return _plain(f"{'-' if negative else ''}{numerator.text}/{denominator.text}")

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        note = f" ({size[0]}×{size[1]})" if size else ""
        shown = [" ".join(entry.text for entry in row) for row in rows]
        first, *rest = [_plain(f"{row}; ") for row in shown[:-1]] + [_plain(f"{shown[-1]}]{note}")]
        return [_plain(f"[{first.text}"), *(row.breakable(INSIDE_MATRIX) for row in rest)]

    @property
    def inline(self) -> Notation:
        return PlainCell()

    def function(self, latex: str, plain: str) -> Token:  # noqa: ARG002 - LaTeX is the other's
        return _plain(plain)

    def form(self, expression: sympy.Expr) -> Token:
        return _plain(str(expression))

    def brackets(self, height: int) -> tuple[Token, Token]:  # noqa: ARG002 - one size
        return Token("(", 1), Token(")", 1)


class PlainCell(Plain):
    """Mathematics in a cell of a table in a terminal, where a matrix stands as it is."""

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        note = [f"({size[0]}×{size[1]})"] if size else []
        lines = [" ".join(entry.text for entry in row) for row in rows] + note
        return [Token("\n".join(lines), max(map(len, lines)), len(lines))]


LATEX = Latex()
MARKDOWN = Markdown()
PLAIN = Plain()

_latex_accents = {"tilde": r"\tilde {}", "bar": r"\bar {}"}
_plain_accents = {"tilde": "{}\N{COMBINING TILDE}", "bar": "{}\N{COMBINING MACRON}"}


def _split(name: str, accents: dict[str, str]) -> tuple[str, str]:
    """Split a name into its accented letter and what stands below it.

    >>> _split("c_tilde", _plain_accents) == ("c̃", "")
    True
    >>> _split("z_c_tilde", _plain_accents)
    ('z', 'c_tilde')
    """
    letter, _, rest = name.partition("_")
    accent, _, below = rest.partition("_")
    if accent in accents:
        return accents[accent].format(letter), below
    return letter, rest


@lru_cache(maxsize=512)
def _abbreviate(value: int, digits: int) -> str | tuple[str, str, int]:
    """Return the digits of ``value``, or its two ends and how many digits it has."""
    sign = "-" if value < 0 else ""
    # FLINT converts in less than quadratic time, and past Python's limit of 4300 digits.
    shown = fmpz(abs(value)).str(condense=SHOWN_DIGITS)
    condensed = re.fullmatch(r"(\d+)\{\.\.\.(\d+) digits\.\.\.\}(\d+)", shown)
    if condensed is None:
        return f"{sign}{shown}"
    count = int(condensed[2]) + 2 * SHOWN_DIGITS
    if count <= digits:
        return f"{sign}{fmpz(abs(value)).str()}"
    return f"{sign}{condensed[1]}", condensed[3], count


def _plain(shown: str) -> Token:
    return Token(shown, sum(character not in "\u0303\u0304" for character in shown))


def _columns_width(rows: Sequence[Sequence[Token]], gap: float) -> float:
    columns = [max(entry.width for entry in column) for column in zip(*rows, strict=True)]
    return sum(columns) + gap * (len(columns) - 1)
