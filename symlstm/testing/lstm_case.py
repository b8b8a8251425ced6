"""Random LSTM layers with their true values, for tests of someone's own LSTM."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import LSTM
from symlstm.errors import SymlstmError, choices
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.numbers.floats import format_named, normal
from symlstm.runs.layer import Layer
from symlstm.runs.reference import Reference
from symlstm.testing.assertion import assert_right, assert_ulp


@dataclass(frozen=True, eq=False)
class LSTMCase:
    """A layer, its numbers as NumPy arrays of one format, inputs, and the true values.

    ``case.assert_right(out)`` compares what your own layer makes of them, of shape (batch, T,
    units). ``weights`` are stacked as Keras stacks them, the gates in the order i, f, c, o;
    ``inputs`` have shape (batch, T, input_dim), and ``initial_state`` is ``[h, c]``, each
    (batch, units).
    """

    layer: Layer
    dtype: str
    inputs: NDArray[Any] = field(repr=False)
    initial_state: list[NDArray[Any]] = field(repr=False)
    weights: Mapping[str, NDArray[Any]] = field(repr=False)

    @property
    def kernel(self) -> NDArray[Any]:
        """The weights of the inputs, of shape (input_dim, 4·units)."""
        return self.weights["kernel"]

    @property
    def recurrent_kernel(self) -> NDArray[Any]:
        """The weights of the last output, of shape (units, 4·units)."""
        return self.weights["recurrent_kernel"]

    @property
    def bias(self) -> NDArray[Any]:
        """The bias, of shape (4·units,); a layer without has none."""
        if "bias" not in self.weights:
            message = "this layer has no bias: it was asked for with use_bias=False"
            raise SymlstmError(message, argument="use_bias")
        return self.weights["bias"]

    @cached_property
    def reference(self) -> Reference:
        """The true values, rounded once; see `Layer.reference`."""
        return self.layer.reference(self.inputs, dtype=self.dtype, initial_state=self.initial_state)

    def assert_right(self, actual: Any) -> None:
        """Fail unless rounding explains every difference; see `symlstm.testing.assert_right`."""
        __tracebackhide__ = True
        assert_right(actual, self.reference)

    def assert_ulp(self, actual: Any, *, max_ulp: float) -> None:
        """Fail unless an implementation's values are near the true ones; see `assert_ulp`."""
        __tracebackhide__ = True
        assert_ulp(actual, self.reference, max_ulp=max_ulp)


def random_case(
    *,
    units: int = 4,
    input_dim: int = 3,
    steps: int = 10,
    batch: int = 2,
    dtype: str = "float32",
    seed: int = 0,
    initial_state: bool = False,
    **cell_options: Any,
) -> LSTMCase:
    """Return a random case, the same for the same ``seed``; ``cell_options`` are those of `LSTM`.

    Inputs, biases and initial states (zero without ``initial_state``) are distributed normally,
    and weights as well, divided by the square root of what they sum over. Raises `SymlstmError`
    for options that are none.

    >>> case = random_case(units=2, steps=5, recurrent_activation="hard_sigmoid")
    >>> case.inputs.shape, case.kernel.dtype
    ((2, 5, 3), dtype('float32'))
    >>> case.assert_right(case.reference.sequence_out)
    """
    of_case = [name for name in signature(random_case).parameters if name != "cell_options"]
    of_cell = list(signature(LSTM).parameters)[2:]
    for option in cell_options:
        if option not in of_cell:
            known = choices(option, [*of_case, *of_cell])
            message = f"there is no option {option!r} of a random case; {known}"
            raise SymlstmError(message, argument=option)
    cell = LSTM(units, input_dim, **cell_options)
    shape = tuple(
        whole_number(value, argument=name) for name, value in (("batch", batch), ("steps", steps))
    )
    what = f"steps is {written(shape[1])}, of {written(shape[0])} sequences"
    afford("values", math.prod(shape) * cell.input_dim, what=what, argument="steps")
    rng, format_ = np.random.default_rng(seed), format_named(dtype)

    def draw(*shape: int, scale: float = 1) -> NDArray[Any]:
        return normal(rng, shape, format_, scale=scale)

    gates = 4 * cell.units
    weights = {
        "kernel": draw(cell.input_dim, gates, scale=cell.input_dim**-0.5),
        "recurrent_kernel": draw(cell.units, gates, scale=cell.units**-0.5),
        "bias": draw(gates),
    }
    weights = {group: weights[group] for group in cell.groups}
    states = [draw(shape[0], cell.units, scale=int(initial_state)) for _ in cell.states]
    layer = cell.bind(**weights)
    return LSTMCase(layer, dtype, draw(*shape, cell.input_dim), states, weights)
