"""Prose in LaTeX."""

from __future__ import annotations

import re

from symlstm.notation.formula_tex import TexFormula
from symlstm.notation.tex_text import escaped
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

DEEPEST = 4
"""How deep LaTeX indents lists and quotes; what is deeper stands below what it belongs to."""
PARAGRAPH_END = r"\par}"
_INLINE = TexFormula(r" \\ ")
_DISPLAYED = TexFormula()


def latex_prose(blocks: Blocks, depth: int = 0) -> str:
    r"""Return blocks in LaTeX.

    >>> from symlstm.writers.prose_reader import read_prose
    >>> print(latex_prose(read_prose("50% of *all* $x_1$")))
    {\sloppy 50\% of \emph{all} $x_1$\par}
    """
    shown = ""
    for before, block in zip((None, *blocks), blocks, strict=False):
        if isinstance(before, Paragraph) and isinstance(block, Display):
            # A display that does not go on with a paragraph has an empty line above it.
            shown = f"{shown.removesuffix(PARAGRAPH_END)}\n{_block(block, depth)}"
            shown += PARAGRAPH_END if _is_hard_to_set(before) else ""
        else:
            shown += ("\n\n" if before else "") + _block(block, depth)
    return shown


def latex_line(spans: Spans) -> str:
    """Return what stands in the midst of a text."""
    return "".join(map(_span, spans))


def _block(block: Block, depth: int) -> str:
    if isinstance(block, Paragraph):
        shown = latex_line(block.spans)
        return rf"{{\sloppy {shown}{PARAGRAPH_END}" if _is_hard_to_set(block) else shown
    if isinstance(block, Heading):
        return rf"{{\sloppy\bfseries {latex_line(block.spans)}\par}}\nopagebreak"
    if isinstance(block, CodeBlock):
        return _code_block(block)
    if isinstance(block, Display):
        return f"\\[\n{_DISPLAYED.lines(block.row)}\n\\]"
    if isinstance(block, Rule):
        return r"\noindent\hrulefill"
    if isinstance(block, Quote):
        inside = latex_prose(block.blocks, depth + 1)
        return _environment("quote", inside) if depth < DEEPEST else inside
    return _list(block, depth)


def _is_hard_to_set(block: Paragraph) -> bool:
    """Say whether a paragraph has something that may not be broken where a line is full."""
    return any(not isinstance(s, Text) or _LONG_WORD.search(s.text) for s in block.spans)


def _environment(name: str, inside: str) -> str:
    # Without anything in it, an environment of this kind is an error.
    return f"\\begin{{{name}}}\n{inside or '{}'}\n\\end{{{name}}}"


def _list(block: List, depth: int) -> str:
    name = "itemize" if block.first is None else "enumerate"
    items = []
    for number, item in enumerate(block.items, start=block.first or 0):
        label = r"\textbullet" if block.first is None else f"{number}."
        if depth < DEEPEST:
            # The braces keep a bracket that follows from being taken for a label.
            start = r"\item{} " if block.first in {None, 1} else rf"\item[{{{label}}}] "
        else:
            start = f"{label}{{}} "
        items.append(start + latex_prose(item, depth + 1))
    if depth >= DEEPEST:
        return "\n\n".join(items)
    air = [r"\setlength{\itemsep}{0pt}\setlength{\parskip}{0pt}"] if block.tight else []
    return _environment(name, "\n".join([*air, *items]))


def _code_block(block: CodeBlock) -> str:
    lines = " \\\\\n".join(rf"\mbox{{}}{_code(line)}" for line in block.lines)
    return f"{{\\raggedright\\small\\ttfamily\\leftskip1.5em\\relax\n{lines}\\par}}"


def _span(span: Span) -> str:
    if isinstance(span, Text):
        return _text(span.text)
    if isinstance(span, Written):
        return span.text
    if isinstance(span, Code):
        return rf"\texttt{{{_code(span.text)}}}"
    if isinstance(span, Formula):
        return f"${_INLINE.row(span.row)}$"
    if isinstance(span, Break):
        return r"\mbox{}\newline{}"
    if isinstance(span, Emphasis):
        return rf"\{'textbf' if span.strong else 'emph'}{{{latex_line(span.spans)}}}"
    address = rf"\texttt{{{_code(span.address)}}}"
    return address if named_by_address(span) else f"{latex_line(span.spans)} ({address})"


def named_by_address(link: Link) -> bool:
    """Say whether the text of a link is its address."""
    return link.spans == (Text(link.address),)


def _text(text: str) -> str:
    """Return text in which long words may be broken."""
    return "".join(
        _breakable(part) if number % 2 else escaped(part)
        for number, part in enumerate(_LONG_WORD.split(text))
    )


_LONG_WORD = re.compile(r"(\S{30,})")


def _code(text: str) -> str:
    """Return code that keeps its spaces, and may be broken anywhere where a line is full."""
    parts = re.split("( +)", text)
    return "".join(r"\ " * len(part) if number % 2 else _breakable(part)
                   for number, part in enumerate(parts))  # fmt: skip


def _breakable(word: str) -> str:
    pieces = re.findall(r"\w{1,8}|\W{1,4}", word)
    return r"\allowbreak{}".join(map(escaped, pieces))
