"""Read the arrays of a .npy or .npz file: numbers and text, nothing that is unpickled."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from symlstm.errors import SymlstmError
from symlstm.files.reading import named, read_bytes
from symlstm.numbers.budget import afford

ZIPPED = b"PK"
"""What a .npz file begins with."""


def read_arrays(
    path: Path, argument: str, wanted: Callable[[Sequence[str]], Sequence[str]] = list
) -> dict[str, NDArray[Any]]:
    """Return the arrays in a file that are ``wanted``, by name; that of a .npy file has none.

    Nothing is unpickled, and no memory is taken for what the file does not hold. Raises
    `SymlstmError`, for an ``argument``, for a file that cannot be read as one.
    """
    content = read_bytes(path, "data_bytes", SymlstmError)
    try:
        if not content.startswith(ZIPPED):
            return {"": _array(io.BytesIO(content), len(content), argument)}
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            names = wanted(archive.files)
            sizes = {name: archive.zip.getinfo(f"{name}.npy").file_size for name in names}
            afford("data_bytes", sum(sizes.values()), what=named(path), argument=argument)
            return {name: _member(archive.zip, name, argument) for name in names}
    except SymlstmError:
        raise
    except Exception as error:  # what is packed can be damaged, or encrypted, in many ways
        message = f"{named(path)}: cannot be read as a .npy or .npz file of numbers"
        raise SymlstmError(message, argument=argument) from error


def _member(archive: ZipFile, name: str, argument: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as member:
        return _array(member, archive.getinfo(f"{name}.npy").file_size, argument)


def _array(file: Any, size: int, argument: str) -> NDArray[Any]:
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
    afford("values", count, what=f"the shape {shape}", argument=argument)
    numbers = np.frombuffer(file.read(count * dtype.itemsize), dtype, count)
    return numbers.reshape(shape, order="F" if by_column else "C").copy()
