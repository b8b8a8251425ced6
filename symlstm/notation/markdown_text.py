"""Text in Markdown that is printed and never executed."""

from __future__ import annotations

import re


def escaped(text: str) -> str:
    r"""Return lines of Markdown in which no character has a meaning of its own.

    >>> print(escaped("1. *x* <b>"))
    1\. \*x\* \<b\>
    """
    return plain_starts(without_meaning(text))


def without_meaning(text: str) -> str:
    """Return text for the midst of a line of Markdown."""
    visible = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return _SPECIAL.sub(r"\\\g<0>", visible)


def plain_starts(markdown: str) -> str:
    """Return lines of Markdown that begin no list, heading, rule or code."""
    return _AT_LINE_START.sub(r"\1\\\2", _INDENT.sub("", markdown))


_INDENT = re.compile(r"^ +", re.MULTILINE)
_SPECIAL = re.compile(r"[\\`*_\[\]<>#$|~&]")
_AT_LINE_START = re.compile(r"^( *\d*)([-+=.)])", re.MULTILINE)
