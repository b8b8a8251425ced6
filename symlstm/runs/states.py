"""The states of a network: in one array where its layers remember alike, or else layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.errors import CellError, ShapeError
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import real


class HasCell(Protocol):
    """A layer, or the trace of one."""

    @property
    def cell(self) -> Cell:
        """The cell that is run."""


Having = TypeVar("Having", bound=HasCell)


def remembering(layers: Sequence[HasCell]) -> list[int]:
    """Return the numbers of the layers that have states."""
    return [k for k, layer in enumerate(layers) if layer.cell.states]


def timed(layers: Sequence[Having]) -> Having:
    """Return the layer that goes through time as a run of all does: the first that remembers.

    Others see every step, also one that a mask leaves out.
    """
    return layers[next(iter(remembering(layers)), 0)]


def last_that_remembers(levels: Sequence[Sequence[HasCell]]) -> int:
    """Return the number of the last level with a layer that has states; -1 where none has."""
    having = (k for k, level in enumerate(levels) if remembering(level))
    return max(having, default=-1)


def are_alike(cells: Sequence[Cell]) -> bool:
    """Whether all cells that remember have states of the same names and sizes."""
    kinds = {tuple((n, int(s.shape[0])) for n, s in c.states.items()) for c in cells if c.states}
    return len(kinds) <= 1


def stacked(each: Sequence[Any], cells: Sequence[Cell], name: str) -> Any:
    """Return what each layer has, by layer along the first axis where there are several.

    Raises `CellError` where their states are not alike: ``name`` is then asked of each; and where
    none has any.
    """
    if not each:
        raise CellError(f"no layer remembers anything, so that there is no {name!r}")
    if not are_alike(cells):
        message = f"the layers have states of other names or sizes, and no {name!r} together"
        raise CellError(f"{message}; ask each of the layers[k] for it")
    return np.stack(each) if len(each) > 1 else each[0]


def together(each: Sequence[Sequence[Any]], cells: Sequence[Cell]) -> list[Any]:
    """Return the states of each layer as those of all: the inverse of `split_states`."""
    if len(each) == 1:
        return list(each[0])
    if not each or not are_alike(cells):
        return list(each)
    return [np.stack(states) for states in zip(*each, strict=True)]


def split_states(layers: Sequence[HasCell], initial_state: Sequence[Any] | None) -> list[Any]:
    """Return the initial state of each layer, or of each trace of one; see `Network.run`.

    Of a layer that remembers nothing, and where none is given, it is ``None``.
    """
    each: list[Any] = [None] * len(layers)
    if initial_state is None:
        return each
    numbers = remembering(layers)
    found = _split([layers[k].cell for k in numbers], initial_state)
    for k, states in zip(numbers, found, strict=True):
        each[k] = states
    return each


def _split(cells: Sequence[Cell], initial_state: Sequence[Any]) -> Sequence[Any]:
    if len(cells) == 1:
        return [initial_state]
    listed = isinstance(initial_state, list | tuple)
    if not are_alike(cells):
        if not listed or len(initial_state) != len(cells):
            wanted = ", ".join(f"[{', '.join(cell.states)}]" for cell in cells)
            message = f"initial_state takes the states of each layer, [{wanted}]"
            raise ShapeError(message, argument="initial_state")
        return initial_state
    names = list(cells[0].states) if cells else []
    if not listed or len(initial_state) != len(names):
        message = f"initial_state takes [{', '.join(names)}], each for all {len(cells)} layers"
        raise ShapeError(message, argument="initial_state")
    each: list[list[Any]] = [[] for _ in cells]
    for name, numbers in zip(names, initial_state, strict=True):
        array = rational_array(numbers, argument=f"initial_state {name}", read=real)
        if array.ndim and len(array) != len(cells):
            message = f"initial_state {name} has shape {array.shape}; give a number, or an entry"
            message += f" for each of the {len(cells)} layers along the first axis"
            raise ShapeError(message, argument="initial_state")
        for k, states in enumerate(each):
            states.append(array[k] if array.ndim else array)
    return each
