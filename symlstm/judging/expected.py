"""What a reference has, by the names under which numbers are compared with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.errors import SymlstmError
from symlstm.judging.naming import backwards, called, directions, is_head, layer_of, side_by_side
from symlstm.numbers.floats import FORMATS, as_array
from symlstm.runs.attempts import Rounded
from symlstm.runs.merging import MERGES
from symlstm.runs.outputs import OUTPUTS
from symlstm.runs.stacked import Stacked
from symlstm.runs.states import are_alike

Entry = Callable[[int], str]

WITHOUT_LAYERS = 3
"""How many axes values over time have: (batch, T, units), unless a first one is for layers."""
AXES_OF_A_WEIGHT = ("row", "column")

WEIGHT = re.compile(r"(^|\.)((W|U|b|d|p)_\w+|P|(recurrent_)?(kernel|bias)|peephole|projection)$")
"""The names of weights, and of gradients by them, in any cell."""


@dataclass(frozen=True)
class Named:
    """What a value is: its axes, the step that its first one belongs to, and words for its entries.

    ``axes`` is one of ``"over time"``, ``"last"`` and ``"whole"``, the last for what has no steps;
    ``entry`` says of the place in the last axis what it is, where "unit 3" does not, and ``said``
    is what people call the value, where that is not its name. What is ``apart`` has a first axis
    for its layers, which are put side by side. ``ways`` says of the layers that it is of, level by
    level, which of them are backward, if it is not ``guessed``. What is ``alone`` is of a single
    step, of which there may be no axis.
    """

    axes: str = "over time"
    first_step: float = 1
    entry: Entry | None = None
    said: str = ""
    apart: bool = False
    ways: Sequence[Sequence[bool]] = ((False,),)
    guessed: bool = False
    alone: bool = False


@dataclass(frozen=True)
class ReferenceValues:
    """Reference values by name; ``order`` lists the names in the order of computation.

    ``named`` says what each of them is, and ``read`` has the value by name of a reference, or of
    the same run in another algebra, of which `join` puts layers side by side. Gradients are
    computed ``backward``, from the last step.
    """

    dtype: str
    order: Sequence[str]
    named: Mapping[str, Named]
    source: Any
    read: Callable[[Any, str], Any]
    cell: Cell | None = None
    backward: bool = False
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    def value(self, name: str) -> Any:
        """Return the reference by name; what is rounded once is kept."""
        if name not in self._known:
            self._known[name] = self.join(name, self.read(self.source, name))
        return self._known[name]

    def join(self, name: str, value: Any) -> Any:
        """Return a value by name with what its layers have apart side by side."""
        return np.concatenate(list(value), axis=-1) if self.named[name].apart else value

    @property
    def spoken(self) -> dict[str, str]:
        """The names, by what people call each value."""
        return {what.said or name: name for name, what in self.named.items()}

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
        return Named("last", math.inf, guessed=True)
    shape = as_array(array).shape
    if WEIGHT.search(name):
        return Named("whole", math.nan, partial(_in_array, shape))
    if len(shape) <= WITHOUT_LAYERS:
        return Named(guessed=True)
    names = [f"layer {number}" for number in range(1, shape[0] + 1)]
    return Named(entry=side_by_side(names, [shape[-1]] * shape[0]), apart=True)


def _in_array(shape: tuple[int, ...], index: int) -> str:
    place = np.unravel_index(index, shape)
    return ", ".join(f"{axis} {k}" for axis, k in zip(AXES_OF_A_WEIGHT, place, strict=False))


def _of_run(reference: Any) -> ReferenceValues:
    """Return what a `Reference` has: every value of a step, the output and the states after it."""
    steps, cells = len(reference), reference.cells
    if len(cells) == 1:
        named = _of_a_layer(reference.cell, _results(reference, steps))
        return ReferenceValues(
            reference.dtype, list(named), named, reference, _read, reference.cell
        )
    names = called(reference.attempts.result())
    layers = [_of_a_layer(layer.cell, _results(layer, steps)) for layer in reference.layers]
    named = _of_layers(layers, names)
    named |= {"sequence_out": _of_output(reference), **_states(reference, "state_{}", steps, names)}
    return ReferenceValues(reference.dtype, list(named), named, reference, _read)


def _results(reference: Any, steps: int) -> dict[str, Named]:
    return {"sequence_out": Named(), **_states(reference, "state_{}", steps)}


def _of_layers(
    layers: Sequence[Mapping[str, Named]], names: Sequence[Sequence[str]]
) -> dict[str, Named]:
    """Return what the layers of a network have, each by its number and, to people, by its level."""
    return {
        f"layers[{k}].{name}": replace(what, said=f"{said}, {name}")
        for k, (said, layer) in enumerate(zip(chain(*names), layers, strict=True))
        for name, what in layer.items()
    }


def _of_output(reference: Any) -> Named:
    """Return what the output of a network is, in which those of several layers may be told."""
    run = reference.attempts.result()
    top = run.levels[-1]
    if run.ends_at is not None:
        return Named(first_step=len(reference), alone=True)
    if len(top) == 1 or run.merge in MERGES:
        return Named()
    sizes = [trace.cell.output_dim for trace in top]
    entry = side_by_side(directions(top), sizes)
    return Named(entry=entry, apart=run.merge is None, ways=[backwards(top)])


def _of_a_layer(cell: Cell, results: Mapping[str, Named]) -> dict[str, Named]:
    """Return the values of a step in the order of computation, each result after what it is of."""
    of = {"sequence_out": cell.output.name, **{f"state_{name}": name for name in cell.states}}
    named = {"x": Named()}
    for equation in cell.program:
        named[equation.lhs.name] = Named()
        named |= {n: what for n, what in results.items() if of[n] == equation.lhs.name}
    return named


def _states(
    reference: Any, name: str, step: float, names: Sequence[Sequence[str]] = ()
) -> dict[str, Named]:
    """Return what the states of a run are, which stand side by side where there are layers.

    Of layers whose states are not alike there is nothing but what each has.
    """
    if not are_alike(reference.cells):
        return {}
    levels = reference.attempts.result().levels if names else []
    names = [name for name, level in zip(names, levels, strict=True) if not is_head(level)]
    levels = [level for level in levels if not is_head(level)]
    layers = list(chain(*names)) if sum(map(len, names)) > 1 else []
    result, ways = {}, [backwards(level) for level in levels] or [[False]]
    ways = ways if len({*map(len, ways)}) == 1 else [[way] for way in chain(*ways)]
    cell = next((cell for cell in reference.cells if cell.states), reference.cell)
    for state, quantity in cell.states.items():
        sizes = [int(quantity.shape[0])] * len(layers)
        entry = side_by_side(layers, sizes) if layers else None
        result[name.format(state)] = Named("last", step, entry, apart=bool(layers), ways=ways)
    return result


def _of_gradients(reference: Any) -> ReferenceValues:
    """Return what `ReferenceGradients` have, values over time before weights."""
    cells, layers = reference.cells, reference.layers
    over_time = [
        {name: Named() for name in ["x", *(one.lhs.name for one in cell.program)][::-1]}
        for cell in cells
    ]
    weights = [dict(_weights(cell)) for cell in cells]
    results = [{"inputs": Named(), **_states(one, "initial_state {}", 0)} for one in layers]
    cell = reference.cell if len(cells) == 1 else None
    if cell is not None:
        named = {**over_time[0], **results[0], **weights[0]}
    else:
        names = called(reference.attempts.result())
        states = _states(reference, "initial_state {}", 0, names)
        each = [{**one, **result} for one, result in zip(over_time, results, strict=True)]
        named = {**_of_layers(each, names), "inputs": Named(), **states}
        named |= _of_layers(weights, names)
    return ReferenceValues(reference.dtype, list(named), named, reference, _read, cell, True)


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
    of = "input" if names[0] in {w.name for w in cell.groups.get("kernel", [])} else "from unit"
    return f"{name}unit {row}, {of} {column}" if is_matrix else f"{name}unit {row}"


def _read(source: Any, name: str) -> Any:
    """Return a value by name of a reference, a trace, or gradients."""
    if name.startswith("layers["):
        number, rest = layer_of(name)
        return _read(source.layers[number], rest)
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
