"""Lettering: labels taken apart into texts at places, and texts into runs of one look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from symlstm.figures.scene import LINE, TEXT, Label, Point, Spelled
from symlstm.figures.strokes import Strokes, parentheses

BASELINE = 0.34
"""How far below its middle a text stands, in its size."""
SMALLER = 0.72
"""How large what stands below is, beside what it belongs to."""
SHIFTS = {"_": 0.26, "^": -0.38}
"""How far down what follows stands, in the size of what it belongs to: indices, exponents."""
UPRIGHT = frozenset("σΣ")
"""Functions with names of one letter."""


class Run(NamedTuple):
    """Letters of one look: their size and how far down they stand, where the text's size is 1."""

    text: str
    italic: bool
    size: float
    down: float


@dataclass(frozen=True)
class Text:
    """Texts that follow one another, with a space between them: the middle or an end at a place.

    The first ``heads`` of them are what a value is called, and the others the value.
    """

    spelled: tuple[Spelled, ...]
    at: Point
    anchor: str
    heads: int = 0


@dataclass(frozen=True)
class Lettering:
    """A label in parts: texts, whose places are those of their baselines, and parentheses."""

    texts: tuple[Text, ...]
    parentheses: tuple[Strokes, ...] = ()


def lettering(label: Label) -> Lettering:
    """Return where the parts of a label stand: its head, and the entries above one another."""
    down = BASELINE * label.size
    if len(label.column) <= 1:
        head = () if label.head is None else (label.head,)
        place = Point(label.at.x, label.at.y + down)
        return Lettering((Text((*head, *label.column), place, label.anchor, len(head)),))
    scale = label.size / TEXT
    between, gap = LINE * scale, 4 * scale
    entries = max(entry.width for entry in label.column) * scale
    left, right = _edges(label, entries + 2 * gap)
    top = label.at.y - between * (len(label.column) - 1) / 2
    texts = [
        Text((entry,), Point((left + right) / 2, top + k * between + down), "middle")
        for k, entry in enumerate(label.column)
    ]
    if label.head is not None:
        texts.insert(0, Text((label.head,), Point(left - 2 * gap, label.at.y + down), "end", 1))
    # The widths are those of the widest font; parentheses stand a little closer.
    inside = 0.05 * entries
    ends = top - 0.45 * between, top + (len(label.column) - 0.55) * between
    return Lettering(tuple(texts), parentheses(left + inside, right - inside, *ends))


def _edges(label: Label, column: float) -> tuple[float, float]:
    """Return the left and the right edge of a label's column."""
    scale = label.size / TEXT
    head = 0.0 if label.head is None else (label.head.width + 8) * scale
    if label.anchor == "end":
        return label.at.x - column, label.at.x
    left = label.at.x + head - (0 if label.anchor == "start" else (head + column) / 2)
    return left, left + column


@lru_cache(maxsize=4096)
def runs(spelled: Spelled) -> tuple[Run, ...]:
    """Return plain text as runs: letters of formulas are italic, and indices stand below.

    >>> for run in runs(Spelled("f_{t-1} = tanh 2", "$...$", 80)):
    ...     print(run)
    Run(text='f', italic=True, size=1.0, down=0.0)
    Run(text='t', italic=True, size=0.72, down=0.26)
    Run(text='−1', italic=False, size=0.72, down=0.26)
    Run(text=' = tanh 2', italic=False, size=1.0, down=0.0)
    """
    return tuple(_joined(separate(spelled.plain, formula=bool(_FORMULA.search(spelled.latex)))))


def separate(
    plain: str, size: float = 1.0, down: float = 0.0, *, formula: bool = True
) -> Iterator[Run]:
    """Yield the runs of plain text, of a formula or of words, those of one look not yet joined."""
    place = 0
    while place < len(plain):
        if formula and plain[place] in SHIFTS and place + 1 < len(plain):
            end = _end_of_index(plain, place + 1)
            index = plain[place + 1 : end]
            index = index[1:-1] if index.startswith("{") else index
            below = down + SHIFTS[plain[place]] * size
            yield from separate(index, size * SMALLER, below)
        else:
            part = _PARTS.match(plain, place)
            assert part is not None
            end = part.end()
            italic = formula and bool(_LETTER.fullmatch(part[0])) and part[0] not in UPRIGHT
            yield Run(part[0].replace("-", "−") if formula else part[0], italic, size, down)
        place = end


def _end_of_index(plain: str, start: int) -> int:
    """Return where an index ends: with its bracket, or with the last of its letters and digits."""
    if plain[start] not in _BRACKETS:
        index = _INDEX.match(plain, start)
        return index.end() if index else start + 1
    depth = 0
    for place in range(start, len(plain)):
        depth += (plain[place] == plain[start]) - (plain[place] == _BRACKETS[plain[start]])
        if depth == 0:
            return place + 1
    return len(plain)


_FORMULA = re.compile(r"(?<!\\)\$")
_BRACKETS = {"{": "}", "(": ")"}
_ONE = "[^\\W\\d_⁰¹²³⁴⁵⁶⁷⁸⁹][\u0300-\u036f]*"
_LETTER = re.compile(_ONE)
_INDEX = re.compile(r"[^\W_]+")
_PARTS = re.compile(rf"(?:{_ONE})+|[^\w^]+|\d+|.", re.DOTALL)


def _joined(separate: Iterator[Run]) -> Iterator[Run]:
    """Yield runs, with those of one look that follow one another as one."""
    for look, alike in groupby(separate, key=lambda run: run[1:]):
        yield Run("".join(run.text for run in alike), *look)
