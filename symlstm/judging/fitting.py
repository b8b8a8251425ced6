"""An implementation's numbers, fitted to the shapes of their references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import NumberError, ShapeError, SymlstmError, choices, one_line
from symlstm.judging.arranged import fitting
from symlstm.judging.deviation import AXES, Deviation
from symlstm.judging.expected import Named, ReferenceValues
from symlstm.numbers.floats import as_array, floats, format_named
from symlstm.numbers.ulps import of_the_largest, ulp_distance
from symlstm.runs.arrangements import Arrangement
from symlstm.runs.outputs import returned

OF_EACH = ({"last-step-alone", "last-of-each-direction"}, {"last-of-each-direction"})
"""The layouts that have the last step of the only direction, and of each of several."""


def by_name(actual: Any, expected: ReferenceValues) -> dict[str, Any]:
    """Return by name what an implementation gave; raise for what the reference has not."""
    if hasattr(actual, "cells"):
        message = "actual is a reference; give an implementation's numbers first, then reference"
        raise SymlstmError(message, argument="actual")
    if not expected.outputs and not isinstance(actual, Mapping):
        message = "actual has no names, and gradients have to be told apart; give a mapping"
        raise SymlstmError(f"{message}: {{'kernel': ...}}", argument="actual")
    given = returned(_joined(actual, expected), expected.outputs)
    if not given:
        raise SymlstmError("actual has no values; give some", argument="actual")
    names = expected.spoken
    for name in given:
        if name not in names and name not in expected.named:
            message = f"the reference has no {name!r}; {choices(name, list(names))}"
            raise SymlstmError(message, argument="actual")
    found = {names.get(name, name): value for name, value in given.items()}
    if len(found) < len(given):
        raise SymlstmError("actual has a value by two names; give it by one", argument="actual")
    return found


def _joined(actual: Any, expected: ReferenceValues) -> Any:
    """Return outputs of directions that stay apart as one, where they were given one by one."""
    what = expected.named.get("sequence_out", Named())
    if not what.apart or not isinstance(actual, tuple | list) or len(actual) != len(what.ways[0]):
        return actual
    if isinstance(actual[1], tuple | list):  # (out, (h, c))
        return actual
    parts = [as_array(part) for part in actual]
    one_by_one = parts[0].ndim == np.ndim(expected.value("sequence_out"))
    return np.stack(parts) if one_by_one else actual


def deviations(
    given: Mapping[str, Any], expected: ReferenceValues, *, of_largest: bool = False
) -> list[Deviation]:
    """Return how far each value is off, in the order of computation."""
    distance, found = of_the_largest if of_largest else ulp_distance, []
    for name in sorted(given, key=expected.order.index):
        should_be = as_array(expected.value(name))
        value = _fitting(name, given[name], should_be, expected)
        ulps = distance(value, should_be, expected.dtype)
        found.append(deviation(name, value, should_be, ulps, expected))
    return found


def deviation(
    name: str, value: Any, should_be: Any, ulps: NDArray[np.float64], expected: ReferenceValues
) -> Deviation:
    """Return how far a value is off, from arrays of the shape that its reference has."""
    what = expected.named[name]
    value, should_be, ulps = (in_full(name, one, what) for one in (value, should_be, ulps))
    backward = expected.backward and what.axes == "over time"
    known = value, should_be, ulps, what.first_step, what.entry, backward
    return Deviation(name, *known, said=what.said or name)


def _fitting(
    name: str, given: Any, should_be: NDArray[Any], expected: ReferenceValues
) -> NDArray[Any]:
    """Return numbers in the shape of their reference, without a first axis of one before it."""
    try:
        given = as_array(given)
    except (RuntimeError, TypeError, ValueError) as error:  # a list of tensors, one without numbers
        message = f"{name} is no array: {one_line(error)}; give one array, or one tensor"
        raise NumberError(message, argument=name) from error
    if should_be.size and not given.size:
        raise _of_another_shape(name, given, should_be, expected)
    value = floats(given, format_named(expected.dtype), argument=name)
    value = in_steps(value, should_be, expected.named[name])
    beside = expected.named[name].apart or "state" in name
    if value.shape == (1, *should_be.shape):
        value = value[0]
    if beside and value.ndim == should_be.ndim + 1:
        value = np.concatenate(list(value), axis=-1)
    if value.shape != should_be.shape:
        raise _of_another_shape(name, given, should_be, expected)
    return value


def in_steps(value: NDArray[Any], should_be: NDArray[Any], what: Named) -> NDArray[Any]:
    """Return a value with the axis of time that its reference has, if it has no steps to tell."""
    shape = should_be.shape
    is_bare = what.alone and value.shape == (*shape[:-2], *shape[-1:])
    return value.reshape(shape) if is_bare else value


def _of_another_shape(
    name: str, given: Any, should_be: NDArray[Any], expected: ReferenceValues
) -> ShapeError:
    """Return the error for an array of another shape, which says in which layout it would fit."""
    array, what = as_array(given), expected.named[name]
    message = f"{name} has shape {array.shape}, and its reference {should_be.shape}; give that"
    if what.axes == "whole" and array.shape == should_be.shape[::-1]:
        return ShapeError(f"{message}: this is that of its transpose", argument=name)
    layout = fitting(array, in_full(name, should_be, what), what) if array.size else None
    fits = f": it would fit {layout.sentence}" if layout else ""
    state = layout is not None and _is_state(array, layout, what, expected)
    return ShapeError(
        f"{message}{fits}{'; give it as state_h, by name' if state else ''}", argument=name
    )


def _is_state(
    array: NDArray[Any], layout: Arrangement, what: Named, expected: ReferenceValues
) -> bool:
    """Say whether what a layout takes for the last step of each direction is the state there."""
    if layout.name not in OF_EACH[len(what.ways[-1]) > 1] or "state_h" not in expected.named:
        return False
    return np.shape(expected.value("state_h")) == array.shape


def in_full(name: str, array: NDArray[Any], what: Named) -> NDArray[Any]:
    """Return an array with all axes of (batch, T, units); what has no steps is in the last."""
    if what.axes == "whole":
        return array.reshape(1, 1, -1)
    axes = AXES[what.axes]
    if array.ndim not in axes or not array.size:
        wanted = "(batch, units)" if what.axes == "last" else "(batch, T, units)"
        message = f"{name} has shape {array.shape}; give {wanted}, or without the batch"
        raise ShapeError(message, argument=name)
    return np.expand_dims(array, axes[array.ndim])
