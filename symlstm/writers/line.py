"""A line of a derivation, and how a long one is broken into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symlstm.notation import Notation, Token, Tokens, width


@dataclass(frozen=True)
class Line:
    """*symbol = formula = formula with the numbers in = value*: a left side and its links."""

    left: Tokens
    links: tuple[Tokens, ...]
    relation: Token

    def rows(self, room: float, notation: Notation) -> list[Tokens]:
        """Return the links, each after the relation, in rows no wider than ``room``.

        A link that fits goes on in the same row; one that is too wide for a row of its own is
        broken before its outermost operators first.
        """
        rows: list[Tokens] = []
        for link in self.links:
            piece = [self.relation, *link]
            if rows and width(rows[-1]) + width(piece) <= room:
                rows[-1] = rows[-1] + piece
            else:
                rows += _continued(_broken(piece, room - notation.continuation.width), notation)
        return rows


def _continued(rows: list[Tokens], notation: Notation) -> list[Tokens]:
    return [rows[0], *([notation.continuation, *row] for row in rows[1:])]


def _broken(tokens: Tokens, room: float) -> list[Tokens]:
    """Break a formula that is wider than ``room`` before tokens that are as shallow as can be."""
    levels = [token.level for token in tokens[1:] if token.level is not None]
    if width(tokens) <= room or not levels:
        return [tokens]
    rows: list[Tokens] = []
    for piece in _split(tokens, min(levels)):
        if rows and width(rows[-1]) + width(piece) <= room:
            rows[-1] = rows[-1] + piece
        else:
            rows += _broken(piece, room)
    return rows


def _split(tokens: Tokens, level: int) -> list[Tokens]:
    pieces: list[Tokens] = [[]]
    for token in tokens:
        if token.level == level and pieces[-1]:
            pieces.append([])
        pieces[-1].append(token)
    return pieces


def left_width(lines: Sequence[Line]) -> float:
    """Return the width of the widest left side."""
    return max((width(line.left) for line in lines), default=0)
