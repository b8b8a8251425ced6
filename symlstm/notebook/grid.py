"""Grids: quantities one below the other, and their values beside them, most often over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.cells.colours import symbol_colours
from symlstm.equations.expression import Quantity
from symlstm.figures.figure import FEW_UNITS
from symlstm.figures.spelling import Numbers
from symlstm.figures.values import numbers_of, told_numbers
from symlstm.gradients.gradients import Gradients
from symlstm.notation import PLAIN
from symlstm.notation.palette import Colour
from symlstm.notebook.entries import ELIDED, Block, block, few, kept
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint
from symlstm.runs.layer import Layer
from symlstm.runs.trace import Trace

STEPS = 8
"""Longer traces show their first steps and the last in a notebook."""


@dataclass(frozen=True)
class Row:
    """A quantity, and its values; ``None`` stands for one that there is not."""

    symbol: str
    values: tuple[Block | None, ...]
    colour: Colour | None = None

    @property
    def sign(self) -> str | None:
        """What stands between the symbol and its values; ``None`` where each has its own sign."""
        told = (value for value in self.values if value is not None and value.entries)
        signs = {value.sign for value in told}
        return signs.pop() if len(signs) == 1 else None


@dataclass(frozen=True)
class Grid:
    """Rows of quantities; ``header`` has what stands above each value, "⋯" above those left out."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class OverTime:
    """Named values over the time steps of one sequence of a trace, forward or of adjoints.

    ``names`` are those in the trace; see `trace_names` and `gradient_names`.
    """

    trace: Trace[Any]
    names: Sequence[str]
    sequence: int = 0

    def grid(self, most: int = STEPS) -> Grid:
        """Return the values at all steps or, of more than ``most``, at the first and the last."""
        first = [] if self._starts_at_zero else [0]
        steps = [*first, *(None if k is None else k + 1 for k in few(len(self.trace), most))]
        return Grid(over(steps), tuple(self._row(name, steps) for name in self.names))

    def step(self, step: int) -> Grid:
        """Return the values of one step."""
        rows = (
            replace(self._row(name, [step]), symbol=symbol(name, str(step))) for name in self.names
        )
        return Grid((), tuple(row for row in rows if row.values != (None,)))

    @property
    def _starts_at_zero(self) -> bool:
        start = self.trace.histories[self.sequence][0]
        return all(
            entry == 0
            for name in self.names
            if name in start
            for entry in self.trace.told(name, 0, self.sequence).flat
        )

    def _row(self, name: str, steps: Sequence[int | None]) -> Row:
        colour = symbol_colours(self.trace.cell).get(name)
        return Row(symbol(name), tuple(self._value(name, step) for step in steps), colour)

    def _value(self, name: str, step: int | None) -> Block | None:
        if step is None:
            return ELIDED
        if (name, step) not in self._known:
            self._known[name, step] = self._read(name, step)
        return self._known[name, step]

    @cached_property
    def _known(self) -> dict[tuple[str, int], Block | None]:
        """The values that were asked for: printing tries several numbers of columns."""
        return {}

    def _read(self, name: str, step: int) -> Block | None:
        if name not in self.trace.histories[self.sequence].get(step, {}):
            return None
        told = self.trace.told(name, step, self.sequence)
        return block(told, told_numbers(self.trace, name, step))


def over(steps: Iterable[int | None]) -> tuple[str, ...]:
    """Return what stands above the values of steps."""
    return tuple("⋯" if step is None else str(step) for step in steps)


def trace_names(trace: Trace[Any], *, short: bool = False) -> list[str]:
    """Return the names of a trace's values; ``short`` leaves out what equations do not name."""
    return ["x", *_computed(trace.cell, short=short)]


def gradient_names(gradients: Gradients, *, short: bool = False) -> list[str]:
    """Return the names that gradients by values have in the trace of adjoints."""
    chosen = ["x", *_computed(gradients.cell, short=short)]
    return bars(gradients, chosen)


def bars(gradients: Gradients, names: Iterable[str]) -> list[str]:
    """Return the names of the gradients by some values."""
    return [adjoint(gradients.differentiated[name]).name for name in names]


def is_large(cell: Cell) -> bool:
    """Say whether a cell has so many units that its tables tell less."""
    return max(cell.units, cell.input_dim, cell.output_dim) > FEW_UNITS


def _computed(cell: Cell, *, short: bool) -> list[str]:
    system = cell.equations if short else cell.program
    return [equation.lhs.name for equation in system]


def symbol(name: str, time: str | None = "t") -> str:
    """Return the symbol of a quantity in plain text: ``c̃_t``."""
    return PLAIN.symbol(name, time).text


def layer_weights(layer: Layer) -> dict[str, Row]:
    """Return the numbers of a layer's weights, by name."""
    numbers = Numbers(rounded=layer.floats)
    parts = {
        name: exported(_corner(layer.weights[name], quantity))
        for name, quantity in layer.cell.weights.items()
    }
    return {name: weight_row(layer.cell, name, name, part, numbers) for name, part in parts.items()}


def gradient_weights(gradients: Gradients) -> dict[str, Row]:
    """Return the gradients by the weights, summed over the sequences, by the weight's name."""
    trace, rows = gradients.adjoints, {}
    for name, weight in gradients.cell.weights.items():
        bar, algebra = adjoint(weight).name, trace.algebra
        parts = [algebra.part(h[1][bar], *_shown(weight)) for h in trace.histories]
        with algebra.context():
            total = algebra.export(algebra.add(*parts) if len(parts) > 1 else parts[0])
        rows[name] = weight_row(gradients.cell, name, bar, total, numbers_of(trace))
    return rows


def weight_row(cell: Cell, weight: str, name: str, part: Array, numbers: Numbers) -> Row:
    """Return a weight, or a gradient by it, of which ``part`` has the entries that are shown."""
    rows, columns = map(int, cell.weights[weight].shape)
    return Row(symbol(name, None), (block(part, numbers, (rows, columns)),))


def _corner(entries: Array, weight: Quantity) -> Array:
    return entries[np.ix_(*_shown(weight))]


def _shown(weight: Quantity) -> tuple[list[int], list[int]]:
    rows, columns = weight.shape
    return kept(few(int(rows))), kept(few(int(columns)))
