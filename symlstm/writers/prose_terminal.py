"""Prose in plain text, for a terminal."""

from __future__ import annotations

import re
import textwrap

from symlstm.notation.formula import Row
from symlstm.notation.formula_plain import plain_formula
from symlstm.writers.prose import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Display,
    Emphasis,
    Formula,
    Heading,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Text,
    Written,
)

NARROWEST = 20
"""How wide a line is at least, however deep what it is in stands."""
SHORT = 12
"""How long a formula may be that stands in one line."""
BULLETS = "•◦▪"


def terminal_prose(blocks: Blocks, width: int = 78) -> str:
    r"""Return blocks as text, in lines of a ``width``.

    >>> from symlstm.writers.prose_reader import read_prose
    >>> print(terminal_prose(read_prose("Let $x^2\\le\\frac{1}{2}$.\n\n- *a*\n- b\n\n> [c](http://d)")))
    Let x² ≤ 1/2.
    <BLANKLINE>
    • a
    • b
    <BLANKLINE>
    │ c (http://d)
    """
    return "\n\n".join(_block(block, width, 0) for block in blocks)


def terminal_line(spans: Spans) -> str:
    """Return what stands in a line, however long it is."""
    return _spans(spans).replace(TOGETHER, " ")


def terminal_paragraph(spans: Spans, width: int, indent: str) -> str:
    """Return a paragraph in lines of a ``width``, the ``indent`` included."""
    return _indented(_wrapped(_spans(spans), width - len(indent)), indent)


def _block(block: Block, width: int, depth: int) -> str:
    if isinstance(block, Paragraph):
        return _wrapped(_spans(block.spans), width)
    if isinstance(block, Heading):
        shown = _wrapped(_spans(block.spans), width)
        return f"{shown}\n{'-' * max(map(len, shown.splitlines()), default=0)}"
    if isinstance(block, CodeBlock):
        return "\n".join(_indented(_hard(line, width - 4), "    ") for line in block.lines)
    if isinstance(block, Display):
        lines = _formula(block.row, "\n").split("\n")
        return "\n".join(_indented(_wrapped(line, width - 4), "    ") for line in lines)
    if isinstance(block, Rule):
        return "─" * max(width, NARROWEST)
    if isinstance(block, Quote):
        inside = "\n\n".join(_block(one, width - 2, depth) for one in block.blocks)
        return "\n".join(f"│ {line}".rstrip() for line in inside.split("\n"))
    return _list(block, width, depth)


def _list(block: List, width: int, depth: int) -> str:
    last = (block.first or 0) + len(block.items) - 1
    room = 2 if block.first is None else len(str(last)) + 2
    air = "\n" if block.tight else "\n\n"
    items = []
    for number, item in enumerate(block.items, start=block.first or 0):
        mark = BULLETS[depth % 3] if block.first is None else f"{number}.".rjust(room - 1)
        inside = air.join(_block(one, width - room, depth + 1) for one in item)
        items.append(f"{mark} {_indented(inside, ' ' * room).lstrip()}".rstrip())
    return air.join(items)


def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}".rstrip() for line in text.split("\n"))


def _wrapped(text: str, width: int) -> str:
    lines = (textwrap.fill(line, max(width, NARROWEST)) for line in text.split("\v"))
    return "\n".join(lines).replace(TOGETHER, " ")


def _formula(row: Row, line_end: str = "; ") -> str:
    """Return a formula that a line may end in before its signs, not between factors or if short."""
    shown = plain_formula(row, line_end)
    return shown.replace(" ", TOGETHER) if len(shown) <= SHORT else _FACTORS.sub(TOGETHER, shown)


TOGETHER = "\N{NO-BREAK SPACE}"
_FACTORS = re.compile(r"(?<=[^\W_]|[}²³ᵀ)]) (?=\w|[(√∑∏∫])")


def _hard(line: str, width: int) -> str:
    """Return a line in pieces that are no wider."""
    width = max(width, NARROWEST)
    return "\n".join(line[k : k + width] for k in range(0, len(line), width))


def _spans(spans: Spans) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    if isinstance(span, Text):
        return span.text.replace("\n", " ")
    if isinstance(span, Written):
        return span.text
    if isinstance(span, Code):
        return f"`{span.text}`"
    if isinstance(span, Formula):
        return _formula(span.row)
    if isinstance(span, Break):
        return "\v"
    if isinstance(span, Emphasis):
        return _spans(span.spans)
    return _link(span)


def _link(link: Link) -> str:
    shown = _spans(link.spans)
    return shown if shown == link.address else f"{shown} ({link.address})"
