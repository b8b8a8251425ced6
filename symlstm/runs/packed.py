"""Packed sequences, as PyTorch has them: one after the other step by step, the longest first."""

from __future__ import annotations

from typing import Any

import numpy as np

from symlstm.errors import ShapeError, SymlstmError
from symlstm.numbers.arrays import Array
from symlstm.numbers.budget import afford
from symlstm.numbers.floats import as_array

FIELDS = ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
"""What the tuple of a ``PackedSequence`` has, by name."""


def is_packed(inputs: Any) -> bool:
    """Say whether inputs are a ``PackedSequence`` of PyTorch."""
    return isinstance(inputs, tuple) and getattr(inputs, "_fields", ()) == FIELDS


def unpacked(inputs: Any, mask: Any, sequence_lens: Any) -> tuple[Any, Any]:
    """Return inputs as an array, and how many steps of each sequence count.

    Of a packed sequence that is an array of shape (batch, T, input_dim), in the order that the
    sequences had before they were packed, and its lengths; anything else stays what it is. Raises
    `SymlstmError` for a packed sequence together with a mask or lengths.

    PyTorch, torch/nn/utils/rnn.py: PackedSequence.
    """
    if not is_packed(inputs):
        return inputs, sequence_lens
    for argument, value in (("mask", mask), ("sequence_lens", sequence_lens)):
        if value is not None:
            message = "inputs are packed, and say how long each sequence is"
            raise SymlstmError(f"{message}; leave out {argument}", argument=argument)
    data, sizes = as_array(inputs.data), as_array(inputs.batch_sizes)
    counts = sizes.ndim == 1 and sizes.size > 0 and sizes.dtype.kind in "iu"
    falling = counts and sizes[-1] > 0 and (np.diff(sizes) <= 0).all()
    if data.ndim != 2 or not falling or sizes.sum() != len(data):
        message = "inputs are packed, and batch_sizes do not fit the data"
        raise ShapeError(f"{message}; pack them with pack_padded_sequence", argument="inputs")
    lengths = (sizes[:, None] > np.arange(sizes[0])).sum(axis=0)
    afford("values", int(sizes[0]) * data.shape[1] * len(sizes), what="inputs", argument="inputs")
    order = np.arange(sizes[0])
    if inputs.unsorted_indices is not None:
        order = as_array(inputs.unsorted_indices)
    return _padded(data, lengths)[order], lengths[order]


def _padded(data: Array, lengths: Array) -> Array:
    padded = np.zeros((len(lengths), lengths[0], data.shape[1]), dtype=data.dtype)
    steps, rows = np.nonzero(np.arange(lengths[0])[:, None] < lengths)
    padded[rows, steps] = data
    return padded
