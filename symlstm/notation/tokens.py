"""Tokens: the atoms of a formula, with the room that they take.

A long formula can be broken between them. Widths are in digits, heights in lines above the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from symlstm.notation.palette import Colour

BETWEEN_ITEMS = -1
"""The level of a break between the items of a list: shallower than any formula."""
INSIDE_MATRIX = 1000
"""The level of a break between the rows of a matrix: deeper than any formula."""

EXACT, ROUNDED, ENCLOSED = range(3)
"""What a number on a page is of the true one: itself, the nearest decimal, or what contains it."""


class Token(NamedTuple):
    """A piece of a formula that stays in one line.

    ``level`` is how deep in the formula a line may be broken before this token, or ``None``;
    ``bracketed`` says that it brings brackets of its own. ``certainty`` is that of the least
    certain number in it. ``colour`` is what a page may show it in, and ``strong`` whether it stands
    out there; neither says what the text does not say. In a ``blank`` there is room for a number.
    """

    text: str
    width: float
    height: int = 0
    level: int | None = None
    bracketed: bool = False
    certainty: int = EXACT
    colour: Colour | None = None
    strong: bool = False
    blank: bool = False
    parts: tuple[Token, ...] = ()
    """What it was made of, where that is in several colours."""

    def breakable(self, level: int) -> Token:
        """Return the token as one before which a line may be broken."""
        return self._replace(level=level)

    def coloured(self, colour: Colour | None) -> Token:
        """Return the token in a colour, or in none."""
        return self if colour == self.colour else self._replace(colour=colour)


Tokens: TypeAlias = list[Token]


def width(tokens: Sequence[Token]) -> float:
    """Return the room that the tokens take, in digits."""
    return sum([token.width for token in tokens])  # a list: a page asks for it very often


def certainty(tokens: Iterable[Token]) -> int:
    """Return the certainty of the least certain number in the tokens."""
    return max([token.certainty for token in tokens], default=EXACT)


def listed(items: Sequence[Tokens], comma: Token) -> Tokens:
    """Return the items with commas between them, after which a line may be broken."""
    tokens: Tokens = []
    for first, *rest in items:
        tokens += [comma, first.breakable(BETWEEN_ITEMS), *rest] if tokens else [first, *rest]
    return tokens


def items(tokens: Sequence[Token], comma: Token) -> list[Tokens]:
    """Return the items of a list, without the commas between them."""
    shown: list[Tokens] = [[]]
    for token in tokens:
        if token == comma:
            shown.append([])
        else:
            shown[-1].append(token)
    return shown


def text(tokens: Sequence[Token]) -> str:
    """Return the tokens as one string."""
    return "".join([token.text for token in tokens])


def painted(
    tokens: Sequence[Token], paint: Callable[[str, Colour], str], strengthen: Callable[[str], str]
) -> str:
    """Return the tokens as one string, with neighbours that look alike as the functions show them.

    ``paint`` is for those of one colour, and ``strengthen`` for those that stand out.
    """
    shown = []
    parts = [part for token in tokens for part in token.parts or (token,)]
    for (colour, strong), run in groupby(parts, key=lambda one: (one.colour, one.strong)):
        alike = text([*run])
        coloured = paint(alike, colour) if colour else alike
        shown.append(strengthen(coloured) if strong else coloured)
    return "".join(shown)


def blank_width(number: Token) -> int:
    """Return how many digits wide the room for a number is: a hand writes wider than a page."""
    return max(4, math.ceil(1.5 * number.width))


def joined(tokens: Sequence[Token]) -> Token:
    """Return the tokens as a single one, which is never broken, in the colours that they have."""
    height = max(token.height for token in tokens)
    blank = any(token.blank for token in tokens)
    whole = Token(text(tokens), width(tokens), height, certainty=certainty(tokens), blank=blank)
    first, *others = {token.colour for token in tokens}
    return whole._replace(parts=tuple(tokens)) if others else whole.coloured(first)
