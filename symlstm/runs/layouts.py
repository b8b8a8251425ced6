"""Weights as a program stacks them: read into those of a cell, and written out of a layer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells.cell import Cell
from symlstm.cells.layout import COUPLED, OF_BIASES
from symlstm.cells.layouts import LAYOUTS
from symlstm.cells.stacking import Shape, Stack
from symlstm.errors import CellError, ShapeError, choices
from symlstm.numbers.arrays import Array, filled, rational_array, sums
from symlstm.numbers.exact import real, shown
from symlstm.runs.forgetting import forget_bias_of

NESTED = "/"
"""What stands in the name of an array between those of tables in each other."""


def read(
    cell: Cell, layout: Any, given: Mapping[str, Any], forget_bias: Any = None
) -> dict[str, list[Array]]:
    """Return what each weight is the sum of, by name: most of one array, a bias of one or more.

    ``given`` are arrays by the names that the program has for them, or numbers that fill them.
    Matrices are as the formulas have them, vectors flat. Raises `CellError` for a layout that has
    no place for a weight of the cell, and for what is missing or too much, and `ShapeError`.
    """
    _validate(layout)
    stacks = _stacks(cell, layout)
    arrays = _named(cell, layout, given, stacks)
    parts: dict[str, list[Array]] = defaultdict(list)
    for stack in stacks:
        shapes = _shapes(cell, stack)
        array = _fitted(cell, layout, stack.shape(shapes), stack.name, arrays)
        for name, part in zip(stack.weights, stack.split(array, shapes), strict=True):
            parts[name].append(part)
    bias, added = forget_bias_of(cell, layout, stacks, forget_bias)
    if added:
        parts[bias] = [sums([*parts[bias], filled(added, (cell.units,))])]
    return {name: parts[name] for name in cell.weights}


def written(
    cell: Cell,
    layout: Any,
    weights: Mapping[str, Array],
    bias_parts: Mapping[str, Sequence[Array]] | None = None,
    forget_bias: Any = None,
) -> dict[str, Array]:
    """Return the arrays of a program that hold ``weights``, by its names for them.

    ``weights`` have shape (rows, columns). Of two biases, the first is all of it and the second
    zero, unless ``bias_parts`` has as many. Raises `CellError` as `read` does.
    """
    _validate(layout)
    stacks = _stacks(cell, layout)
    bias, added = forget_bias_of(cell, layout, stacks, forget_bias)
    times = Counter(name for stack in stacks for name in stack.weights)
    terms: dict[str, Iterator[Array]] = {}
    for name, count in times.items():
        shape, parts = _shape(cell, name), (bias_parts or {}).get(name, ())
        if len(parts) != count or (added and name == bias):
            whole = weights[name].reshape(shape) if name in weights else filled(0, shape)
            if added and name == bias:
                whole = sums([whole, filled(-added, shape)])
            parts = [whole, *[filled(0, shape)] * (count - 1)]
        terms[name] = iter(parts)
    return {
        stack.name: stack.join([next(terms[name]) for name in stack.weights]) for stack in stacks
    }


def by_group(
    cell: Cell, layout: str, arrays: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Return arrays of a program, such as gradients, by the groups of a cell's weights.

    Of what a program has twice, it is the first. Raises `CellError` as `read` does.
    """
    parts: dict[str, NDArray[Any]] = {}
    for stack in _stacks(cell, layout):
        shapes = _shapes(cell, stack)
        array = np.reshape(arrays[stack.name], stack.shape(shapes))
        for name, part in zip(stack.weights, stack.split(array, shapes), strict=True):
            parts.setdefault(name, part)
    return {g: cell.stack(g, lambda w: parts[w.name].reshape(w.shape)) for g in cell.groups}


def fitting(cell: Cell, given: Mapping[str, Shape | None]) -> list[str]:
    """Return the layouts that have arrays of these names, and of these shapes where there are any.

    >>> from symlstm import LSTM
    >>> fitting(LSTM(2), {"x2i": (8, 1), "h2i": None, "bi": None})
    ['dynet']
    """
    return [layout for layout in LAYOUTS if _fits(cell, layout, given)]


