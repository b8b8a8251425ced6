"""Safetensors files, read without trust: names and arrays, and nothing that could be run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError
from symlstm.files.reading import named, read_bytes
from symlstm.numbers.budget import afford
from symlstm.numbers.exact import shown

FLOATS: Mapping[str, tuple[str, int]] = {
    "F64": ("<f8", 8),
    "F32": ("<f4", 4),
    "F16": ("<f2", 2),
    "BF16": ("<u2", 2),
}
"""How the numbers of each type that weights can have are stored, and in how many bytes."""
MOST_DIMENSIONS = 8
"""How many dimensions a tensor may have; those of an LSTM have up to two."""
LENGTH = 8
"""How many bytes, the least one first, say how long the header is."""


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of floats in a file by name, those of bfloat16 in float32.

    Tensors of other types are left out. Raises `ModelError` for a file that is not what it says,
    and `TooLargeError` for one that is larger than a file of data may be.

    huggingface/safetensors, README: "Format".
    """
    content = read_bytes(path, "data_bytes", ModelError)
    header, start = _header(path, content)
    data = memoryview(content)[start:]
    arrays: dict[str, NDArray[Any]] = {}
    covered: list[tuple[int, int, str]] = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        kind, shape, begin, end = _entry(path, name, entry, len(data))
        covered.append((begin, end, name))
        if kind in FLOATS:
            arrays[name] = _array(path, name, kind, shape, data[begin:end])
    covered.sort()
    for (_, end, first), (begin, _, second) in pairwise(covered):
        if begin < end:
            raise _wrong(path, f"{shown(first)} and {shown(second)} are stored in the same bytes")
    return arrays


def _header(path: Path, content: bytes) -> tuple[dict[str, Any], int]:
    """Return the table of tensors, and where their numbers begin."""
    start = LENGTH + int.from_bytes(content[:LENGTH], "little")
    if len(content) < LENGTH or start > len(content):
        raise _wrong(path, "it ends before its header does")
    afford("text_bytes", start - LENGTH, what=f"the header of {named(path)}")
    try:
        header = json.loads(content[LENGTH:start], object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "its header is no JSON that gives each name once") from error
    if not isinstance(header, dict):
        raise _wrong(path, "its header is no table")
    return header, start


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is given twice")
    return table


def _entry(path: Path, name: str, entry: Any, size: int) -> tuple[str, list[int], int, int]:
    """Return the type, shape, beginning and end of a tensor, once they are what they have to be."""
    entry = entry if isinstance(entry, dict) else {}
    kind, shape, place = (entry.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not isinstance(kind, str) or not _are_counts(shape) or not _are_counts(place):
        raise _wrong(path, f"{shown(name)} does not say what its dtype, shape and data_offsets are")
    if len(shape) > MOST_DIMENSIONS:
        raise _wrong(path, f"{shown(name)} has {len(shape)} dimensions")
    if len(place) != 2 or not place[0] <= place[1] <= size:
        raise _wrong(path, f"{shown(name)} is not within the {size} bytes of its numbers")
    return kind, shape, place[0], place[1]


def _are_counts(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)


def _array(path: Path, name: str, kind: str, shape: list[int], data: memoryview) -> NDArray[Any]:
    stored, size = FLOATS[kind]
    if math.prod(shape) * size != len(data):
        message = f"{shown(name)} has {len(data)} bytes, and not those of shape {shape} in {kind}"
        raise _wrong(path, message)
    array = np.frombuffer(data, dtype=stored).reshape(shape)
    if kind == "BF16":  # the first half of a float32, which NumPy has
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _wrong(path: Path, what: str) -> ModelError:
    return ModelError(f"{named(path)}: is no safetensors file: {what}; save the model again")
