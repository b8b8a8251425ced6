"""A line of a derivation, and how a long one is broken into rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symlstm.equations.recursion import Calls, deep
from symlstm.notation import Notation, Token, Tokens, width


@dataclass(frozen=True)
class Line:
    """*symbol = formula = formula with the numbers in = value*: a left side and its links.

    Before each link stands an equals sign or, where its numbers are rounded or enclosures, what
    they can claim; ``relation`` is another sign for the first one. ``of`` is the value that it
    computes, by name and time step, and ``needs`` are the symbols of those that it takes for that.
    """

    left: Tokens
    links: tuple[Tokens, ...]
    relation: Token | None = None
    of: tuple[str, int] | None = None
    needs: tuple[Tokens, ...] = ()

    def strengthened(self) -> Line:
        """Return the line with a last link that stands out."""
        *links, last = self.links
        return replace(self, links=(*links, [token._replace(strong=True) for token in last]))

    @property
    def has_blanks(self) -> bool:
        """Whether there is room for a number in it, instead of the number."""
        return any(token.blank for link in self.links for token in link)

    def related(self, notation: Notation) -> Iterator[Tokens]:
        """Yield the links, each after the relation in which it stands to the left side."""
        relation = self.relation
        for link in self.links:
            yield [relation or notation.relation(link), *link]
            relation = None

    def rows(self, room: float, notation: Notation) -> list[Tokens]:
        """Return the links, each after the relation, in rows no wider than ``room``.

        A link that fits goes on in the same row; one that is too wide for a row of its own is
        broken before its outermost operators first.
        """
        rows: list[Tokens] = []
        for piece in self.related(notation):
            if rows and width(rows[-1]) + width(piece) <= room:
                rows[-1] = rows[-1] + piece
            else:
                rows += _broken(piece, room, notation.indent, 0)
        return rows


Lines = tuple[Line, ...]


@deep
def _broken(tokens: Tokens, room: float, indent: Token, depth: int) -> Calls[list[Tokens]]:
    """Break a formula that is too wide before tokens that are as shallow as can be.

    Rows after the first are indented, the more the deeper they begin.
    """
    levels = [token.level for token in tokens[1:] if token.level is not None]
    if width(tokens) <= room - indent.width * depth or not levels:
        return [tokens]
    margin = [indent] * (depth + 1)
    rows: list[Tokens] = []
    for piece in _split(tokens, min(levels)):
        # The first row stands where the caller puts it: behind a margin that it cannot see.
        left = room - indent.width * depth if len(rows) == 1 else room
        if rows and width(rows[-1]) + width(piece) <= left:
            rows[-1] = rows[-1] + piece
        else:
            first, *rest = yield piece, room, indent, depth + 1
            rows += [[*margin, *first] if rows else first, *rest]
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
