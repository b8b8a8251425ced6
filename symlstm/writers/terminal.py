"""Documents for a terminal, in plain Unicode text."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from symlstm.errors import printable
from symlstm.notation import PLAIN, Tokens, text, width
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.summary import Table


class TerminalFormat(Format):
    """Text for a screen of ``width`` columns; it has no files, and so no suffix."""

    name = "terminal"
    suffix = ""
    notation = PLAIN

    def __init__(self, width: int = 80) -> None:
        self.width = max(width, 40) - 2

    def escape(self, text: str) -> str:
        return printable(text)

    def comment(self, text: str) -> str:
        return ""

    def display(self, lines: Sequence[Line]) -> str:
        left = left_width(lines)
        rows = []
        for line in lines:
            shown = " " * int(left - width(line.left)) + text(line.left)
            for row in line.rows(self.width - left, PLAIN):
                rows.append(f"  {shown}{text(row)}".rstrip())
                shown = " " * int(left)
        return "\n".join(rows)

    def inline(self, formula: Tokens) -> str:
        return text(formula)

    def table(self, table: Table) -> str:
        shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for token in table.header:
            shown.add_column(Text(token.text), justify="right", overflow="fold")
        for row in table.rows:
            shown.add_row(*(Text(token.text) for token in row))
        screen = StringIO()
        Console(file=screen, width=int(self.width), color_system=None).print(shown)
        lines = [line for line in screen.getvalue().splitlines() if line.strip()]
        return "\n".join(f"  {line}".rstrip() for line in lines)
