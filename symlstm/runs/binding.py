"""Bind a cell: numbers for its weights, in any form that a user gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.cells.options import OF_A_RUN
from symlstm.equations.expression import Quantity
from symlstm.errors import CellError, ShapeError, choices
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import real
from symlstm.runs.layer import Layer


def bind(cell: Cell, weights: Mapping[str, Any]) -> Layer:
    """Return the layer of ``cell`` with ``weights`` by group, in any form `Cell.bind` takes."""
    groups = cell.groups
    for name in weights:
        if name not in groups:
            known = choices(name, groups, {**_parts(cell), **OF_A_RUN})
            raise CellError(f"{cell!r} has no weights {name!r}; {known}", argument=name)
    numbers: dict[str, Array] = {}
    for group, members in groups.items():
        if group not in weights:
            instead = " (bias=0, or a cell with use_bias=False)" if group == "bias" else ""
            raise CellError(f"{group} is missing; give it numbers{instead}", argument=group)
        numbers.update(_group(cell, group, members, weights[group]))
    for array in numbers.values():
        array.setflags(write=False)
    return Layer(cell, {name: numbers[name] for name in cell.weights})


def _parts(cell: Cell) -> dict[str, str]:
    """Return what to say of each weight that is given as an entry of a group, or as all of it."""
    said = {}
    for group, members in cell.groups.items():
        for weight in members:
            gate = weight.name.partition("_")[2]
            entry = f"{group}={{{gate!r}: ...}}" if gate else f"{group}=..."
            transposed = ", its transpose" if weight in cell.matrices else ""
            said[weight.name] = f"is given as {entry}{transposed}"
    return said


def _group(cell: Cell, group: str, members: list[Quantity], value: Any) -> dict[str, Array]:
    gates = {quantity.name.partition("_")[2]: quantity for quantity in members}
    if isinstance(value, Mapping):
        if not any(gates):
            message = f"{group} has no gates in {cell!r}; give a number or an array"
            raise CellError(message, argument=group)
        for gate in value:
            if gate not in gates:
                raise CellError(
                    f"{group} has no gate {gate!r}; {choices(gate, gates)}", argument=group
                )
        missing = [gate for gate in gates if gate not in value]
        if missing:
            raise CellError(f"{group} misses the gate {missing[0]!r}; give it", argument=group)
        parts = {
            gate: rational_array(value[gate], argument=f"{group}.{gate}", read=real)
            for gate in gates
        }
        return {q.name: _part(cell, q, parts[gate], f"{group}.{gate}") for gate, q in gates.items()}
    array = rational_array(value, argument=group, read=real)
    wanted = _stacked_shape(cell, members[0], len(members))
    if array.ndim and array.shape != wanted:
        raise ShapeError(_misfit(group, array, wanted), argument=group)
    split = np.split(array, len(members), axis=-1) if array.ndim else [array] * len(members)
    return {q.name: _part(cell, q, part, group) for q, part in zip(members, split, strict=True)}


def _part(cell: Cell, quantity: Quantity, array: Array, argument: str) -> Array:
    """Return one gate's numbers, given as Keras stores them, as the formulas orient them."""
    wanted = _stacked_shape(cell, quantity, 1)
    if array.ndim == 0:
        return np.full([int(size) for size in quantity.shape], array.item(), dtype=object)
    if array.shape != wanted:
        raise ShapeError(_misfit(argument, array, wanted), argument=argument)
    return array.T if quantity in cell.matrices else array[:, None]


def _stacked_shape(cell: Cell, quantity: Quantity, gates: int) -> tuple[int, ...]:
    rows, columns = map(int, quantity.shape)
    return (columns, gates * rows) if quantity in cell.matrices else (gates * rows,)


def _misfit(argument: str, array: Array, wanted: tuple[int, ...]) -> str:
    hint = "; that is its transpose" if array.shape == wanted[::-1] != wanted else ""
    return f"{argument} has shape {array.shape}; give a number or shape {wanted}, as Keras{hint}"
