"""A document, ready for a template: what the page says, as mathematics and plain text.

Templates are given this and nothing else. It holds lines, tables and text, and no trace, cell or
array: there is nothing in it that a template could change or do harm with.
"""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.writers.line import Line
from symlstm.writers.summary import Table


@dataclass(frozen=True)
class TimeStep:
    """One time step: what goes in, and a line for each value that is computed."""

    t: int
    known: tuple[Line, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Walkthrough:
    """One sequence of the batch, stepped through; ``after`` is the state that it leaves."""

    number: int
    inputs: tuple[Line, ...]
    steps: tuple[TimeStep, ...]
    summary: tuple[Table, ...]
    after: tuple[Line, ...]


@dataclass(frozen=True)
class Document:
    """A hand calculation; what does not apply to it is empty.

    ``numeric`` says whether there are numbers, and not symbols alone; ``stateful`` whether the
    states are kept after the sequence; ``elided`` whether matrices are too large to be shown whole.
    """

    title: str
    author: str
    introduction: str
    numeric: bool
    stateful: bool
    elided: bool
    equations: tuple[Line, ...]
    activations: tuple[Line, ...]
    weights: tuple[Line, ...]
    sequences: tuple[Walkthrough, ...]
    closed_forms: tuple[Line, ...]
