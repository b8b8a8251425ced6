"""Weights as frameworks stack them, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symlstm.numbers.arrays import Array, rational_array

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
