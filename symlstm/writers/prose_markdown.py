"""Prose in Markdown: written anew, so that it reads back as what it was read as."""

from __future__ import annotations

import re

from symlstm.notation.formula_tex import MarkdownFormula
from symlstm.notation.markdown_text import plain_starts, without_meaning
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
    List,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Text,
    Written,
)

HIGHEST = 3
"""The level of the highest headings: those of the page stand above them."""
_FORMULA = MarkdownFormula()


def markdown_prose(blocks: Blocks) -> str:
    r"""Return blocks in Markdown.

    >>> from symlstm.writers.prose_reader import read_prose
    >>> print(markdown_prose(read_prose("# <b>\n\n+ $x<1$\n+ __now__")))
    ### \<b\>
    <BLANKLINE>
    - $x\lt1$
    - **now**
    """
    return _blocks(blocks, tight=False)


def _blocks(blocks: Blocks, *, tight: bool) -> str:
    shown = []
    other = False
    for number, block in enumerate(blocks):
        # A list after another one would go on with it, if its marks were the same.
        before = blocks[number - 1] if number else None
        other = isinstance(block, List) and _is_like(before, block) and not other
        shown.append(_list(block, other) if isinstance(block, List) else _block(block))
    return ("\n" if tight else "\n\n").join(shown)


def _is_like(before: Block | None, block: List) -> bool:
    return isinstance(before, List) and (before.first is None) == (block.first is None)


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return markdown_line(block.spans)
    if isinstance(block, Heading):
        marks = "#" * min(HIGHEST - 1 + block.level, 6)
        return f"{marks} {markdown_line(block.spans)}"
    if isinstance(block, CodeBlock):
        return _fenced(block)
    if isinstance(block, Display):
        body = _FORMULA.lines(block.row).replace("\n", "\n    ")
        return f"$$\n    {body}\n$$"
    if isinstance(block, Rule):
        return "***"
    if isinstance(block, Quote):
        return _indented(_blocks(block.blocks, tight=False), "> ", "> ")
    raise AssertionError(block)


def _list(block: List, other: bool) -> str:
    tight = block.tight and all(map(_is_short, block.items))
    items = []
    for number, item in enumerate(block.items, start=block.first or 0):
        mark = ("*" if other else "-") if block.first is None else f"{number}{'.)'[other]}"
        inside = _blocks(item, tight=tight) or "&nbsp;"  # a mark alone would underline a heading
        items.append(_indented(inside, f"{mark} ", " " * (len(mark) + 1)))
    return ("\n" if tight else "\n\n").join(items)


def _is_short(item: Blocks) -> bool:
    """Say whether no block of an item of a list would go on with the one before it."""
    return all(isinstance(block, List) for block in item[1:])


def _indented(text: str, first: str, others: str) -> str:
    start, *rest = text.split("\n")
    lines = [first + start, *(others + line if line else others.rstrip() for line in rest)]
    return "\n".join(line.rstrip(" ") for line in lines)


def _fenced(block: CodeBlock) -> str:
    marks = "`" * max(3, _longest_run(block.lines) + 1)
    return "\n".join([marks, *block.lines, marks])


def _longest_run(lines: tuple[str, ...]) -> int:
    return max((len(run) for line in lines for run in re.findall("`+", line)), default=0)


def markdown_line(spans: Spans) -> str:
    """Return what may stand at the beginning of a line, and begins no list or heading there."""
    return _COLON.sub(r"\\:", plain_starts(_spans(spans)))


_COLON = re.compile("^:", re.MULTILINE)


def _spans(spans: Spans) -> str:
    shown = ""
    before: Span | None = None
    for span in spans:
        following = _span(span)
        if shown.endswith("!") and following.startswith("["):
            shown = rf"{shown[:-1]}\!"  # and no image
        if isinstance(before, Formula | Written) and _IN_WORDS.match(following):
            shown += " "
        if isinstance(span, Formula | Written) and _IN_WORDS.match(shown[-1:]):
            shown += " "
        shown += following
        before = span
    return shown


_IN_WORDS = re.compile(r"[\w$]")
"""What dollars may not touch: they would not be those of mathematics."""


def _span(span: Span) -> str:
    if isinstance(span, Text):
        return without_meaning(span.text)
    if isinstance(span, Written):
        return span.text
    if isinstance(span, Code):
        marks = "`" * (_longest_run((span.text,)) + 1)
        return f"{marks}{_padded(span.text)}{marks}"
    if isinstance(span, Formula):
        return f"${_FORMULA.inline(span.row)}$"
    if isinstance(span, Break):
        return "\\\n"
    if isinstance(span, Emphasis):
        marks = "**" if span.strong else "*"
        return f"{marks}{_spans(span.spans)}{marks}"
    return f"[{_spans(span.spans)}]({span.address.replace('&', '&amp;')})"


def _padded(code: str) -> str:
    """Return code with the space around it that Markdown takes away."""
    ticks = code.startswith("`") or code.endswith("`")
    spaces = code.startswith(" ") and code.endswith(" ") and code.strip(" ")
    return f" {code} " if ticks or spaces else code
