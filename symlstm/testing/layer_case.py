"""Random layers with their true values, for tests of someone's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import LSTM
from symlstm.cells.cell import Cell
from symlstm.errors import SymlstmError, choices
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.numbers.floats import format_named, normal
from symlstm.numbers.remembered import cached_property
from symlstm.runs.layer import Layer
from symlstm.runs.reference import Reference
from symlstm.runs.stacked import Stacked
from symlstm.testing.assertion import assert_right, assert_ulp


@dataclass(frozen=True, eq=False)
class LayerCase(Stacked):
    """A layer, its numbers as NumPy arrays of one format, inputs, and the true values.

    ``case.assert_right(out)`` compares what your own layer makes of them, of shape (batch, T,
    units). ``weights`` are stacked as Keras stacks them, the gates in the order of the equations:
    i, f, c, o, or z, r, h. As another program has them they are
    ``case.layer.stacked(layout="torch")``, exactly. ``inputs`` have shape (batch, T, input_dim),
    and ``initial_state`` is ``[h, c]``, or ``[h]``, each (batch, units); of a single sequence, both
    are without the batch.
    """

    layer: Layer
    dtype: str
    inputs: NDArray[Any] = field(repr=False)
    initial_state: list[NDArray[Any]] = field(repr=False)
    weights: Mapping[str, NDArray[Any]] = field(repr=False)

    def stacked(self, group: str) -> NDArray[Any]:
        """Return a group of weights, stacked; ``case.kernel`` is ``case.stacked("kernel")``."""
        if group not in self.weights:
            instead = ": it was asked for with use_bias=False" if group == "bias" else ""
            message = f"this layer has no {group}{instead}"
            raise SymlstmError(message, argument="use_bias" if instead else group)
        return self.weights[group]

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
    batch: int | None = 2,
    dtype: str = "float32",
    seed: int = 0,
    initial_state: bool = False,
    cell: Cell | None = None,
    **cell_options: Any,
) -> LayerCase:
    """Return a random case, the same for the same ``seed``; ``cell_options`` are those of `LSTM`.

    ``cell`` is any other cell, ``GRU(4, 3)``, with units and options of its own, and
    ``batch=None`` is for one sequence without a batch. Inputs, biases and initial states (zero
    without ``initial_state``) are distributed normally, and weights as well, divided by the square
    root of what they sum over. Raises `SymlstmError` for options that are none.

    >>> case = random_case(units=2, steps=5, recurrent_activation="hard_sigmoid")
    >>> case.inputs.shape, case.kernel.dtype
    ((2, 5, 3), dtype('float32'))
    >>> case.assert_right(case.reference.sequence_out)
    """
    if cell is None:
        cell = _lstm(units, input_dim, cell_options)
    elif not isinstance(cell, Cell) or cell_options or (units, input_dim) != (4, 3):
        message = "cell is to be a cell with options of its own: cell=GRU(4, 3)"
        raise SymlstmError(message, argument="cell")
    sequences = () if batch is None else (whole_number(batch, argument="batch"),)
    shape = (*sequences, whole_number(steps, argument="steps"))
    what = f"steps is {written(shape[-1])}, of {written(math.prod(sequences))} sequences"
    afford("values", math.prod(shape) * cell.input_dim, what=what, argument="steps")
    rng, format_ = np.random.default_rng(seed), format_named(dtype)

    def draw(*shape: int, scale: float = 1) -> NDArray[Any]:
        return normal(rng, shape, format_, scale=scale)

    weights = {group: _drawn(cell, group, draw) for group in cell.groups}
    states = [
        draw(*sequences, int(state.shape[0]), scale=int(initial_state))
        for state in cell.states.values()
    ]
    layer = cell.bind(**weights)
    return LayerCase(layer, dtype, draw(*shape, cell.input_dim), states, weights)


def _lstm(units: int, input_dim: int, options: Mapping[str, Any]) -> Cell:
    of_case = [name for name in signature(random_case).parameters if name != "cell_options"]
    of_cell = list(signature(LSTM).parameters)[2:]
    for option in options:
        if option not in of_cell:
            known = choices(option, [*of_case, *of_cell])
            message = f"there is no option {option!r} of a random case; {known}"
            raise SymlstmError(message, argument=option)
    return LSTM(units, input_dim, **options)


def _drawn(cell: Cell, group: str, draw: Callable[..., NDArray[Any]]) -> NDArray[Any]:
    """Return random numbers for a group of weights, stacked as `Cell.bind` takes them."""
    members = cell.groups[group]
    rows, columns = map(int, members[0].shape)
    if members[0] not in cell.matrices:
        return draw(len(members) * rows)
    return draw(columns, len(members) * rows, scale=columns**-0.5)
