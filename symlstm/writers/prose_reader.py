"""Markdown with mathematics, read into plain data: no HTML, no images."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from symlstm.errors import TooLargeError, printable
from symlstm.notation.formula import Sign, read_formula
from symlstm.numbers.budget import afford
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
    Text,
    paragraph,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

DEEPEST = 32
"""How deep lists, quotes and emphasis may nest."""
_UNUSED = ["html_block", "html_inline", "image", "reference"]


def read_prose(source: str) -> Blocks:
    r"""Return the blocks of a text in Markdown, with mathematics between dollars.

    Of HTML, images and addresses other than those of http and https the characters stand there, and
    so they do of mathematics that is not known. Raises `TooLargeError` for a text that is too long,
    or nests too deep.

    >>> read_prose("*Now* <b>")
    (Paragraph(spans=(Emphasis(spans=(Text(text='Now'),), strong=False), Text(text=' <b>'))),)
    """
    afford("prose_characters", len(source), what="introduction", argument="introduction")
    if not source.strip():
        return ()
    tokens = _parser().parse(_clean(source, keep="\n\t"))
    inline = (child for token in tokens for child in token.children or [])
    if any(token.nesting == 1 and token.level >= DEEPEST - 1 for token in (*tokens, *inline)):
        message = f"introduction: what is in it nests more than {DEEPEST - 2} deep; nest it less"
        raise TooLargeError(message, argument="introduction")
    return tuple(_blocks(iter(tokens)))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).disable(_UNUSED)
    # Meant to be replaced, says markdown-it's documentation; its types know of a method alone.
    parser.validateLink = _is_web  # type: ignore[method-assign, assignment]
    parser.inline.ruler.before("escape", "mathematics", _mathematics)
    ends: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    parser.block.ruler.before("fence", "display", _display, ends)
    return parser


def _is_web(address: str) -> bool:
    return re.match(r"https?://[^/]", address, re.IGNORECASE) is not None


def _mathematics(state: StateInline, silent: bool) -> bool:
    """Read ``$...$``, as GitHub knows it, or ``$$...$$`` in the midst of a line."""
    found = _DOLLARS.match(state.src, state.pos, state.posMax)
    before = state.src[state.pos - 1] if state.pos else ""
    if not found or before.isalnum() or before == "$":
        return False
    if not silent:
        token = state.push("display" if found["two"] else "formula", "", 0)
        token.content, token.markup = found["two"] or found["one"], found[0]
    state.pos = found.end()
    return True


_DOLLARS = re.compile(
    r"(?:\$\$(?P<two>(?:[^$\\]|\\.)+)\$\$|\$(?P<one>(?!\s)(?:[^$\\]|\\.)+(?<!\s))\$)(?!\w|\$)",
    re.DOTALL,
)


def _display(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read lines from one that begins with two dollars to one that ends with two."""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    lines, content = [line], line[2:]
    if not line.startswith("$$") or line.startswith("$$$"):
        return False
    while "$$" not in content:
        start += 1
        if start >= end or state.isEmpty(start) or state.sCount[start] < state.blkIndent:
            return False
        content = _line(state, start)
        lines.append(content)
    if content.find("$$") != len(content) - 2:
        return False
    if not silent:
        token = state.push("display", "", 0)
        token.markup = "\n".join(lines)
        token.content = token.markup[2:-2]
        state.line = start + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    start = state.bMarks[number] + state.tShift[number]
    return state.src[start : state.eMarks[number]].rstrip()


def _blocks(tokens: Iterator[Token], end: str = "") -> Iterator[Block]:
    """Yield the blocks up to a token of the type ``end``."""
    for token in tokens:
        if token.type == end:
            return
        if token.type == "blockquote_open":
            yield Quote(tuple(_blocks(tokens, "blockquote_close")))
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            yield _list(token, tokens)
        elif token.type == "heading_open":
            yield from _heading(next(tokens), int(token.tag[1]))
        elif token.type == "inline":
            yield from _paragraphs(token.children or [])
        elif token.type in {"fence", "code_block"}:
            yield _code(token.content)
        elif token.type == "hr":
            yield Rule()
        elif token.type == "display":
            row = read_formula(token.content)
            yield _code(token.markup) if row is None else Display(row)


