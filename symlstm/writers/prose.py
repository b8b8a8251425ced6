"""Text with paragraphs, lists and mathematics, as plain data: for each format to print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from symlstm.notation.formula import Row


@dataclass(frozen=True)
class Text:
    """Characters that mean themselves; a line may end where the author's did."""

    text: str


@dataclass(frozen=True)
class Code:
    """A piece of code in the midst of a text."""

    text: str


@dataclass(frozen=True)
class Formula:
    """Mathematics."""

    row: Row


@dataclass(frozen=True)
class Break:
    """The end of a line."""


@dataclass(frozen=True)
class Emphasis:
    """What is emphasised, or strongly so."""

    spans: Spans
    strong: bool = False


@dataclass(frozen=True)
class Link:
    """What leads to a page on the web; ``address`` is of http or https, all of it in ASCII."""

    spans: Spans
    address: str


@dataclass(frozen=True)
class Written:
    """What is written in the format already, such as a formula: the reader makes none of it."""

    text: str


Span: TypeAlias = Text | Code | Formula | Break | Emphasis | Link | Written
Spans: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    spans: Spans


@dataclass(frozen=True)
class Heading:
    """A heading of a ``level`` from 1 to 6, below all those of the page."""

    spans: Spans
    level: int


@dataclass(frozen=True)
class CodeBlock:
    """Lines that are printed as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Display:
    """Mathematics, set apart from the text."""

    row: Row


@dataclass(frozen=True)
class Rule:
    """A line across the page."""


@dataclass(frozen=True)
class Quote:
    """What someone else says."""

    blocks: Blocks


@dataclass(frozen=True)
class List:
    """A list, numbered from ``first`` unless that is none; a ``tight`` one has little air."""

    items: tuple[Blocks, ...]
    first: int | None = None
    tight: bool = True


Block: TypeAlias = Paragraph | Heading | CodeBlock | Display | Rule | Quote | List
Blocks: TypeAlias = tuple[Block, ...]


def spans(parts: Iterable[Span]) -> Spans:
    """Return spans in the one way that there is to say it.

    No emphasis in one of its kind, none beside another, none that begins or ends with a space; no
    two texts in a row, none that is empty, and no line that is.
    """
    joined: list[Span] = []
    for kind, group in groupby(_flat(parts, set()), _kind):
        members = list(group)
        if kind is Text:
            text = "".join(one.text for one in members if isinstance(one, Text))
            after = joined and isinstance(joined[-1], Break)
            text = _LINE_END.sub("\n", text.lstrip() if after else text)
            joined += [Text(text)] if text else []
        elif isinstance(kind, bool):
            inside = (span for one in members if isinstance(one, Emphasis) for span in one.spans)
            joined.append(Emphasis(spans(inside), kind))
        else:
            joined += members
    return tuple(joined)


def paragraph(parts: Iterable[Span]) -> Spans:
    """Return the spans of a paragraph: with no space or end of a line around them."""
    return _edges(spans(parts))[1]


_LINE_END = re.compile(r"[ ]*\n\s*")


def _kind(span: Span) -> type | bool:
    return span.strong if isinstance(span, Emphasis) else type(span)


def _flat(parts: Iterable[Span], within: set[bool]) -> Iterator[Span]:
    """Yield parts with no emphasis in one of its kind, and spaces outside of all."""
    for part in parts:
        if not isinstance(part, Emphasis):
            yield part
        elif part.strong in within:
            yield from _flat(part.spans, within)
        else:
            before, inside, after = _edges(spans(_flat(part.spans, within | {part.strong})))
            yield from before
            if inside:
                yield Emphasis(inside, part.strong)
            yield from after


def _edges(parts: Spans) -> tuple[Spans, Spans, Spans]:
    """Return the space at the beginning of spans, what is between, and that at their end."""
    inside, before, after = list(parts), list[Span](), list[Span]()
    while inside and (start := _space(inside[0], first=True)):
        before.append(start[0])
        inside[:1] = start[1:]
    while inside and (end := _space(inside[-1], first=False)):
        after.insert(0, end[0])
        inside[-1:] = end[1:]
    return tuple(before), tuple(inside), tuple(after)


def _space(span: Span, *, first: bool) -> list[Span]:
    """Return the space at one side of a span, and the rest if there is any; or nothing."""
    if isinstance(span, Break):
        return [span]
    if not isinstance(span, Text):
        return []
    rest = span.text.lstrip() if first else span.text.rstrip()
    if rest == span.text and rest:
        return []
    space = span.text[: len(span.text) - len(rest)] if first else span.text[len(rest) :]
    return [Text(space), *([Text(rest)] if rest else [])]