def _fits(cell: Cell, layout: str, given: Mapping[str, Shape | None]) -> bool:
    arrays = {LAYOUTS[layout].canonical(name): shape for name, shape in given.items()}
    stacks = {stack.name: stack for stack in _placed(cell, layout)}
    if not _applies(cell, layout) or set(arrays) != set(stacks):
        return False
    return all(
        shape in _accepted(stack.shape(_shapes(cell, stack)))
        for name, stack in stacks.items()
        if (shape := arrays[name])  # a number fills
    )


def _validate(layout: Any) -> None:
    if not isinstance(layout, str) or layout not in LAYOUTS:
        message = f"layout is {shown(layout)}; {choices(layout, LAYOUTS)}"
        raise CellError(message, argument="layout")


def _stacks(cell: Cell, layout: str) -> list[Stack]:
    """Return the arrays of a layout that a cell has; raises `CellError` where it does not apply."""
    if _applies(cell, layout):
        return _placed(cell, layout)
    placed, others = _names(_placed(cell, layout)), [one for one in LAYOUTS if _applies(cell, one)]
    names = ", ".join(f"{name}=..." for name in list(cell.weights)[:2])
    mend = f"those that fit: {', '.join(others)}" if others else f"give weights by name: {names}"
    homeless = [name for name in cell.weights if name not in placed]
    lacking = [name for name in placed if name not in cell.weights]
    why = (
        f"has no place for {', '.join(homeless)} of {cell!r}"
        if homeless
        else f"has a place for {', '.join(lacking)}, which {cell!r} has not"
    )
    lacks = f" ({LAYOUTS[layout].lacks})" if homeless and LAYOUTS[layout].lacks else ""
    message = f"the layout {layout!r}, of {LAYOUTS[layout].program}, {why}{lacks}; {mend}"
    raise CellError(message, argument="layout")


def _placed(cell: Cell, layout: str) -> list[Stack]:
    """Return the arrays of a layout whose letters a cell has: those of the cell that it is."""
    kinds = _kinds(cell, layout)
    return _present(cell, next((one for one in kinds if _holds(cell, layout, one)), kinds[0]))


def _kinds(cell: Cell, layout: str) -> tuple[tuple[Stack, ...], ...]:
    """Return the arrays of each of a program's cells, those with gates or those without."""
    gated = any("_" in name for name in cell.weights)
    return LAYOUTS[layout].gated if gated else LAYOUTS[layout].ungated or ((),)


def _present(cell: Cell, stacks: Sequence[Stack]) -> list[Stack]:
    letters = _letters(cell)
    placed = [stack for stack in stacks if stack.all_letters <= letters]
    return list({stack.name: stack for stack in placed}.values())  # the last that has a name


def _letters(cell: Cell) -> set[str]:
    return {name.partition("_")[0] for name in cell.weights}


def _names(placed: Sequence[Stack]) -> list[str]:
    """Return the weights for which arrays have a place."""
    return list(dict.fromkeys(name for stack in placed for name in stack.weights))


def _applies(cell: Cell, layout: str) -> bool:
    """Say whether a layout has the weights of a cell."""
    return any(_holds(cell, layout, stacks) for stacks in _kinds(cell, layout))


def _holds(cell: Cell, layout: str, stacks: Sequence[Stack]) -> bool:
    """Say whether arrays have a place for each weight of a cell, and for none that it lacks.

    An array that the cell has not has none of its weights, either; and a cell with a bias has all
    that there are.
    """
    placed, coupled = _present(cell, stacks), LAYOUTS[layout].coupled
    names, known = _names(placed), {stack.name for stack in placed}
    kept = [name for name in names if not coupled or name.partition("_")[2] != "f"]
    absent = [stack for stack in stacks if stack.name not in known]
    own = _letters(cell)
    own |= OF_BIASES if own & OF_BIASES else set()
    mixed = any(stack.all_letters & own for stack in absent)
    fits = set(kept) <= set(cell.weights) <= set(names) and not mixed
    return fits and _coupled(stacks, cell) <= set(cell.computed)


def _coupled(stacks: Sequence[Stack], cell: Cell) -> set[str]:
    """Return the gates of an LSTM that have no weights: the cell computes them of others."""
    weighed = {name.partition("_")[2] for name in cell.weights}
    return COUPLED - weighed if any("c" in stack.gates for stack in stacks) else set()


