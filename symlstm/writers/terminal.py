"""Documents for a terminal, in plain Unicode text."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any, Literal, TypeAlias

from rich import box
from rich.color import Color
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style
from rich.table import Table as RichTable
from rich.text import Text

from symlstm.errors import printable
from symlstm.notation import PLAIN, Token, Tokens, width
from symlstm.notation.palette import Colour
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.prose import Spans
from symlstm.writers.prose_reader import read_prose
from symlstm.writers.prose_terminal import terminal_line, terminal_paragraph, terminal_prose
from symlstm.writers.said import said
from symlstm.writers.summary import Table

Palette: TypeAlias = Literal["256", "truecolor"]
"""Which colours a screen shows: 256 fixed ones, or all."""


class TerminalFormat(Format):
    """Text for a screen of ``width`` columns; it has no files, and so no suffix.

    With ``colours``, symbols are between the escape codes of their colours.
    """

    name = "terminal"
    suffix = ""
    notation = PLAIN

    def __init__(self, width: int = 80, colours: Palette | None = None) -> None:
        self.width = max(width, 40) - 2
        self.colours = colours

    def escape(self, text: str) -> str:
        return printable(text)

    def comment(self, text: str) -> str:
        return ""

    def _display(self, lines: Sequence[Line]) -> str:
        left = left_width(lines)
        rows = []
        for line in lines:
            shown = " " * int(left - width(line.left)) + self.spelled(line.left)
            for row in line.rows(self.width - left, PLAIN):
                rows.append(f"  {shown}{self.spelled(row)}".rstrip())
                shown = " " * int(left)
        return "\n".join(rows)

    def inline(self, formula: Tokens) -> str:
        return self.spelled(formula)

    def paint(self, symbol: str, colour: Colour) -> str:
        return self._style(colour).render(symbol)

    def prose(self, text: str) -> str:
        return terminal_prose(read_prose(text), self._text_width)

    def line(self, spans: Spans) -> str:
        return terminal_line(spans)

    def say(self, key: str, **parts: object) -> str:
        return terminal_paragraph(said(self.catalogue, key, parts), self._text_width, "  ")

    @property
    def _text_width(self) -> int:
        return int(min(self.width, 78))

    def table(self, table: Table) -> str:
        shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="")
        for token in table.header:
            shown.add_column(self._styled(token), justify="right", overflow="fold")
        for row in table.rows:
            shown.add_row(*map(self._styled, row))
        screen = StringIO()
        options: dict[str, Any] = {"color_system": self.colours, "no_color": False}
        # In a notebook, rich would show the table at once, and write nothing.
        console = Console(file=screen, width=int(self.width), force_jupyter=False, **options)
        console.print(shown)
        lines = [line for line in screen.getvalue().splitlines() if line.strip()]
        return "\n".join(f"  {line}".rstrip() for line in lines)

    def _styled(self, token: Token) -> Text:
        parts = (
            (part.text, self._style(part.colour)) if part.colour else part.text
            for part in token.parts or (token,)
        )
        return Text.assemble(*parts)  # the text alone is in colour, and not the room around it

    def _style(self, colour: Colour) -> Style:
        """Return a style in one of the screen's own colours, which rich keeps as it is."""
        if self.colours is None:
            return Style.null()
        shown = Color.parse(f"#{colour.middle}").downgrade(COLOR_SYSTEMS[self.colours])
        return Style.from_color(shown)
