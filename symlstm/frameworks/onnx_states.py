"""The initial states of a node of an ONNX model: stored, given, zero, or to be asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError
from symlstm.frameworks.onnx_constants import Absent
from symlstm.frameworks.onnx_graph import Place
from symlstm.numbers.arrays import Array, rational_array


def initial_states(
    place: Place,
    names: Sequence[str],
    inputs: Mapping[str, str],
    R: NDArray[Any],
    batch_first: bool,
) -> tuple[dict[str, Array] | None, str | None]:
    """Return a node's initial states by name, of shape (directions, batch, units), and why not.

    Those that the model stores are what it says. Those that it is given, as an input of its own,
    and those that are zero whatever it is given, are zero: then there are none. For those that it
    computes there is the reason why a run has to be given them.
    """
    states, asked = {}, None
    for state in names:
        name = f"initial_{state}"
        array = _stored(place, inputs.get(name, ""))
        if isinstance(array, str):
            asked = asked or f"{name} {array}"
            array = None
        if array is None:
            array = np.zeros((R.shape[0], 1, R.shape[2]))
        elif batch_first and array.ndim == 3:
            array = array.transpose(1, 0, 2)
        if array.ndim != 3 or (array.shape[0], array.shape[2]) != (R.shape[0], R.shape[2]):
            first = "batch, directions" if batch_first else "directions, batch"
            message = f"{name} has shape {array.shape}; it is ({first}, units), as W and R have"
            raise ModelError(f"{message} them", argument=name)
        states[state] = rational_array(array, argument=name)
    none = asked or not any(state.any() for state in states.values())
    return None if none else states, asked


def _stored(place: Place, tensor: str) -> NDArray[Any] | str | None:
    """Return an initial state that is stored, ``None`` for zeros, or why a run has to have it."""
    found = place.find(tensor) if tensor else None
    if found is None or not isinstance(found, Absent):
        return found
    is_input = found.given is not None and not found.by
    return None if is_input or place.is_zero(tensor) else found.why
