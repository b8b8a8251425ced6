"""For test suites: assert that an implementation is as near to the true values as it should be."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells.cell import Cell
from symlstm.errors import PrecisionError, ShapeError, SymlstmError, choices
from symlstm.numbers.floats import FORMATS, as_array, floats, format_named
from symlstm.numbers.ulps import ulp_distance
from symlstm.runs.outputs import OUTPUTS, returned
from symlstm.testing.deviation import AXES, Deviation, Position, first_wrong, report, table


def assert_ulp(actual: Any, reference: Any, *, max_ulp: float, dtype: str | None = None) -> None:
    """Fail unless every number is within ``max_ulp`` floats of its reference.

    ``reference`` is what `Layer.reference` returns, or the output over time as an array, or a
    mapping from names to arrays. ``actual`` is the output over time, of shape (batch, T, units), or
    without the batch; a tuple as frameworks return it, ``(out, state_h, state_c)`` or
    ``(out, (h, c))``; or a mapping from names to arrays: ``sequence_out``, ``state_h``,
    ``state_c``, and any value over time (``i``, ``f``, ``c_tilde``, ``o``, ``c``, ``h``, ``z_i``,
    ...). A first axis of length one that the reference does not have is left out. The states of a
    network's layers are told side by side. ``dtype`` is for
    arrays of float32 that hold bfloat16 numbers; else it is that of the reference. Distances are
    those of `symlstm.numbers.ulps`.

    The `AssertionError` says what went wrong first, in time and then in the cell's order of
    computation. Raises `SymlstmError` for what cannot be compared.

    >>> import numpy as np
    >>> from symlstm import LSTM
    >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> out = np.float32([0.36960635, 0.6505352, 0.78876585])
    >>> assert_ulp(out, layer.reference([1, 1, 1], dtype="float32"), max_ulp=1)
    """
    __tracebackhide__ = True
    if not max_ulp >= 0:
        raise SymlstmError(f"max_ulp is {max_ulp!r}; give zero or more", argument="max_ulp")
    expected = _expected(reference, dtype)
    deviations = _deviations(_by_name(actual, expected), expected)
    if any(deviation.beyond(max_ulp) for deviation in deviations):
        message = report(deviations, max_ulp, expected.dtype)
        raise AssertionError(f"{message}{_on_the_cell(deviations, max_ulp, expected)}")


@dataclass(frozen=True)
class ReferenceValues:
    """Reference values by name; ``order`` lists the names in the order of computation."""

    dtype: str
    order: Sequence[str]
    value: Callable[[str], Any]
    cell: Cell | None = None
    steps: float = math.inf

    @property
    def outputs(self) -> list[str]:
        """The names of what an implementation returns, in this order."""
        return [name for name in OUTPUTS if name in self.order]


def _expected(reference: Any, dtype: str | None) -> ReferenceValues:
    if hasattr(reference, "cells"):
        if dtype not in (None, reference.dtype):
            raise SymlstmError(
                f"dtype is {dtype!r}, and the reference is in {reference.dtype}; leave it out",
                argument="dtype",
            )
        return _expected_of_run(reference)
    if hasattr(reference, "histories"):
        message = "reference is a trace; give layer.reference(inputs), in the format to compare in"
        raise SymlstmError(message, argument="reference")
    arrays = reference if isinstance(reference, Mapping) else {"sequence_out": reference}
    if not arrays:
        raise SymlstmError("reference has no values; give some", argument="reference")
    return ReferenceValues(dtype or _type_of(arrays), list(arrays), arrays.__getitem__)


def _expected_of_run(reference: Any) -> ReferenceValues:
    """Return what a `Reference` has: every value of a step, the output and the states after it."""
    cell = reference.cell
    returned = {"sequence_out": cell.output.name, **{f"state_{name}": name for name in cell.states}}
    if len(reference.cells) > 1:
        value = partial(_of_all_layers, reference)
        return ReferenceValues(reference.dtype, list(returned), value, None, len(reference))
    order = ["x"]
    for equation in cell.program:
        order += [equation.lhs.name, *(n for n, v in returned.items() if v == equation.lhs.name)]
    return ReferenceValues(
        reference.dtype,
        order,
        lambda name: getattr(reference, name) if name in returned else reference[name],
        cell,
        len(reference),
    )


def _of_all_layers(reference: Any, name: str) -> NDArray[Any]:
    """Return a result of a network; states with those of its layers side by side."""
    value: NDArray[Any] = getattr(reference, name)
    return value if name == "sequence_out" else _side_by_side(value)


def _side_by_side(states: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate(list(states), axis=-1)


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


def _by_name(actual: Any, expected: ReferenceValues) -> dict[str, Any]:
    """Return by name what an implementation gave; raise for what the reference has not."""
    if hasattr(actual, "cells"):
        message = "actual is a reference; give an implementation's numbers first, then reference"
        raise SymlstmError(message, argument="actual")
    given = returned(actual, expected.outputs)
    if not given:
        raise SymlstmError("actual has no values; give some", argument="actual")
    for name in given:
        if name not in expected.order:
            message = f"the reference has no {name!r}; {choices(name, expected.order)}"
            raise SymlstmError(message, argument="actual")
    return given


def _deviations(given: Mapping[str, Any], expected: ReferenceValues) -> list[Deviation]:
    """Return how far each value is off, in the order of computation."""
    found = []
    for name in sorted(given, key=expected.order.index):
        is_last = name.startswith("state_")
        should_be = as_array(expected.value(name))
        value = _fitting(name, given[name], should_be, expected.dtype)
        ulps = ulp_distance(value, should_be, expected.dtype)
        first_step = expected.steps if is_last else 1
        value, should_be, ulps = (
            _in_full(name, array, is_last) for array in (value, should_be, ulps)
        )
        found.append(Deviation(name, value, should_be, ulps, first_step))
    return found


def _fitting(name: str, given: Any, should_be: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return numbers in the shape of their reference, without a first axis of one before it."""
    value = floats(given, format_named(dtype), argument=name)
    if value.shape == (1, *should_be.shape):
        value = value[0]
    if name.startswith("state_") and value.ndim == should_be.ndim + 1:
        value = _side_by_side(value)
    if value.shape != should_be.shape:
        message = f"{name} has shape {value.shape}, and its reference {should_be.shape}; give that"
        raise ShapeError(message, argument=name)
    return value


