"""Frames: which texts, lines, tables and figures stand on one slide, each in the size of text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from symlstm.notation import Token, Tokens
from symlstm.writers.line import Line, left_width
from symlstm.writers.picture import Picture
from symlstm.writers.screens import HEIGHT, LEADING, NORMAL, SMALLEST, WIDTH, chunks, scale
from symlstm.writers.summary import Table

Block: TypeAlias = "str | Table | Line | Picture | Sequence[Block] | None"
Piece: TypeAlias = str | Table | Line | Picture

LETTERS = 78
"""How many letters of a text stand in a line."""
BETWEEN = 7.0
"""The room between blocks."""
LEAST = 0.6
"""How much of a frame's height a figure takes at least; alone, it takes all of it."""
RULES = 12.0
"""The room that the rules of a table take."""
GAP = 22.0
"""The room between tables."""


@dataclass(frozen=True)
class Unit:
    """What stays on one frame: a text, a table, a figure, or rows of a line."""

    content: Piece
    high: float
    wide: float = WIDTH
    rows: tuple[Tokens, ...] = ()
    goes_on: bool = False
    grows: bool = False
    """Whether it is not there from the first overlay on."""


def units(block: Block, *, grow: bool = False, wide: float = WIDTH) -> Iterator[Unit]:
    """Yield the units of a block, so ``wide``; lines come one after another if they ``grow``."""
    above = 0.0
    for kind, run in groupby(_flat(block), type):
        pieces = list(run)
        if issubclass(kind, Line):
            yield from _lines([piece for piece in pieces if isinstance(piece, Line)], grow, wide)
        for piece in pieces:
            if isinstance(piece, Table):
                yield from _tables(piece, above)
            elif isinstance(piece, Picture):
                if scale(piece.size, HEIGHT) < SMALLEST:  # nobody could read it
                    continue
                yield Unit(piece, max(LEAST * HEIGHT, SMALLEST * piece.size[1] + BETWEEN))
            elif isinstance(piece, str):
                high = text_height(piece, wide)
                above += high + BETWEEN
                yield Unit(piece, high)
                continue
            above = 0.0


def packed(found: Iterable[Unit]) -> list[list[Unit]]:
    """Return units as frames: as many on each as it has room for, and no text at an end."""
    frames: list[list[Unit]] = [[]]
    for unit in found:
        frame = frames[-1]
        if height([*frame, unit]) > HEIGHT and any(not is_text(one) for one in frame):
            kept: list[Unit] = []
            while is_text(frame[-1]):
                kept.insert(0, frame.pop())
            frames.append(kept)
        frames[-1].append(unit)
    return [frame for frame in frames if frame]


def is_text(unit: Unit) -> bool:
    """Say whether a unit is text, which is about what follows."""
    return isinstance(unit.content, str)


def text_height(text: str, wide: float = WIDTH) -> float:
    """Return how high a text is that stands in so much room."""
    rows = math.ceil(len(_MARKUP.sub("", text)) / (LETTERS * wide / WIDTH))
    return rows * NORMAL.points * LEADING


_MARKUP = re.compile(r"\\[A-Za-z]+ ?|[\\{}$]")


def in_rows(tables: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Yield tables in rows, as many in each as fit."""
    row: list[Unit] = []
    for table in tables:
        if row and sum(one.wide + GAP for one in row) + table.wide > WIDTH:
            yield row
            row = []
        row.append(table)
    if row:
        yield row


def _flat(block: Block) -> Iterator[Piece]:
    if isinstance(block, str | Table | Line | Picture):
        if block:
            yield block
    else:
        for part in block or ():
            yield from _flat(part)


def _lines(lines: Sequence[Line], grow: bool, wide: float) -> Iterator[Unit]:
    widest = left_width(lines) + (WIDTH - wide) / (NORMAL.points / 2)
    for line in lines:
        # Left sides stand below one another, so that all have the room of the widest.
        for k, rows in enumerate(chunks(line, NORMAL, HEIGHT, widest)):
            high = NORMAL.high(rows) + 3
            yield Unit(line, high, rows=tuple(rows), goes_on=k > 0, grows=grow)


def _tables(table: Table, above: float) -> Iterator[Unit]:
    """Yield a table in parts; the first one leaves room for the text above it."""
    row = NORMAL.points * LEADING
    head = row + RULES
    wide = table.width * NORMAL.points / 2
    part: list[tuple[Token, ...]] = []
    high = head
    for tokens in table.rows:
        tall = any(token.height or token.blank for token in tokens)
        each = NORMAL.row(tokens) + 4 * tall
        if part and high + each > HEIGHT - above:
            yield Unit(Table(table.header, tuple(part)), high, wide)
            part, high, above = [], head, 0.0
        part.append(tokens)
        high += each
    yield Unit(Table(table.header, tuple(part)), high, wide)


def height(frame: Sequence[Unit]) -> float:
    """Return how high units are that stand on one frame."""
    high = 0.0
    for kind, run in groupby(frame, lambda unit: type(unit.content)):
        each = list(run)
        if issubclass(kind, Table):
            high += sum(max(one.high for one in row) + BETWEEN for row in in_rows(each))
        else:
            high += sum(one.high for one in each) + BETWEEN
    return high - BETWEEN
