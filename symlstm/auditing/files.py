"""Inputs from a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from symlstm.errors import SymlstmError
from symlstm.files.reading import read_bytes
from symlstm.numbers.budget import afford

KEY = "inputs"
ZIPPED = b"PK"
"""What a .npz file begins with."""


def load_inputs(path: Path) -> NDArray[Any]:
    """Return the array of a .npy file; of a .npz file that called ``inputs``, or the only one.

    Nothing is unpickled, and no memory is taken for what the file does not hold. Raises
    `SymlstmError` for a file that cannot be read as one.
    """
    content = read_bytes(path, "data_bytes", SymlstmError)
    try:
        if not content.startswith(ZIPPED):
            return _array(io.BytesIO(content), len(content))
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            name = f"{_name(path, archive.files)}.npy"
            size = archive.zip.getinfo(name).file_size
            afford("data_bytes", size, what=f"{path}: {name}", argument="inputs")
            with archive.zip.open(name) as member:
                return _array(member, size)
    except SymlstmError:
        raise
    except Exception as error:  # what is packed can be damaged, or encrypted, in many ways
        message = f"{path}: cannot be read as a .npy or .npz file of numbers"
        raise SymlstmError(message, argument="inputs") from error


def _array(file: Any, size: int) -> NDArray[Any]:
    """Return the array in a file of so many bytes, whose head is believed no further than that."""
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in readers:
        raise ValueError(version)
    shape, by_column, dtype = readers[version](file)
    if dtype.hasobject or any(length < 0 for length in shape):
        raise ValueError(shape)
    count = 1
    for length in shape:
        count *= int(length)
        if count * dtype.itemsize > size:
            raise ValueError(shape)
    afford("values", count, what=f"the shape {shape}", argument="inputs")
    numbers = np.frombuffer(file.read(count * dtype.itemsize), dtype, count)
    return numbers.reshape(shape, order="F" if by_column else "C").copy()


def _name(path: Path, names: Sequence[str]) -> str:
    if KEY in names:
        return KEY
    if len(names) != 1:
        message = f"{path}: holds {', '.join(names) or 'nothing'}; call one array {KEY!r}"
        raise SymlstmError(message, argument="inputs")
    return names[0]
