"""Weights as frameworks stack them, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symlstm.numbers.arrays import Array, rational_array
from symlstm.runs.layer import Layer

IOFC = ("i", "o", "f", "c")
"""The order of the gates in ONNX, in whose peepholes c is missing; elsewhere it is i, f, c, o."""


def by_gate(rows: Array, order: Sequence[str], wanted: Sequence[str]) -> dict[str, Any]:
    """Return each gate's part of stacked ``rows``, transposed as `Cell.bind` takes it."""
    parts = dict(zip(order, np.split(rows, len(order)), strict=True))
    return {gate: parts[gate].T for gate in wanted}


def summed(first: Any, second: Any) -> Array:
    """Return the sum of two biases, exactly: in floats, it would be rounded."""
    total: Array = rational_array(first) + rational_array(second)
    return total


def with_two_biases(
    layer: Layer, first: Any, second: Any, part: Callable[[Array], Any] = np.asarray
) -> Layer:
    """Return a layer that knows of which two biases its own is the sum.

    ``part`` makes of a framework's array what `Cell.bind` takes.
    """
    sizes = abs(rational_array(first)) + abs(rational_array(second))
    nothing = dict.fromkeys(layer.cell.groups, 0)
    bound = layer.cell.bind(**{**nothing, "bias": part(sizes)}).weights
    names = [weight.name for weight in layer.cell.groups["bias"]]
    return replace(layer, sizes={name: bound[name] for name in names})
