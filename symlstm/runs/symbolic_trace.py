"""Unroll a cell symbolically: closed forms on request, a straight-line program throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from symlstm.algebras.evaluate import History, evaluate
from symlstm.algebras.symbolic import SymbolicAlgebra, symbols
from symlstm.cells.cell import Cell
from symlstm.cells.symbols import weight_symbols
from symlstm.errors import CellError, TooLargeError
from symlstm.numbers.arrays import Array, exported, filled
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.numbers.remembered import cached_property
from symlstm.passes.substitute import MAX_SIZE, Definitions
from symlstm.runs.trace import Layout, Trace


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

    def __getstate__(self) -> dict[str, Any]:
        # Closed forms are found again; they may be deeper than a pickle can hold.
        return {name: value for name, value in vars(self).items() if name != "_graph"}

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
    afford("nodes", max_size, what="max_size", argument="max_size")
    terms = steps * max(cell.weight_count, len(cell.program))
    afford("symbolic_terms", terms, what=f"steps is {written(steps)}", argument="steps")
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
    constants = {
        name: weight_symbols(weight, cell.matrices) for name, weight in cell.weights.items()
    }
    evaluate(cell.program, algebra, constants, history, range(1, steps + 1))
    layout: Layout = "scalar" if cell.is_scalar else "sequence"
    return SymbolicTrace(cell, algebra, constants, (history,), layout, max_size=max_size)


def _magnitude(size: int) -> str:
    digits = size.bit_length() * 0.30103
    return f"{size:,}" if digits < 12 else f"about 10^{digits:.0f}"
