"""What a reference has, by the names under which numbers are compared with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.errors import SymlstmError
from symlstm.numbers.floats import FORMATS, as_array
from symlstm.runs.attempts import Rounded
from symlstm.runs.outputs import OUTPUTS
from symlstm.runs.stacked import Stacked

Entry = Callable[[int], str]

AXES_OF_A_WEIGHT = ("row", "column")

WEIGHT = re.compile(r"(^|\.)((W|U|b|p)_\w+|P|(recurrent_)?kernel|bias|peephole|projection)$")
"""The names of weights, and of gradients by them, in any cell."""


@dataclass(frozen=True)
class Named:
    """What a value is: its axes, the step that its first one belongs to, and words for its entries.

    ``axes`` is one of ``"over time"``, ``"last"`` and ``"whole"``, the last for what has no steps;
    ``entry`` says of the place in the last axis what it is, where "unit 3" does not.
    """

    axes: str = "over time"
    first_step: float = 1
    entry: Entry | None = None


@dataclass(frozen=True)
class ReferenceValues:
    """Reference values by name; ``order`` lists the names in the order of computation.

    ``named`` says what each of them is, and ``read`` has the value by name of a reference, or of
    the same run in another algebra, of which ``join`` puts layers side by side. Gradients are
    computed ``backward``, from the last step.
    """

    dtype: str
    order: Sequence[str]
    named: Mapping[str, Named]
    source: Any
    read: Callable[[Any, str], Any]
    cell: Cell | None = None
    backward: bool = False
    join: Callable[[str, Any], Any] = lambda _, value: value

    def value(self, name: str) -> Any:
        """Return the reference by name."""
        return self.join(name, self.read(self.source, name))

    @property
    def outputs(self) -> list[str]:
        """The names of what an implementation returns, in this order."""
        return [name for name in OUTPUTS if name in self.order]


def expected(reference: Any, dtype: str | None = None) -> ReferenceValues:
    """Return what there is to compare with; raises `SymlstmError` for what is no reference."""
    if isinstance(reference, Rounded) or hasattr(reference, "cells"):
        if dtype not in (None, reference.dtype):
            raise SymlstmError(
                f"dtype is {dtype!r}, and the reference is in {reference.dtype}; leave it out",
                argument="dtype",
            )
        return _of_gradients(reference) if isinstance(reference, Stacked) else _of_run(reference)
    if hasattr(reference, "histories") or hasattr(reference, "adjoints"):
        message = "reference is a trace; give layer.reference(inputs), in the format to compare in"
        raise SymlstmError(message, argument="reference")
    arrays = reference if isinstance(reference, Mapping) else {"sequence_out": reference}
    if not arrays:
        raise SymlstmError("reference has no values; give some", argument="reference")
    named = {name: _of_an_array(name, array) for name, array in arrays.items()}
    return ReferenceValues(dtype or _type_of(arrays), list(arrays), named, arrays, _item)


def _item(source: Mapping[str, Any], name: str) -> Any:
    return source[name]


def _of_an_array(name: str, array: Any) -> Named:
    """Return what an array in a mapping is, by a name that it would have in a reference."""
    if name.startswith("state_"):
        return Named("last", math.inf)
    if not WEIGHT.search(name):
        return Named()
    return Named("whole", math.nan, partial(_in_array, as_array(array).shape))


def _in_array(shape: tuple[int, ...], index: int) -> str:
    place = np.unravel_index(index, shape)
    return ", ".join(f"{axis} {k}" for axis, k in zip(AXES_OF_A_WEIGHT, place, strict=False))


def _of_run(reference: Any) -> ReferenceValues:
    """Return what a `Reference` has: every value of a step, the output and the states after it."""
    steps, cells = len(reference), reference.cells
    results = _results(reference, steps)
    if len(cells) == 1:
        named = _of_a_layer(reference.cell, results)
        return ReferenceValues(
            reference.dtype, list(named), named, reference, _read, reference.cell
        )
    named = {
        f"layers[{k}].{name}": what
        for k, layer in enumerate(reference.layers)
        for name, what in _of_a_layer(layer.cell, _results(layer, steps)).items()
    }
    named |= results
    join = _side_by_side if reference.attempts.result().merge is not None else _all_side_by_side
    return ReferenceValues(reference.dtype, list(named), named, reference, _read, join=join)


def _results(reference: Any, steps: int) -> dict[str, Named]:
    return {"sequence_out": Named(), **_states(reference, "state_{}", steps)}


def _of_a_layer(cell: Cell, results: Mapping[str, Named]) -> dict[str, Named]:
    """Return the values of a step in the order of computation, each result after what it is of."""
    of = {"sequence_out": cell.output.name, **{f"state_{name}": name for name in cell.states}}
    named = {"x": Named()}
    for equation in cell.program:
        named[equation.lhs.name] = Named()
        named |= {n: what for n, what in results.items() if of[n] == equation.lhs.name}
    return named


def _states(reference: Any, name: str, step: float) -> dict[str, Named]:
    """Return what the states of a run are, which stand side by side where there are layers."""
    states, entry = reference.cell.states, None
    result = {}
    for state, quantity in states.items():
        size = int(quantity.shape[0])
        if len(reference.cells) > 1:
            entry = partial(_unit_of_layer, size)
        result[name.format(state)] = Named("last", step, entry)
    return result


def _unit_of_layer(size: int, index: int) -> str:
    return f"layer {index // size}, unit {index % size}"


def _of_gradients(reference: Any) -> ReferenceValues:
    """Return what `ReferenceGradients` have, values over time before weights."""
    cells = reference.cells
    results = {"inputs": Named(), **_states(reference, "initial_state {}", 0)}
    named: dict[str, Named] = {}
    for k, layer in enumerate(reference.layers):
        prefix = f"layers[{k}]." if len(cells) > 1 else ""
        over_time = ["x", *(equation.lhs.name for equation in layer.cell.program)][::-1]
        named |= {prefix + name: Named() for name in over_time}
        if prefix:
            of_layer = {"inputs": Named(), **_states(layer, "initial_state {}", 0)}
            named |= {prefix + name: what for name, what in of_layer.items()}
    named |= results
    for k, cell in enumerate(cells):
        prefix = f"layers[{k}]." if len(cells) > 1 else ""
        named |= {prefix + name: what for name, what in _weights(cell)}
    cell = reference.cell if len(cells) == 1 else None
    join = _side_by_side if cell is None else ReferenceValues.join
    return ReferenceValues(reference.dtype, list(named), named, reference, _read, cell, True, join)


def _weights(cell: Cell) -> list[tuple[str, Named]]:
    found = [
        (weight.name, Named("whole", math.nan, partial(_in_weight, cell, [weight.name], False)))
        for weight in cell.weights.values()
    ]
    for group, members in cell.groups.items():
        names = [weight.name for weight in members]
        entry = partial(_in_weight, cell, names, True)
        found.append((group, Named("whole", math.nan, entry)))
    return found


def _in_weight(cell: Cell, names: Sequence[str], stacked: bool, index: int) -> str:
    """Return what stands at an index of a weight, or of several side by side as Keras has them."""
    rows, columns = map(int, cell.weights[names[0]].shape)
    if stacked:
        column, row = divmod(index, rows * len(names))
        name, row = f"{names[row // rows]}, ", row % rows
    else:
        name, (row, column) = "", divmod(index, columns)
    is_matrix = cell.weights[names[0]] in cell.matrices
    of = "input" if names[0] in {w.name for w in cell.groups["kernel"]} else "from unit"
    return f"{name}unit {row}, {of} {column}" if is_matrix else f"{name}unit {row}"


def _side_by_side(name: str, value: Any) -> Any:
    """Return a value of a network; states with those of its layers side by side."""
    is_state = name.startswith(("state_", "initial_state "))
    return np.concatenate(list(value), axis=-1) if is_state else value


def _all_side_by_side(name: str, value: Any) -> Any:
    """Return a value of a network that leaves its outputs apart, along a first axis."""
    is_output = name == "sequence_out"
    return np.concatenate(list(value), axis=-1) if is_output else _side_by_side(name, value)


def _read(source: Any, name: str) -> Any:
    """Return a value by name of a reference, a trace, or gradients."""
    if name.startswith("layers["):
        number, _, rest = name.removeprefix("layers[").partition("].")
        return _read(source.layers[int(number)], rest)
    if name.startswith("initial_state "):
        states = list(_cell_of(source).states)
        return source.initial_state[states.index(name.partition(" ")[2])]
    if name in OUTPUTS or name == "inputs":
        return getattr(source, name)
    return source[name]


def _cell_of(source: Any) -> Cell:
    return source.cell if hasattr(source, "cell") else source.layers[0].cell


def _type_of(arrays: Mapping[str, Any]) -> str:
    value = next(iter(arrays.values()))
    name = str(value.dtype if hasattr(value, "dtype") else as_array(value).dtype)
    name = name.removeprefix("torch.").lstrip("<>=")
    known = {np.dtype(kind).str[1:]: kind for kind in ("float64", "float32", "float16")}
    name = known.get(name, name)
    if name not in FORMATS:
        message = f"reference has numbers of type {name}; give it in one of {', '.join(FORMATS)}"
        raise SymlstmError(message, argument="reference")
    return name
