"""Spell symbols, numbers and words for a figure: in plain text and in LaTeX, and how wide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sympy import Basic

from symlstm.equations.numerals import Numerals
from symlstm.equations.printer import Printer
from symlstm.figures.lettering import separate
from symlstm.figures.scene import TEXT, Meaning, Spelled
from symlstm.notation import EXACT, LATEX, PLAIN, ROUNDED, Notation, Token, certainty
from symlstm.notation.latex import Latex
from symlstm.notation.tokens import Tokens
from symlstm.numbers.arrays import Array
from symlstm.numbers.decimals import in_full
from symlstm.numbers.exact import rational
from symlstm.numbers.places import Places

EXACT_DIGITS = 7
"""How many digits a number on a wire may have that stands there as it is."""
WIDEST_EXACT = 8
"""How many characters such a number may have, with its sign and its fraction bar."""
WIDEST_ROUNDED = 10
"""How many characters a number may have, where a run has rounded it, and keep all its places."""
DIGITS = 4
"""How many significant digits another one is rounded to; its title has all of it."""
ENTRIES = 4
"""How many entries of a vector stand on a wire before the middle ones become dots."""
LONGEST_TITLE = 400
"""How many digits an integer may have in a title before its middle is left out."""

_EM = {
    **dict.fromkeys(" .,;:!|'()/ijlIt", 0.42),
    **dict.fromkeys("[]", 0.46),  # LaTeX has more room between the columns of a row than a space
    **dict.fromkeys("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", 0.5),
    **dict.fromkeys("ABCDEFGHKLNOPQRTUVXYZ⊙", 0.9),
    **dict.fromkeys("mw⋯…Σ", 0.95),
    **dict(zip("mn/", (1.05, 0.73, 0.51), strict=True)),
    **dict.fromkeys("=≈∈×−+<>", 0.9),
    **dict.fromkeys("MW", 1.05),
    **dict.fromkeys("←→", 1.15),
    **dict.fromkeys("\u0303\u0304", 0.0),
}
"""How wide a character is, in sizes of the text; others are 0.64 wide at most."""


class _Flat(Latex):
    """LaTeX for a wire, on which nothing is higher than a line."""

    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        sign = "-" if negative else ""
        return Token(f"{sign}{numerator.text}/{denominator.text}", 1)

    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        body = r";\enspace ".join(r"\enspace ".join(one.text for one in row) for row in rows)
        entries = [entry for row in rows for entry in row]
        width = sum(entry.width + 1 for entry in entries)
        return [Token(f"[{body}]", width, certainty=certainty(entries))]


FLAT = _Flat()


@lru_cache(maxsize=4096)
def room(plain: str, size: float = TEXT) -> float:
    """Return the room that plain text takes in the widest of the fonts it may be set in.

    >>> room("f_t") < room("f_{t-1}") < room("f_t-1")
    True
    """
    return sum(
        _EM.get(character, 0.64) * run.size * size
        for run in separate(plain)
        for character in run.text
    )


def formula(expression: Basic, *, scalar: bool = False) -> Spelled:
    """Spell a symbol or a formula, in which all may be numbers: ``scalar``."""
    plain = Printer(PLAIN, scalar=scalar).text(expression)
    latex = Printer(LATEX, scalar=scalar).text(expression)
    return Spelled(plain, f"${latex}$", room(plain))


def symbol(name: str, time: str | None = None) -> Spelled:
    """Spell the symbol of a quantity by its name, with an index of time."""
    plain = PLAIN.symbol(name, time).text
    return Spelled(plain, f"${LATEX.symbol(name, time).text}$", room(plain))


def words(plain: str) -> Spelled:
    """Spell a few words of our own, in which LaTeX has no special characters."""
    return Spelled(plain, plain, room(plain))


def empty(spelled: Spelled) -> Spelled:
    """Return as much room as a number takes, with nothing in it.

    >>> empty(words("12")).width == words("12").width
    True
    """
    room = rf"\phantom{{{'0' * len(spelled.plain)}}}"  # no one finds the number in the source
    return Spelled("\N{FIGURE SPACE}", room, spelled.width)


def joined(parts: Sequence[Spelled], between: str = "") -> Spelled:
    """Return several spellings as one, with plain text between them."""
    plain = between.join(part.plain for part in parts)
    return Spelled(plain, between.join(part.latex for part in parts), room(plain))


@dataclass(frozen=True)
class Numbers:
    """Spells numbers: exact ones or, with ``digits``, those that are certified to so many.

    Floats are near to the true values at best: they are ``rounded``, whatever they look like. So is
    what a run rounds to ``places``, all of which are shown.
    """

    digits: int | None = None
    rounded: bool = False
    places: Places | None = None

    def column(self, entries: Array) -> tuple[Spelled, ...]:
        """Spell the entries of a vector, at most `ENTRIES` of them, with dots for the others."""
        flat = list(entries.flat)
        if entries.ndim == 2 and entries.shape[1] > 1:
            rows, columns = entries.shape
            size = f"({rows}×{columns})"
            return (Spelled(size, rf"$({rows} \times {columns})$", room(size)),)
        if len(flat) <= ENTRIES:
            return tuple(map(self._spell, flat))
        dots = Spelled("⋮", r"$\vdots$", room("⋮"))
        return (*map(self._spell, flat[: ENTRIES - 2]), dots, self._spell(flat[-1]))

    def relation(self, entries: Array) -> Spelled:
        """Spell what stands between a symbol and its entries: =, ≈ or ∈."""
        flat = list(entries.flat)
        shown = flat if len(flat) <= ENTRIES else [*flat[: ENTRIES - 2], flat[-1]]
        plain, latex = self._relation(shown, [self._token(entry, PLAIN) for entry in shown])
        return Spelled(plain, f"${latex}$", room(plain))

    def relation_of_all(self, entries: Array) -> Spelled:
        """Spell what stands between a symbol and all of its entries, as a matrix shows them."""
        plain, latex = self._relation(list(entries.flat), self._whole(entries))
        return Spelled(plain, f"${latex}$", room(plain))

    def meaning(
        self, quantity: str, step: int | None, entries: Array, equation: str = ""
    ) -> Meaning:
        """Return what a label or a wire with these entries shows."""
        relation = self.relation_of_all(entries).plain
        return Meaning(quantity, step, self.whole(entries), equation, relation)

    def whole(self, entries: Array) -> str:
        """Return all of a value in plain text; of an integer beyond `LONGEST_TITLE`, its ends."""
        shown = [token.text for token in self._whole(entries)]
        return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"

    def _whole(self, entries: Array) -> list[Token]:
        numerals = Numerals(PLAIN, LONGEST_TITLE, self.digits)
        return [
            PLAIN.words(repr(float(entry)))
            if isinstance(entry, float)
            else numerals.value(_single(self._in_full(entry)))[0]
            for entry in entries.flat
        ]

    def _relation(self, entries: Sequence[Any], shown: Sequence[Token]) -> tuple[str, str]:
        """Return the sign before numbers: the least certain is exact, rounded or neither."""
        rounded = self.rounded or any(isinstance(entry, float) for entry in entries)
        least = max(certainty(shown), ROUNDED if rounded else EXACT)
        plain, latex = ((n.equals, n.nearly, n.within)[least].text for n in (PLAIN, LATEX))
        return plain.strip(), latex.strip()

    def _spell(self, entry: Any) -> Spelled:
        plain, latex = (self._token(entry, notation).text for notation in (PLAIN, FLAT))
        plain = plain.replace("-", "−")
        return Spelled(plain, f"${latex}$", room(plain))

    def _token(self, entry: Any, notation: Notation) -> Token:
        if isinstance(entry, float) and not math.isfinite(entry):
            return notation.words(repr(float(entry)))
        if self.places is not None:
            token = notation.decimal(in_full(rational(entry), self.places))
            if token.width <= WIDEST_ROUNDED:
                return token
        elif self.digits is None:
            token = _printed(entry, notation, EXACT_DIGITS)
            if token.certainty == EXACT and len(token.text) <= WIDEST_EXACT:
                return token
        return _printed(entry, notation, min(DIGITS, self.digits or DIGITS))

    def _in_full(self, entry: Any) -> Any:
        return entry if self.places is None else in_full(rational(entry), self.places)


def _printed(entry: Any, notation: Notation, digits: int) -> Token:
    return Numerals(notation, digits=digits).value(_single(entry))[0]


def _single(entry: Any) -> Array:
    return np.array([[entry]], dtype=object)
