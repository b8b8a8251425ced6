"""Frames: which texts, lines, tables and figures stand on one slide, each in the size of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from symlstm.notation import LATEX, Tokens, width
from symlstm.writers.document import Picture
from symlstm.writers.line import Line, left_width
from symlstm.writers.screens import HEIGHT, LEADING, NORMAL, WIDTH, chunks
from symlstm.writers.summary import Table

Block: TypeAlias = "str | Table | Line | Picture | Sequence[Block] | None"
Piece: TypeAlias = str | Table | Line | Picture

LETTERS = 78
"""How many letters of a text stand in a line."""
BETWEEN = 7.0
"""The room between blocks."""
RULES = 12.0
"""The room that the rules of a table take."""
NARROWER = 0.85
"""How wide tables are, beside what their digits and gaps would be: letters are narrower."""
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


def units(block: Block, *, grow: bool = False) -> Iterator[Unit]:
    """Yield the units of a block; lines come one after another if they ``grow``."""
    for kind, run in groupby(_flat(block), type):
        pieces = list(run)
        if issubclass(kind, Line):
            yield from _lines([piece for piece in pieces if isinstance(piece, Line)], grow)
        for piece in pieces:
            if isinstance(piece, Table):
                yield from _tables(piece)
            elif isinstance(piece, Picture):
                yield Unit(piece, HEIGHT)
            elif isinstance(piece, str):
                yield Unit(piece, text_height(piece))


def packed(found: Iterable[Unit]) -> list[list[Unit]]:
    """Return units as frames: as many on each as it has room for, and no text at an end."""
    frames: list[list[Unit]] = [[]]
    for unit in found:
        frame = frames[-1]
        if _high([*frame, unit]) > HEIGHT and any(not is_text(one) for one in frame):
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
    rows = math.ceil(len(text) / (LETTERS * wide / WIDTH))
    return rows * NORMAL.points * LEADING


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


def _lines(lines: Sequence[Line], grow: bool) -> Iterator[Unit]:
    widest = left_width(lines)
    for line in lines:
        # Left sides stand below one another, so that all have the room of the widest.
        for k, rows in enumerate(chunks(line, NORMAL, HEIGHT, widest)):
            high = NORMAL.high(rows) + 3
            yield Unit(line, high, rows=tuple(rows), goes_on=k > 0, grows=grow)


def _tables(table: Table) -> Iterator[Unit]:
    tall = any(token.height or token.blank for row in table.rows for token in row)
    each = NORMAL.points * LEADING * (1.5 if tall else 1.0) + 4 * tall
    head = NORMAL.points * LEADING + RULES
    most = max(1, int((HEIGHT - head - 2 * NORMAL.points * LEADING) / each))
    parts = max(1, math.ceil(len(table.rows) / most))
    height = max(1, math.ceil(len(table.rows) / parts))
    wide = NARROWER * table.width * NORMAL.points / 2
    for start in range(0, max(1, len(table.rows)), height):
        rows = table.rows[start : start + height]
        yield Unit(Table(table.header, rows), head + len(rows) * each, wide)


def _high(frame: Sequence[Unit]) -> float:
    high = 0.0
    for kind, run in groupby(frame, lambda unit: type(unit.content)):
        each = list(run)
        if issubclass(kind, Table):
            high += sum(max(one.high for one in row) + BETWEEN for row in in_rows(each))
        else:
            high += sum(one.high for one in each) + BETWEEN
    return high - BETWEEN
