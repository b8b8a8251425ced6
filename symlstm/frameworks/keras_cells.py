"""What Keras's cells become here: of an object of Keras, or of a file that holds one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from symlstm.cells import GRU, LSTM, Dense, SimpleRNN
from symlstm.cells.cell import Cell
from symlstm.equations.activations import activation
from symlstm.errors import CellError, ModelError
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.merging import MERGES
from symlstm.runs.network import Network

CELLS: Mapping[str, type[Cell]] = {
    "LSTMCell": LSTM,
    "GRUCell": GRU,
    "SimpleRNNCell": SimpleRNN,
}
"""Our cells, by the names of Keras's."""
RECURRENT = {cell.removesuffix("Cell"): cell for cell in CELLS}
"""The layers of one cell, and the classes of their cells."""
SWITCHES: Mapping[str, tuple[str, ...]] = {"GRUCell": ("reset_after",)}
"""The options of a cell, beside its activations, that Keras has by the same names."""
KNOWN = f"{', '.join(RECURRENT)}, one of their cells, RNN of such a cell, Bidirectional, or Dense"
"""What is supported, for messages."""


def of_weights(
    kind: str,
    units: Any,
    use_bias: bool,
    activations: Mapping[str, str],
    switches: Mapping[str, bool],
    weights: Mapping[str, NDArray[Any]],
) -> Layer:
    """Return the layer of a cell of Keras, given by the name of its class.

    Raises `ModelError` for an activation that does not act on every entry alone.
    """
    ours: dict[str, Any] = {o: _named(name, o) for o, name in activations.items()}
    made: Callable[..., Cell] = CELLS[kind]
    cell = made(units, len(weights["kernel"]), use_bias=use_bias, **ours, **switches)
    return cell.bind(layout="keras", **weights)


def dense(
    units: Any, use_bias: bool, activation: str, weights: Mapping[str, NDArray[Any]]
) -> Layer:
    """Return the layer of a ``Dense``; raises `ModelError` for an unknown activation."""
    ours = _named(activation, "activation")
    cell = Dense(units, len(weights["kernel"]), use_bias=use_bias, activation=ours)
    return cell.bind(layout="keras", **weights)


def _named(name: str, option: str) -> str:
    try:
        return activation(name, argument=option).name
    except CellError as error:
        raise ModelError(str(error), argument=option) from error


def stacked(
    cells: Sequence[Layer], *, go_backwards: bool = False, zero_output_for_mask: bool = False
) -> Network:
    """Return the network of ``StackedRNNCells``: each cell on the outputs of the one below.

    Raises `ModelError` for a stack that goes backwards.
    """
    if go_backwards:
        message = "go_backwards=True of StackedRNNCells is not supported"
        raise ModelError(f"{message}; make it False, and flip the inputs", argument="go_backwards")
    layers = [replace(cell, zero_output_for_mask=zero_output_for_mask) for cell in cells]
    return Network([[layer] for layer in layers])


def around_stacked() -> ModelError:
    """Return the error for a ``Bidirectional`` around ``StackedRNNCells``."""
    return ModelError(
        "Bidirectional around StackedRNNCells is not supported; take over its cells one by one, as "
        "symlstm.layers_of(model) has them"
    )


def bidirectional(layers: Sequence[Layer], merge: Any) -> Network:
    """Return the network of a ``Bidirectional``; raises `ModelError` for one that it cannot be."""
    if layers[0].go_backwards:
        message = "a forward layer with go_backwards=True is not supported; make it False"
        raise ModelError(message, argument="go_backwards")
    if merge is not None and merge not in ("concat", *MERGES):
        message = f"merge_mode is {shown(merge)}; make it 'concat', 'sum', 'mul', 'ave' or None"
        raise ModelError(message, argument="merge_mode")
    try:
        return Network([layers], merge=merge)
    except CellError as error:
        raise ModelError(f"Bidirectional: {error}") from error
