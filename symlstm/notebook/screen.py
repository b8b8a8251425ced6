"""Print traces and gradients as tables of 80 columns."""

from __future__ import annotations

from textwrap import fill
from typing import Any
from unicodedata import combining

from symlstm.errors import printable
from symlstm.gradients.gradients import Gradients
from symlstm.notation import PLAIN, Token
from symlstm.notebook.entries import DOTS, Block, Entry
from symlstm.notebook.formulas import equation_lines
from symlstm.notebook.grid import (
    Grid,
    OverTime,
    Row,
    gradient_names,
    gradient_weights,
    trace_names,
)
from symlstm.notebook.runs import called, symbolic_lines
from symlstm.runs.symbolic_trace import SymbolicTrace
from symlstm.runs.trace import Trace
from symlstm.writers.summary import Table
from symlstm.writers.terminal import TerminalFormat

MOST_STEPS = 12
"""So many steps are shown at the most; fewer where their numbers take more room."""
FEWEST_STEPS = 3
SCREEN = TerminalFormat()


def printed(subject: Any) -> str:
    """Return what ``print`` writes of a trace, or of gradients; see `Tabled`."""
    try:
        parts = _of_gradients(subject) if isinstance(subject, Gradients) else _of_trace(subject)
    except Exception:  # what is printed cannot fail
        return repr(subject)
    return "\n\n".join(parts)


def _of_trace(trace: Trace[Any]) -> list[str]:
    if isinstance(trace, SymbolicTrace):
        return [_head(repr(trace)), SCREEN.display(symbolic_lines(trace, PLAIN))]
    return [_head(called(trace)), _over_time(OverTime(trace, trace_names(trace)))]


def _of_gradients(gradients: Gradients) -> list[str]:
    trace = gradients.adjoints
    head = _head(f"Gradients of {called(trace)}")
    if trace.given is None:
        return [head, SCREEN.display(equation_lines(gradients.equations, PLAIN))]
    values = _over_time(OverTime(trace, gradient_names(gradients)))
    weights = Grid((), tuple(gradient_weights(gradients).values()))
    return [head, _table(weights), values]


def _head(words: str) -> str:
    return fill(printable(words), 80, subsequent_indent="  ")


def _over_time(values: OverTime) -> str:
    """Return values in as many columns as there is room for."""
    for most in range(MOST_STEPS, FEWEST_STEPS, -1):
        grid = values.grid(most)
        if _width(grid) <= SCREEN.width:
            break
    return _table(grid)


def _width(grid: Grid) -> float:
    columns = zip(*(_row(row) for row in grid.rows), strict=True)
    return 2 + sum(max(token.width for token in column) + 3 for column in columns)


def _table(grid: Grid) -> str:
    header = (Token("t", 1), Token("", 0), *(Token(name, len(name)) for name in grid.header))
    rows = tuple(map(_row, grid.rows))
    shown = SCREEN.table(Table(header if grid.header else (Token("", 0),) * 3, rows))
    return shown if grid.header else shown.partition("\n")[2]  # without a line under nothing


def _row(row: Row) -> tuple[Token, ...]:
    sign, head = row.sign, Token(row.symbol, symbol_width(row.symbol))
    return (head, Token(sign or "", 1), *(_value(value, signs=not sign) for value in row.values))


def symbol_width(symbol: str) -> int:
    """Return how many columns a symbol takes: accents stand above letters."""
    return sum(not combining(character) for character in symbol)


def _value(value: Block | None, *, signs: bool) -> Token:
    """Return a value as it stands in a cell: a row of a matrix a line."""
    if value is None:
        return Token("–", 1)
    each, one = signs and value.sign is None, value.sign if signs and value.entries else None
    lines = [" ".join(_text(entry, signs=each) for entry in row) for row in value.rows]
    if one:
        room = max(map(len, lines))
        lines[0] = f"{one} {lines[0]:>{room}}"
    if value.size is not None:
        lines.append(f"({value.size[0]}×{value.size[1]})")
    return Token("\n".join(lines), max(map(len, lines)), len(lines))


def _text(entry: Entry, *, signs: bool) -> str:
    text = entry.text.replace("−", "-")
    return f"{entry.sign} {text}" if signs and entry not in DOTS else text