def _shape(cell: Cell, name: str) -> Shape:
    """Return the shape of a weight; for one that is coupled, that of another of its letter."""
    letter = name.partition("_")[0]
    same = (one for one in cell.weights.values() if one.name.partition("_")[0] == letter)
    weight = cell.weights.get(name) or next(same)
    rows, columns = map(int, weight.shape)
    return (rows, columns) if weight in cell.matrices else (rows,)


def _shapes(cell: Cell, stack: Stack) -> list[Shape]:
    return [_shape(cell, name) for name in stack.weights]


def _named(
    cell: Cell, layout: str, given: Mapping[str, Any], stacks: Sequence[Stack]
) -> dict[str, tuple[str, Array]]:
    """Return the arrays by the names of the table, each with the name that it is given by."""
    known = LAYOUTS[layout]
    names = [stack.name for stack in stacks]
    values: dict[str, tuple[str, Any]] = {}
    for name, value in _flat(given):
        usual = known.canonical(name)
        if usual not in names:
            raise CellError(_unknown(cell, layout, name, usual, names), argument=name)
        if usual in values:
            message = (
                f"{values[usual][0]} and {name} are one array of two layers; give those of one"
            )
            raise CellError(message, argument=name)
        values[usual] = name, value
    arrays = {
        usual: (name, rational_array(value, argument=name, read=real))
        for usual, (name, value) in values.items()
    }
    for name in names:
        if name not in arrays:
            shapes: dict[str, Shape | None] = {one: array.shape for one, array in arrays.values()}
            fits = _fit(fitting(cell, shapes))
            message = f"{name} is missing; the layout {layout!r} has {', '.join(names)}{fits}"
            raise CellError(message, argument=name)
    return arrays


def _flat(given: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}{NESTED}")
        else:
            yield f"{prefix}{name}", value


def _unknown(cell: Cell, layout: str, name: str, usual: str, names: Sequence[str]) -> str:
    """Return what to say of an array that a layout does not have for a cell."""
    for stack in chain.from_iterable(LAYOUTS[layout].gated):
        if stack.name == usual and not stack.all_letters <= _letters(cell):
            return f"{cell!r} has no weights {', '.join(stack.letters)}; leave out {name}"
    fits = _fit([one for one in LAYOUTS if _has_name(cell, one, name)])
    return f"the layout {layout!r} has no array {name!r}; {choices(usual, names)}{fits}"


def _has_name(cell: Cell, layout: str, name: str) -> bool:
    names = {stack.name for stack in _placed(cell, layout)}
    return _applies(cell, layout) and LAYOUTS[layout].canonical(name) in names


def hinted(cell: Cell, name: str) -> str:
    """Return what to say of an array that layouts have, and a cell does not; or nothing."""
    layouts = [layout for layout in LAYOUTS if _has_name(cell, layout, name)]
    return f"it is an array of {_listed(layouts)}; give that, too" if layouts else ""


def _fit(layouts: Sequence[str]) -> str:
    return f"; what is given is that of {_listed(layouts)}" if layouts else ""


def _listed(layouts: Sequence[str]) -> str:
    return " or ".join(f"layout={layout!r}" for layout in layouts[:3])


def _accepted(shape: Shape) -> tuple[Shape, ...]:
    """Return the shapes that an array can be given in: axes of length 1 in front may be missing."""
    bare = shape[1:] if shape[0] == 1 and len(shape) > 1 else shape
    return shape, bare, (1, *shape)


def _fitted(
    cell: Cell, layout: str, wanted: Shape, name: str, arrays: Mapping[str, tuple[str, Array]]
) -> Array:
    given, array = arrays[name]
    if array.ndim == 0:
        return np.full(wanted, array.item(), dtype=object)
    if array.shape in _accepted(wanted):
        return array.reshape(wanted)
    fits = _fit(fitting(cell, {one: other.shape for one, other in arrays.values()}))
    turned = "; that is its transpose" if array.shape == wanted[::-1] != wanted and not fits else ""
    raise ShapeError(
        f"{given} has shape {array.shape}; in the layout {layout!r} it is {wanted}{turned}{fits}",
        argument=given,
    )
