"""Unroll a cell symbolically: closed forms on request, a straight-line program throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from symlstm.algebras.symbolic import SymbolicAlgebra, symbols
from symlstm.numbers.arrays import Array, exported, filled
from symlstm.errors import CellError, TooLargeError, choices
from symlstm.algebras.evaluate import History, evaluate
from symlstm.equations.expression import Quantity
from symlstm.numbers.exact import whole_number
from symlstm.passes.substitute import Definitions
from symlstm.runs.trace import Layout, Trace

if TYPE_CHECKING:
    from symlstm.cells.cell import Cell

MAX_SIZE = 10_000
"""How many nodes a closed form may have, unless a user asks for more."""


@dataclass(frozen=True, eq=False, repr=False)
class SymbolicTrace(Trace[Array]):
    """A trace whose values are SymPy expressions in the weights and inputs alone.

    ``definitions`` has the same cell as a straight-line program, linear in the number of steps:
    each symbol, such as ``h_2``, with its expression in symbols defined before it.
    """

    max_size: int = MAX_SIZE

    @property
    def definitions(self) -> Mapping[sympy.Symbol, sympy.Expr]:
        """Every computed symbol and its expression, in the order of computation."""
        assert isinstance(self.algebra, SymbolicAlgebra)
        return self.algebra.definitions

    @cached_property
    def _graph(self) -> Definitions:
        return Definitions(self.definitions)

    def size(self, name: str, step: int) -> int:
        """Return the number of nodes that the closed form of ``name`` at ``step`` would have."""
        return sum(map(self._graph.size, super().entries(name, step).flat))

    def entries(self, name: str, step: int, sequence: int = 0) -> Array:
        """Return the closed forms of a value's entries, of shape (rows, 1).

        Raises `TooLargeError` when they have more than ``max_size`` nodes.
        """
        named = super().entries(name, step, sequence)
        size = self.size(name, step)
        if size > self.max_size and step > 0:
            raise TooLargeError(
                f"{name}_{step} in closed form has {_magnitude(size)} nodes, more than "
                f"max_size={self.max_size}; trace.definitions has it in {len(self.definitions)} "
                "named steps, bind(...).run(...) computes it with numbers, and a larger max_size "
                "allows more",
                argument="max_size",
            )
        closed = np.empty(named.shape, dtype=object)
        for index in np.ndindex(named.shape):
            closed[index] = self._graph.substitute(named[index])
        return closed


def unroll_symbolically(
    cell: Cell, steps: int, *, initial_state: str, max_size: int
) -> SymbolicTrace:
    """Return the symbolic trace of ``cell``; see `Cell.unroll`."""
    steps = whole_number(steps, argument="steps")
    max_size = whole_number(max_size, argument="max_size")
    if initial_state not in ("zero", "symbolic"):
        raise CellError(
            f"initial_state is {initial_state!r}; give 'zero' or 'symbolic'",
            argument="initial_state",
        )
    algebra = SymbolicAlgebra()
    history: History[Array] = {
        step: {"x": symbols(f"x_{step}", cell.input_dim)} for step in range(1, steps + 1)
    }
    history[0] = {
        name: exported(filled(0, state.shape))
        if initial_state == "zero"
        else symbols(f"{name}_0", state.shape[0])
        for name, state in cell.states.items()
    }
    constants = {name: weight_symbols(cell, weight) for name, weight in cell.weights.items()}
    evaluate(cell.program, algebra, constants, history, range(1, steps + 1))
    layout: Layout = "scalar" if cell.is_scalar else "sequence"
    return SymbolicTrace(cell, algebra, constants, (history,), layout, max_size=max_size)


def weight_symbols(cell: Cell, weight: Quantity) -> Array:
    """Return the symbols of a weight's entries, of shape (rows, columns)."""
    rows, columns = map(int, weight.shape)
    return symbols(weight.name, rows, columns if weight in cell.matrices else None)


def named_symbols(cell: Cell, name: str) -> Any:
    """Return the symbol or symbols of one quantity; see `Cell.symbols`."""
    vectors = {"x": cell.x, **cell.computed}
    base, _, step = name.rpartition("_")
    counted = step.isdecimal() and step == str(int(step))
    if name in cell.weights:
        entries = weight_symbols(cell, cell.weights[name])
    elif base in vectors and counted and (int(step) or base in cell.states):
        entries = symbols(name, vectors[base].shape[0])
    else:
        known = [*cell.weights, *(f"{vector}_1" for vector in vectors)]
        message = f"there is no symbol {name!r}; {choices(name, known)}"
        raise CellError(message, argument="names")
    if entries.size == 1:
        return entries.item()
    return entries if cell.weights.get(name) in cell.matrices else entries[:, 0]


def _magnitude(size: int) -> str:
    digits = size.bit_length() * 0.30103
    return f"{size:,}" if digits < 12 else f"about 10^{digits:.0f}"
