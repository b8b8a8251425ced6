"""Mathematics in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import sympy

from symlstm.notation.notation import GREEK, Notation, abbreviate, apart, split_name, unit_steps
from symlstm.notation.tokens import ENCLOSED, Token, Tokens, blank_width, certainty, joined

LETTERS = {name: rf"\{name}" for name in GREEK}


class Latex(Notation):
    """Mathematics for LaTeX."""

    longest_number = 40
    kept_digits = 8
    row_ends = r" \\ ", r" \\[16pt] "
    """What stands between the rows of a matrix, and between rows that hold fractions."""
    plus = Token(" + ", 2.5)
    minus = Token(" - ", 2.5)
    negative = Token("-", 1.6)
    odot = Token(r" \odot ", 2.5)
    oslash = Token(r" \oslash ", 2.5)
    dot = Token(r" \cdot ", 1.5)
    over = Token(" / ", 1.2)
    equals = Token(" = ", 2.7)
    nearly = Token(r" \approx ", 2.7)
    within = Token(r" \in ", 2.5)
    # In braces, since a bracket after the end of a row would be taken for its height.
    interval = "{{[{}, {}]}}"
    unbounded = Token(r"(-\infty, \infty)", 6, bracketed=True, certainty=ENCLOSED)
    becomes = Token(r" \gets ", 3.2)
    comma = Token(r",\quad ", 2.6)
    beside = Token(" ", 0.3)
    over_time = Token(r"\sum_t ", 2.5, 1)
    transposed = Token(r"^{\top}", 0.8)
    indent = Token(r"\quad {}", 2)
    ellipsis = Token(r"\cdots", 2), Token(r"\vdots", 1), Token(r"\ddots", 2)

    def symbol(self, name: str, time: str | None = None) -> Token:
        return _symbol(name, time)

    def integer(self, value: int, *, digits: int) -> Token:
        shown = abbreviate(value, digits, self.kept_digits)
        if isinstance(shown, str):
            return Token(shown, len(shown))
        head, tail, count = shown
        label = rf"{head}\ldots {tail}\,[{count}\text{{ {self.digits}}}]"
        return Token(label, len(head) + len(tail) + len(str(count)) + len(self.digits) + 4)

    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        sign = "-" if negative else ""
        room = max(numerator.width, denominator.width) + 0.5 + 1.6 * negative
        return Token(rf"{sign}\frac{{{numerator.text}}}{{{denominator.text}}}", room, 1)

    def power_of_ten(self, digits: str, exponent: int) -> Token:
        room = len(digits) + 5.5 + 0.7 * len(str(exponent))
        return Token(rf"{digits} \times 10^{{{exponent}}}", room)

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        tall = any(entry.height for row in rows for entry in row)
        end = self.row_ends[tall]
        body = end.join(" & ".join(entry.text for entry in row) for row in rows)
        body = body.replace(r"\frac", r"\dfrac")  # in a matrix, others are as small as an index
        note = rf"_{{{size[0]} \times {size[1]}}}" if size else ""
        room = _columns_width(rows, 2) + 3 + (6 if size else 0)
        shown = rf"\begin{{pmatrix}} {body} \end{{pmatrix}}{note}"
        least = certainty(entry for row in rows for entry in row)
        height = len(rows) * (1 + tall)
        blank = any(entry.blank for row in rows for entry in row)
        return [Token(shown, room, height, None, size is None, least, blank=blank)]

    def function(self, latex: str, plain: str) -> Token:
        return Token(latex, len(plain) * 0.9 + 0.3)

    def power(self, exponent: str) -> Token:
        braced = exponent if len(exponent) == 1 else f"{{{exponent}}}"
        return Token(f"^{braced}", 0.7 * len(exponent))

    def form(self, expression: sympy.Expr, digits: int | None = None) -> Tokens:
        shown = unit_steps(expression)
        return [Token(sympy.latex(shown), len(str(shown)), 1)]

    def source(self, word: str) -> Token:
        return Token(rf" \quad\text{{{word}}}\quad ", len(word) + 3)

    def words(self, words: str) -> Token:
        return Token(rf"\text{{{words}}}" if words else "", 0.88 * len(words))

    def derivative(self, of: Token, by: Token, *, partial: bool, flat: bool) -> Token:
        d = r"\partial" if partial else r"\mathrm{d}"
        if flat:
            return Token(f"{d} {of.text} / {d} {by.text}", of.width + by.width + 3)
        room = max(of.width, by.width) + 1
        return Token(rf"\frac{{{d} {of.text}}}{{{d} {by.text}}}", room, 1)

    def blank(self, number: Token) -> Token:
        room = blank_width(number)
        shown = rf"\vphantom{{\Big|}}\underline{{\phantom{{{'0' * room}}}}}"
        return number._replace(text=shown, width=room, height=0, blank=True)

    def filled(self, number: Tokens) -> Tokens:
        whole = joined(number)
        return [whole._replace(text=rf"\boxed{{{whole.text}}}", width=whole.width + 1.5)]

    def brackets(self, height: int) -> tuple[Token, Token]:
        size = ("", r"\Big", r"\bigg")[height] if height < 3 else r"\Bigg"
        left, right = (f"{size}l", f"{size}r") if size else ("", "")
        return Token(f"{left}(", 1, height), Token(f"{right})", 1, height)


@lru_cache(maxsize=1024)
def _symbol(name: str, time: str | None) -> Token:
    name, _, sequence = name.partition("^")
    letter, accents, below = split_name(name)
    accents, beside = apart(accents)
    marks = (r"\sim" if beside else "") + (f"({sequence})" if sequence else "")
    above = f"^{{{marks}}}" if marks else ""
    base = LETTERS.get(letter, letter)
    for accent in accents:
        base = rf"\{accent} {base}" if len(base) == 1 else rf"\{accent}{{{base}}}"
    index = ",".join(filter(None, (below and _symbol(below, None).text, time)))
    room = 0.75 * max(len(index.replace(r"\tilde ", "")), len(above) - 2)
    if not index:
        return Token(base + above, 1.2 + max(room, 0))
    braced = index if len(index) == 1 else f"{{{index}}}"
    return Token(f"{base}_{braced}{above}", 1.3 + room)


def _columns_width(rows: Sequence[Sequence[Token]], gap: float) -> float:
    columns = [max(entry.width for entry in column) for column in zip(*rows, strict=True)]
    return sum(columns) + gap * (len(columns) - 1)
