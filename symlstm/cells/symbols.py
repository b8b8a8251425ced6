"""The SymPy symbols that a cell's quantities have, by the names that a user knows them by."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from symlstm.algebras.symbolic import symbols
from symlstm.equations.expression import Quantity
from symlstm.errors import CellError, choices
from symlstm.numbers.arrays import Array


def weight_symbols(weight: Quantity, matrices: Container[Quantity]) -> Array:
    """Return the symbols of a weight's entries, of shape (rows, columns)."""
    rows, columns = map(int, weight.shape)
    return symbols(weight.name, rows, columns if weight in matrices else None)


def named_symbols(
    name: str,
    weights: Mapping[str, Quantity],
    matrices: Container[Quantity],
    vectors: Mapping[str, Quantity],
    states: Container[str],
) -> Any:
    """Return the symbol or symbols of one quantity; see `Cell.symbols`.

    ``vectors`` are the input and what a step computes; of these, ``states`` have a step 0.
    """
    base, _, step = name.rpartition("_")
    counted = step.isdecimal() and step == str(int(step))
    if name in weights:
        entries = weight_symbols(weights[name], matrices)
    elif base in vectors and counted and (int(step) or base in states):
        entries = symbols(name, vectors[base].shape[0])
    else:
        known = [*weights, *(f"{vector}_1" for vector in vectors)]
        message = f"there is no symbol {name!r}; {choices(name, known)}"
        raise CellError(message, argument="names")
    if entries.size == 1:
        return entries.item()
    return entries if weights.get(name) in matrices else entries[:, 0]
