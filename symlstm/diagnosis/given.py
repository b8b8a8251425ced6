"""The setup of a run as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.diagnosis.setup import Numbers, Part, Setup
from symlstm.equations.equation import Equation
from symlstm.errors import SymlstmError
from symlstm.runs.given import Given
from symlstm.runs.layer import Layer
from symlstm.runs.layer_given import LayerGiven
from symlstm.runs.network_given import NetworkGiven
from symlstm.runs.runnable import Runnable

OVER_TIME = 3
"""How many axes inputs have: (batch, T, input_dim)."""


def setup_of(
    runnable: Runnable,
    inputs: Any,
    initial_state: Sequence[Any] | None,
    mask: Any,
    sequence_lens: Any,
) -> Setup:
    """Return the setup of a run as it should be; raises what the run would raise."""
    return setup_of_given(runnable.given(inputs, initial_state, mask, sequence_lens))


def setup_of_given(given: Given) -> Setup:
    """Return the setup of the numbers that a run was given."""
    if not all(cell.states for cell in given.cells):
        message = "layer remembers nothing, or has a head, of which no mistakes are known"
        mend = "of a network, diagnose the layers below it: Network(network.levels)"
        raise SymlstmError(f"{message}; {mend}", argument="layer")
    if isinstance(given, LayerGiven):
        return _of_layer(given)
    assert isinstance(given, NetworkGiven)
    each = zip(given.layers, given.states, strict=True)
    parts = tuple(_part(layer, layer.initial(state, given.batch)) for layer, state in each)
    inputs = given.inputs if given.inputs.ndim == OVER_TIME else given.inputs[None]
    shape = inputs.shape[:2]
    mask, lengths = given.options["mask"], given.options["sequence_lens"]
    counts = None if mask is None else np.broadcast_to(np.asarray(mask, dtype=bool), shape)
    lengths = None if lengths is None else np.asarray(lengths)
    levels = tuple(map(len, given.levels))
    return Setup(parts, levels, given.merge, inputs, counts, lengths)


def _part(layer: Layer, states: Mapping[str, Numbers]) -> Part:
    ways = layer.go_backwards, layer.zero_output_for_mask
    cell = _interned(layer.cell, layer.cell.program)
    return Part(cell, layer.weights, layer.bias_parts or {}, states, *ways)


@lru_cache(maxsize=64)
def _interned(cell: Cell, _program: tuple[Equation, ...]) -> Cell:
    """Return the first cell that was seen of those that are equal.

    Mutations are remembered by equations, and those that are the same objects are compared fast.
    """
    return cell


def _of_layer(given: LayerGiven) -> Setup:
    """Return the setup of one layer, whose inputs are in the order of processing."""
    line = given.timeline
    counts = line.ordered(line.computed)
    every, lengths = bool(counts.all()), None if line.emptied is None else counts.sum(axis=1)
    zero_output = lengths is None and not every and bool((line.shown == line.computed).all())
    ways = line.backwards, zero_output
    cell = _interned(given.cell, given.cell.program)
    part = Part(cell, given.weights, given.terms, given.states, *ways)
    mask = None if every or lengths is not None else counts
    return Setup((part,), (), None, line.ordered(given.inputs), mask, lengths)
