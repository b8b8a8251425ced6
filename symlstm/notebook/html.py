"""Pieces of HTML: letters of formulas, blocks of numbers, tables, and a page of them.

They bring their looks along, no scripts, and nothing from elsewhere. What is not told stays as the
notebook's theme has it, be it light or dark; a gate's colour is the one that suits both.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from itertools import groupby

from symlstm.errors import printable
from symlstm.figures.lettering import separate
from symlstm.notation import Tokens
from symlstm.notation.palette import Colour
from symlstm.notebook.entries import DOTS, Block, Entry
from symlstm.notebook.grid import Grid, Row

LONGEST_CAPTION = 200
"""How many characters of what something is called are shown."""

FONT = "'STIX Two Text','Latin Modern Roman','Times New Roman',Times,'DejaVu Serif',serif"
_TABLE = "border-collapse:collapse;margin:.4em 0;font-size:1em;border:none"
_CELL = "padding:.15em .5em;text-align:{};border:none;white-space:nowrap;vertical-align:middle"
_ROW = "background:none"
_HEAD = ";font-weight:normal;opacity:.7"
_BLOCK = (
    "display:inline-grid;grid-template-columns:repeat({},auto);column-gap:.8em;text-align:right;"
    "vertical-align:middle;border-left:1px solid currentColor;border-right:1px solid currentColor;"
    "border-radius:.4em;padding:0 .35em"
)


def element(name: str, *inside: str, style: str = "", title: str = "") -> str:
    """Return an element; what is ``inside`` is HTML already."""
    attributes = f' style="{html.escape(style)}"' if style else ""
    attributes += f' title="{escape(title)}"' if title else ""
    return f"<{name}{attributes}>{''.join(inside)}</{name}>"


def escape(words: str) -> str:
    r"""Return text as HTML, and what is no printable character as what it is.

    >>> escape("<b>\x00 & '")
    '&lt;b&gt;\\x00 &amp; &#x27;'
    """
    return html.escape(printable(words))


def letters(plain: str) -> str:
    """Return a formula of plain text: letters in italics, indices below.

    >>> letters("f_{t-1} = tanh(z)")
    '<i>f</i><sub><i>t</i>−1</sub> = tanh(<i>z</i>)'
    """
    shown = []
    for down, alike in groupby(separate(plain), key=lambda run: run.down):
        part = "".join(
            f"<i>{escape(run.text)}</i>" if run.italic else escape(run.text) for run in alike
        )
        name = "sub" if down > 0 else "sup"
        shown.append(f"<{name}>{part}</{name}>" if down else part)
    return "".join(shown)


def painted_letters(tokens: Tokens) -> str:
    """Return tokens of plain text in letters, in their colours."""
    runs = groupby(tokens, key=lambda token: token.colour)
    return "".join(
        painted("".join(letters(token.text) for token in run), colour) for colour, run in runs
    )


def painted(shown: str, colour: Colour | None) -> str:
    """Return HTML in a colour that stands out from light and dark alike."""
    return shown if colour is None else element("span", shown, style=f"color:#{colour.middle}")


def numbers(block: Block, *, signs: bool = False) -> str:
    """Return a number, or a vector or matrix in brackets; with ``signs``, after its own."""
    each = signs and block.sign is None
    cells = [_entry(entry, each) for row in block.rows for entry in row]
    before = f"{block.sign} " if signs and block.sign and block.entries else ""
    if len(cells) == 1:
        return before + cells[0]
    size = "" if block.size is None else element("sub", "×".join(map(str, block.size)))
    spans = (element("span", cell) for cell in cells)
    return before + element("span", *spans, style=_BLOCK.format(len(block.rows[0]))) + size


def _entry(entry: Entry, signs: bool) -> str:
    sign = f"{entry.sign} " if signs and entry not in DOTS else ""
    shown = escape(sign + entry.text)
    return element("span", shown, title=entry.whole) if entry.whole else shown


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, align: str = "right") -> str:
    """Return a table of HTML; its first column is to the right, the others as ``align`` says."""
    style = _CELL.format(align)
    head = [element("th", cell, style=style + _HEAD) for cell in header]
    body = [
        element("tr", *(element("td", cell, style=style) for cell in row), style=_ROW)
        for row in rows
    ]
    top = [element("thead", element("tr", *head, style=_ROW))] if header else []
    return element("table", *top, element("tbody", *body), style=_TABLE)


def grid_table(grid: Grid, corner: str = "t") -> str:
    """Return a grid as a table; ``corner`` is the formula that is beside its header."""
    header = (letters(corner), "", *map(escape, grid.header)) if grid.header else ()
    return table(header, map(_row, grid.rows))


def _row(row: Row) -> list[str]:
    sign = row.sign
    head = painted(letters(row.symbol), row.colour)
    values = ("–" if value is None else numbers(value, signs=sign is None) for value in row.values)
    return [head, escape(sign or ""), *values]


def equality(row: Row) -> str:
    """Return a quantity and its only value: ``W_i = 1``."""
    head, sign, *values = _row(row)
    return element("span", f"{head} {sign} {''.join(values)}", style="white-space:nowrap")


def caption(words: str) -> str:
    """Return what something is called, a line above it."""
    short = words if len(words) <= LONGEST_CAPTION else words[:LONGEST_CAPTION] + "…"
    return element("div", escape(short), style="opacity:.7;font-size:.9em;margin:.3em 0")


def page(*parts: str) -> str:
    """Return parts, one below the other; MathJax is told that there is nothing for it in them."""
    inside = "".join(filter(None, parts))
    style = f"font-family:{FONT};overflow-x:auto;text-align:left"
    classes = "symlstm tex2jax_ignore mathjax_ignore"
    return f'<div class="{classes}" style="{html.escape(style)}">{inside}</div>'
