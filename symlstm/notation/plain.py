"""Mathematics in plain Unicode text, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symlstm.notation.notation import GREEK, Notation, abbreviate, apart, split_name, unit_steps
from symlstm.notation.plain_forms import SUPERSCRIPTS, FormPrinter
from symlstm.notation.tokens import (
    ENCLOSED,
    EXACT,
    INSIDE_MATRIX,
    Token,
    Tokens,
    blank_width,
    certainty,
)

DIGITS = 10
"""How many digits a number that is too long has on a page whose other numbers are exact."""
ACCENTS = {
    "tilde": "\N{COMBINING TILDE}",
    "bar": "\N{COMBINING MACRON}",
    "hat": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "dot": "\N{COMBINING DOT ABOVE}",
}


class Plain(Notation):
    """Mathematics for a terminal, in Unicode."""

    longest_number = 24
    kept_digits = 6
    plus = Token(" + ", 3)
    minus = Token(" - ", 3)
    negative = Token("-", 1)
    odot = Token(" ⊙ ", 3)
    oslash = Token(" ⊘ ", 3)
    dot = Token(" · ", 3)
    over = Token(" / ", 3)
    equals = Token(" = ", 3)
    nearly = Token(" ≈ ", 3)
    within = Token(" ∈ ", 3)
    interval = "[{}, {}]"
    unbounded = Token("(-∞, ∞)", 7, bracketed=True, certainty=ENCLOSED)
    becomes = Token(" ← ", 3)
    comma = Token(", ", 2)
    beside = Token(" ", 1)
    over_time = Token("Σ_t ", 4)
    transposed = Token("ᵀ", 1)
    indent = Token("  ", 2)
    ellipsis = Token("…", 1), Token("…", 1), Token("…", 1)

    def symbol(self, name: str, time: str | None = None) -> Token:
        name, _, sequence = name.partition("^")
        letter, accents, below = split_name(name)
        accents, beside = apart(accents)
        above = f"^({sequence})" if sequence else ""
        base = GREEK.get(letter, letter) + "".join(ACCENTS[accent] for accent in accents)
        base += "~" if beside else ""
        index = ",".join(filter(None, (below and self.symbol(below).text, time)))
        braced = index if not index or index.isalnum() else f"{{{index}}}"
        return _plain("_".join(filter(None, (base, braced))) + above)

    def integer(self, value: int, *, digits: int) -> Token:
        shown = abbreviate(value, digits, self.kept_digits)
        if isinstance(shown, str):
            return _plain(shown)
        head, tail, count = shown
        return _plain(f"{head}…{tail} [{count} {self.digits}]")

    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        return _plain(f"{'-' if negative else ''}{numerator.text}/{denominator.text}")

    def power_of_ten(self, digits: str, exponent: int) -> Token:
        return _plain(f"{digits}×10{str(exponent).translate(SUPERSCRIPTS)}")

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        note = f" ({size[0]}×{size[1]})" if size else ""
        ends = ["; "] * (len(rows) - 1) + [f"]{note}"]
        first, *rest = [
            _plain(" ".join(entry.text for entry in row) + end, certainty(row))
            for row, end in zip(rows, ends, strict=True)
        ]
        opened = _plain(f"[{first.text}", first.certainty)
        return [opened, *(row.breakable(INSIDE_MATRIX) for row in rest)]

    @property
    def inline(self) -> Notation:
        return PlainCell().counting(self.digits)

    def function(self, latex: str, plain: str) -> Token:
        return _plain(plain)

    def power(self, exponent: str) -> Token:
        whole = exponent.lstrip("-").isdigit()
        return _plain(exponent.translate(SUPERSCRIPTS) if whole else f"^({exponent})")

    def form(self, expression: sympy.Expr, digits: int | None = None) -> Tokens:
        return FormPrinter(self, digits or DIGITS).formula(unit_steps(expression))

    def source(self, word: str) -> Token:
        return _plain(f"  {word}  ")

    def words(self, words: str) -> Token:
        return _plain(words)

    def derivative(self, of: Token, by: Token, *, partial: bool, flat: bool) -> Token:
        d = "∂" if partial else "d"
        return _plain(f"{d}{of.text}/{d}{by.text}")

    def blank(self, number: Token) -> Token:
        room = blank_width(number)
        return number._replace(text="_" * room, width=room, blank=True)

    def filled(self, number: Tokens) -> Tokens:
        return [token._replace(strong=True) for token in number]

    def brackets(self, height: int) -> tuple[Token, Token]:
        return Token("(", 1), Token(")", 1)


class PlainCell(Plain):
    """Mathematics in a cell of a table in a terminal, where a matrix stands as it is."""

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        note = [f"({size[0]}×{size[1]})"] if size else []
        lines = [" ".join(entry.text for entry in row) for row in rows] + note
        least = certainty(entry for row in rows for entry in row)
        return [Token("\n".join(lines), max(map(len, lines)), len(lines), certainty=least)]


def _plain(shown: str, certain: int = EXACT) -> Token:
    room = sum(character not in "\u0303\u0304" for character in shown)
    return Token(shown, room, certainty=certain)
