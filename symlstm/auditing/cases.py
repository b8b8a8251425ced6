"""The cases of an audit: inputs, initial states and incoming gradients, random or given."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.auditing.implementation import Implementation
from symlstm.errors import NumberError, ShapeError, SymlstmError
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.numbers.floats import as_array, floats, format_named, normal
from symlstm.runs.states import are_alike


@dataclass(frozen=True, eq=False)
class Case:
    """What one case gives to the implementation and to the reference alike.

    ``inputs`` has shape (batch, T, input_dim), the initial states that of the layer, and
    ``grad_sequence``, the gradient of a loss by the output over time, (batch, T, units).
    """

    number: int
    inputs: NDArray[Any]
    initial_state: list[NDArray[Any]] | None = None
    grad_sequence: NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class Cases:
    """The cases by number; each has a random generator of its own, so that any can be made alone.

    ``given`` inputs, of shape (cases, batch, T, input_dim), take the place of random ones.
    """

    implementation: Implementation
    shape: tuple[int, int]
    """How many sequences a case has, and how many steps."""
    count: int
    seed: int
    initial_state: bool
    gradients: bool
    given: NDArray[Any] | None = None

    def __getitem__(self, number: int) -> Case:
        format_ = format_named(self.implementation.dtype)
        rng = np.random.default_rng([self.seed, number])
        layer = self.implementation.layer
        if self.given is None:
            inputs = normal(rng, (*self.shape, layer.input_dim), format_)
        else:
            inputs = self.given[number]
        states = None
        if self.initial_state:
            shapes = state_shapes(layer, len(inputs))
            states = [normal(rng, shape, format_) for shape in shapes]
        if not self.gradients:
            return Case(number, inputs, states)
        shape = layer.output_shape(*inputs.shape[:2])
        return Case(number, inputs, states, normal(rng, shape, format_))

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What tells these cases from others, whatever their count."""
        first = self[0]
        arrays = [first.inputs if self.given is None else self.given, *(first.initial_state or [])]
        arrays += [] if first.grad_sequence is None else [first.grad_sequence]
        digest = hashlib.sha256()
        for array in arrays:
            digest.update(repr((array.dtype.name, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return {
            "seed": self.seed,
            "shape": list(first.inputs.shape),
            "initial_state": self.initial_state,
            "gradients": self.gradients,
            "inputs": digest.hexdigest(),
        }


def cases_of(
    implementation: Implementation,
    inputs: Any,
    *,
    cases: int,
    steps: int,
    batch: int,
    seed: int,
    initial_state: bool,
    gradients: bool | None,
) -> Cases:
    """Return the cases that the arguments of `audit` ask for; raise for those that do not fit."""
    if gradients and not implementation.gradients:
        message = f"{implementation.name} gives no gradients; leave gradients out"
        raise SymlstmError(message, argument="gradients")
    if initial_state and not are_alike([one.cell for one in implementation.layer.layers]):
        message = "initial_state=True is for layers whose states have the same names and sizes"
        raise SymlstmError(f"{message}; leave it out", argument="initial_state")
    count = whole_number(cases, argument="cases")
    shape = whole_number(batch, argument="batch"), whole_number(steps, argument="steps")
    given = None if inputs is None else _given(implementation, inputs)
    afford("cases", count, what=f"cases is {written(count)}", argument="cases")
    if given is None:
        size, what = math.prod(shape) * implementation.layer.input_dim, f"steps is {shape[1]}"
        afford("values", size, what=f"{what}, of {shape[0]} sequences", argument="steps")
    return Cases(
        implementation,
        shape,
        count if given is None else len(given),
        whole_number(seed, argument="seed", least=0),
        initial_state,
        implementation.gradients if gradients is None else gradients,
        given,
    )


def _given(implementation: Implementation, inputs: Any) -> NDArray[Any]:
    """Return given inputs as (cases, batch, T, input_dim)."""
    try:
        given = as_array(inputs)
    except ValueError as error:
        message = "inputs differ in shape; give cases of one shape, or audit them one by one"
        raise ShapeError(message, argument="inputs") from error
    array = floats(given, format_named(implementation.dtype), argument="inputs")
    array = array[None] if array.ndim == 3 else array
    dim = implementation.layer.input_dim
    if array.ndim != 4 or array.shape[3] != dim or not array.size:
        raise ShapeError(
            f"inputs have shape {np.shape(inputs)}; give (batch, T, {dim}) or "
            f"(cases, batch, T, {dim}), with something in it",
            argument="inputs",
        )
    if not np.all(np.isfinite(array)):
        message = "inputs have an infinity or a NaN in them; give finite numbers"
        raise NumberError(message, argument="inputs")
    return array


def state_shapes(layer: Any, batch: int) -> Sequence[tuple[int, ...]]:
    """Return the shapes of the initial states of a layer, or a network, in their order."""
    several = (len(layer.layers),) if len(layer.layers) > 1 else ()
    return [(*several, batch, int(s.shape[0])) for s in layer.layers[0].cell.states.values()]