def _heading(inline: Token, level: int) -> Iterator[Heading]:
    children = inline.children or []
    for token in children:
        if token.type in {"softbreak", "hardbreak"}:
            token.type, token.content = "text", " "
    inside = paragraph(_spans(iter(children)))
    if inside:
        yield Heading(inside, level)


def _list(opened: Token, tokens: Iterator[Token]) -> List:
    items, tight = [], True
    for token in tokens:
        if token.type == opened.type.replace("open", "close"):
            break
        inside = list(_until_close(tokens, token.level))
        tight &= not any(t.type == "paragraph_open" and not t.hidden for t in _top(inside))
        items.append(tuple(_blocks(iter(inside))))
    first = int(opened.attrs.get("start", 1)) if opened.type.startswith("ordered") else None
    return List(tuple(items), first, tight)


def _until_close(tokens: Iterator[Token], level: int) -> Iterator[Token]:
    """Yield what an item has in it: all up to its end."""
    for token in tokens:
        if token.type == "list_item_close" and token.level == level:
            return
        yield token


def _top(tokens: Sequence[Token]) -> list[Token]:
    level = tokens[0].level if tokens else 0
    return [token for token in tokens if token.level == level]


def _code(content: str) -> CodeBlock:
    lines = content.removesuffix("\n").expandtabs(4).split("\n")
    return CodeBlock(tuple(_clean(line).rstrip() for line in lines))


def _paragraphs(children: Sequence[Token]) -> Iterator[Block]:
    """Yield a paragraph, or those around the displayed mathematics in it."""
    part: list[Token] = []
    tokens = deque(children)
    while tokens:
        token = tokens.popleft()
        row = read_formula(token.content) if token.type == "display" and not token.level else None
        if row is None:
            part.append(token)
            continue
        yield from _paragraph(part)
        stop = tokens[0].content[:1] if tokens and tokens[0].type == "text" else ""
        if stop and stop in ".,;":
            tokens[0].content = tokens[0].content[1:]
            row = (*row, Sign(stop))
        yield Display(row)
        part = []
    yield from _paragraph(part)


def _paragraph(children: Sequence[Token]) -> Iterator[Paragraph]:
    inside = paragraph(_spans(iter(children)))
    if inside:
        yield Paragraph(inside)


def _spans(tokens: Iterator[Token], end: str = "") -> Iterator[Span]:
    """Yield the spans up to a token of the type ``end``."""
    for token in tokens:
        if token.type == end:
            return
        if token.type in {"em_open", "strong_open"}:
            inside = tuple(_spans(tokens, token.type.replace("open", "close")))
            yield Emphasis(inside, strong=token.type == "strong_open")
        elif token.type == "link_open":
            text = paragraph(_spans(tokens, "link_close"))
            address = quote(str(token.attrs["href"]), safe=_IN_ADDRESSES)
            yield Link(text or (Text(address),), address)
        elif token.type == "code_inline":
            yield Code(_clean(token.content.replace("\n", " ")))
        elif token.type in {"formula", "display"}:
            row = read_formula(token.content)
            yield Text(_clean(token.markup)) if row is None else Formula(row)
        elif token.type == "hardbreak":
            yield Break()
        else:
            yield Text("\n" if token.type == "softbreak" else _clean(token.content))


_IN_ADDRESSES = "-._~:/?#@!&+,;=%"


def _clean(text: str, keep: str = "") -> str:
    """Return text as it can be shown anywhere; what a character reference stood for, too."""
    kept = ((c if c in keep else " ") if c.isspace() else printable(c) for c in text)
    return "".join(kept)
