"""Notation: symbols and numbers in; how LaTeX, Markdown and a terminal spell them, out."""

from symlstm.notation.latex import Latex
from symlstm.notation.markdown import Markdown
from symlstm.notation.notation import Notation
from symlstm.notation.plain import Plain
from symlstm.notation.tokens import (
    ENCLOSED,
    EXACT,
    ROUNDED,
    Token,
    Tokens,
    certainty,
    items,
    joined,
    listed,
    painted,
    text,
    width,
)

LATEX = Latex()
MARKDOWN = Markdown()
PLAIN = Plain()

__all__ = [
    "ENCLOSED",
    "EXACT",
    "LATEX",
    "MARKDOWN",
    "PLAIN",
    "ROUNDED",
    "Notation",
    "Token",
    "Tokens",
    "certainty",
    "items",
    "joined",
    "listed",
    "painted",
    "text",
    "width",
]
