"""What of a page is in colour, and the page without colours."""

import re

_GROUP = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
_COLOURED = {
    "latex": re.compile(rf"\{{\\color\{{Gate(\w+)\}}({_GROUP})\}}"),
    "markdown": re.compile(rf"\{{\\color\{{#(\w+)\}}\{{({_GROUP})\}}\}}"),
    "terminal": re.compile(r"\x1b\[([\d;]+)m([^\x1b]*)\x1b\[0m"),
}


def coloured(page, format):
    """Return the pairs of a colour and a symbol that is in it."""
    return _COLOURED[format].findall(page)


def uncoloured(page, format="latex"):
    """Return the page with every symbol in the colour of the text around it."""
    return _COLOURED[format].sub(r"\2", page)