def _in_full(name: str, array: NDArray[Any], is_last: bool) -> NDArray[Any]:
    axes = AXES["last" if is_last else "over time"]
    if array.ndim not in axes or not array.size:
        wanted = "(batch, units)" if is_last else "(batch, T, units)"
        message = f"{name} has shape {array.shape}; give {wanted}, or without the batch"
        raise ShapeError(message, argument=name)
    return np.expand_dims(array, axes[array.ndim])


def _on_the_cell(deviations: Sequence[Deviation], max_ulp: float, expected: ReferenceValues) -> str:
    """Return what the cell says of the first wrong value, after the report on the numbers."""
    cell = expected.cell
    if cell is None:
        return ""
    first, place = first_wrong(deviations, max_ulp)
    for equation in (*cell.equations, *cell.program):
        if equation.lhs.name == first.name:
            return f"\n\n  {equation}"
    given = {deviation.name for deviation in deviations}
    inner = [e.lhs.name for e in cell.equations if e.lhs.name not in given]
    rows = [[name, _reference_at(name, place, expected)] for name in inner]
    ask = (
        f"To learn which of them is wrong first, give them as well, by name: actual is then a "
        f"mapping with {', '.join((first.name, *inner))}."
    )
    return f"\n\nReferences there:\n\n{table(*rows)}\n\n{textwrap.fill(ask, 80)}"


def _reference_at(name: str, place: Position, expected: ReferenceValues) -> str:
    try:
        values = _in_full(name, as_array(expected.value(name)), False)
    except PrecisionError:
        return "not decided"
    return str(values[place.sequence, int(place.step) - 1, place.unit])
