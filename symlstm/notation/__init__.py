"""How mathematics is spelled: in LaTeX, in Markdown and in a terminal, one file each."""

from symlstm.notation.latex import Latex
from symlstm.notation.markdown import Markdown
from symlstm.notation.notation import Notation
from symlstm.notation.plain import Plain
from symlstm.notation.tokens import Token, Tokens, joined, listed, text, width

LATEX = Latex()
MARKDOWN = Markdown()
PLAIN = Plain()

__all__ = [
    "LATEX",
    "MARKDOWN",
    "PLAIN",
    "Notation",
    "Token",
    "Tokens",
    "joined",
    "listed",
    "text",
    "width",
]
