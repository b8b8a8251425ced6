"""Bind a cell: numbers for its weights, in any form that a user gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.cells.options import OF_A_RUN
from symlstm.cells.stacking import Shape, side_by_side
from symlstm.equations.expression import Quantity
from symlstm.errors import CellError, ShapeError, choices
from symlstm.numbers.arrays import Array, rational_array, sums
from symlstm.numbers.exact import real
from symlstm.runs.layer import Layer
from symlstm.runs.layouts import hinted, read


def bind(
    cell: Cell, weights: Mapping[str, Any], layout: Any = None, forget_bias: Any = None
) -> Layer:
    """Return the layer of ``cell`` with ``weights``, in any form that `Cell.bind` takes."""
    if layout is not None:
        parts = read(cell, layout, weights, forget_bias)
        layer = _layer(cell, {name: sums(each) for name, each in parts.items()})
        several = {name: tuple(each) for name, each in parts.items() if len(each) > 1}
        for array in chain.from_iterable(several.values()):
            array.setflags(write=False)
        return replace(layer, bias_parts=several or None)
    if forget_bias is not None:
        message = "forget_bias is what some layouts add; give layout, too, or add it to the bias"
        raise CellError(message, argument="forget_bias")
    given = [part for key, value in weights.items() for part in _parts(cell, key, value)]
    _validate(given)
    numbers: dict[str, Array] = {}
    for group in cell.groups:
        _require(cell, group, weights, given)
        numbers.update(pair for part in given if part.group == group for pair in part.read())
    return _layer(cell, numbers)


def some_weights(
    cell: Cell, weights: Mapping[str, Any], elsewhere: Mapping[str, str]
) -> dict[str, Array]:
    """Return the numbers that are given for some weights, as `Cell.bind` takes them for all.

    They are by the name of a weight, in its shape. ``elsewhere`` says of names that are none of
    weights where they go.
    """
    each = weights.items()
    given = [part for key, value in each for part in _parts(cell, key, value, elsewhere)]
    _validate(given)
    pairs = (pair for part in given for pair in part.read())
    return {name: array.reshape(cell.weights[name].shape) for name, array in pairs}


def _layer(cell: Cell, numbers: Mapping[str, Array]) -> Layer:
    """Return the layer of weights whose vectors are flat."""
    shaped = {name: numbers[name].reshape(weight.shape) for name, weight in cell.weights.items()}
    for array in shaped.values():
        array.setflags(write=False)
    return Layer(cell, shaped)


@dataclass(frozen=True)
class _Part:
    """A value that is given for some weights of a group: one of them, or all, side by side.

    With ``turned`` its matrices are as Keras stores them, and else as the formulas have them.
    """

    cell: Cell
    argument: str
    group: str
    weights: tuple[Quantity, ...]
    value: Any
    turned: bool
    by_gate: bool

    def read(self) -> Iterator[tuple[str, Array]]:
        """Yield the numbers of each weight: matrices as the formulas have them, vectors flat."""
        array = rational_array(self.value, argument=self.argument, read=real)
        shapes = [self._shape(weight) for weight in self.weights]
        names = [weight.name for weight in self.weights]
        if array.ndim == 0:
            yield from (
                (name, np.full(shape, array.item(), dtype=object))
                for name, shape in zip(names, shapes, strict=True)
            )
        elif self.turned:
            yield from zip(names, self._of_keras(array, shapes), strict=True)
        else:
            yield names[0], self._of_the_formula(array, *shapes)

    def _shape(self, weight: Quantity) -> Shape:
        rows, columns = map(int, weight.shape)
        return (rows, columns) if weight in self.cell.matrices else (rows,)

    def _of_keras(self, array: Array, shapes: list[Shape]) -> list[Array]:
        gates = tuple(weight.name.partition("_")[2] for weight in self.weights)
        stack = side_by_side(self.group, self.cell.letters[self.group], gates)
        wanted = stack.shape(shapes)
        if array.shape != wanted:
            message = _misfit(self.argument, array, wanted, ", as Keras")
            raise ShapeError(message, argument=self.argument)
        if self.by_gate and len(shapes[0]) == 2 and _ambiguous(array):
            raise CellError(self._either(), argument=self.argument)
        return stack.split(array, shapes)

    def _either(self) -> str:
        """Return what to say of a square matrix, of which half of the people mean the transpose."""
        name = self.weights[0].name
        seen = {"kernel": f" of {name} x_t", "recurrent_kernel": f" of {name} h_{{t-1}}"}
        return (
            f"{self.argument} is square, so it could be {name} or, as Keras stores it, its "
            f"transpose; give {name}=[...], the matrix{seen.get(self.group, '')}, or all gates "
            f"side by side as one array, {self.group}=[...], as Keras does"
        )

    def _of_the_formula(self, array: Array, *shapes: Shape) -> Array:
        if len(shapes) > 1:
            raise ShapeError(
                f"{self.argument} has shape {array.shape}, and {len(shapes)} gates; give a number, "
                f"or one for each gate by name, or a stacked array as {self.group}",
                argument=self.argument,
            )
        wanted = shapes[0]
        if array.shape == (*wanted, 1) and len(wanted) == 1:  # a column
            return array[:, 0]
        if array.shape != wanted:
            message = _misfit(self.argument, array, wanted, ", as in the formulas")
            raise ShapeError(message, argument=self.argument)
        return array


def _parts(
    cell: Cell, key: str, value: Any, elsewhere: Mapping[str, str] = OF_A_RUN
) -> Iterator[_Part]:
    """Yield what a value is given for, by the name of a group, of a letter or of a weight."""
    group = group_of(cell, key)
    if group is None:
        known = hinted(cell, key) or choices(key, _names(cell), elsewhere)
        raise CellError(f"{cell!r} has no weights {key!r}; {known}", argument=key)
    turned = key in cell.groups
    members = {weight.name.partition("_")[2]: weight for weight in cell.groups[group]}
    if key in cell.weights and not turned:
        members = {"": cell.weights[key]}
    if not isinstance(value, Mapping):
        yield _Part(cell, key, group, tuple(members.values()), value, turned, by_gate=False)
        return
    if not any(members):
        message = f"{key} has no gates in {cell!r}; give a number or an array"
        raise CellError(message, argument=key)
    for gate, one in value.items():
        if gate not in members:
            raise CellError(f"{key} has no gate {gate!r}; {choices(gate, members)}", argument=key)
        weight = (members[gate],)
        yield _Part(cell, f"{key}.{gate}", group, weight, one, turned, by_gate=True)


def group_of(cell: Cell, key: str) -> str | None:
    """Return the group that a group, a letter or a weight of the cell is, or is in."""
    for group, members in cell.groups.items():
        letter = cell.letters[group]
        if key in (group, letter) or key in [weight.name for weight in members]:
            return group
    return None


def _names(cell: Cell) -> list[str]:
    """Return all names by which weights can be given, each once."""
    letters = (cell.letters[group] for group in cell.groups)
    return list(dict.fromkeys([*cell.groups, *letters, *cell.weights]))


def _validate(given: list[_Part]) -> None:
    """Raise `CellError` for a weight that is given twice."""
    sources: dict[str, str] = {}
    for part in given:
        for weight in part.weights:
            if weight.name in sources:
                twice = f"as {sources[weight.name]} and as {part.argument}"
                message = f"{weight.name} is given twice, {twice}; leave one of them out"
                raise CellError(message, argument=part.argument)
            sources[weight.name] = part.argument


def _require(cell: Cell, group: str, weights: Mapping[str, Any], given: list[_Part]) -> None:
    """Raise `CellError` unless every weight of a group is given."""
    found = {weight.name for part in given for weight in part.weights}
    missing = [weight.name for weight in cell.groups[group] if weight.name not in found]
    if not missing:
        return
    key = next((key for key in weights if group_of(cell, key) == group), None)
    if key is None:
        instead = " (bias=0, or a cell with use_bias=False)" if group == "bias" else ""
        raise CellError(f"{group} is missing; give it numbers{instead}", argument=group)
    if isinstance(weights[key], Mapping):
        gate = missing[0].partition("_")[2]
        raise CellError(f"{key} misses the gate {gate!r}; give it", argument=key)
    raise CellError(f"{missing[0]} is missing; give it, as {key} is", argument=missing[0])


def _ambiguous(array: Array) -> bool:
    """Say whether a matrix could be its own transpose, and is not."""
    return array.shape[0] == array.shape[1] and bool((array != array.T).any())


def _misfit(argument: str, array: Array, wanted: Shape, whose: str) -> str:
    hint = "; that is its transpose" if array.shape == wanted[::-1] != wanted else ""
    return f"{argument} has shape {array.shape}; give a number or shape {wanted}{whose}{hint}"
