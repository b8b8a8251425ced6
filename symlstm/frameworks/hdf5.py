"""HDF5 files, read without trust: text and arrays of a bounded size, all in the file itself."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError, SymlstmError, one_line
from symlstm.numbers.budget import afford
from symlstm.numbers.exact import shown
from symlstm.numbers.remembered import cached_property
from symlstm.optional import require

MOST_DIMENSIONS = 8
"""How many dimensions an array may have; weights of cells have up to two."""
Result = TypeVar("Result")


class Hdf5:
    """The content of a file; raises `ModelError` for one that is none."""

    def __init__(self, content: bytes) -> None:
        self._h5py = require("h5py", "keras")
        self._file = self._attempt("the file", lambda: self._h5py.File(BytesIO(content), "r"))

    def text(self, attribute: str, default: str | None = None) -> str:
        """Return an attribute of the file that is text, or the ``default`` where there is none."""
        value = self._attempt(attribute, lambda: self._file.attrs.get(attribute, default))
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if not isinstance(value, str):
            message = f"the file has no text {attribute}, as a model of Keras has"
            raise ModelError(f"{message}; save the whole model, not its weights alone")
        afford("text_bytes", len(value), what=attribute)
        return value

    @cached_property
    def datasets(self) -> list[str]:
        """The paths of all arrays in the file, but those behind links."""
        paths: list[str] = []

        def note(path: str | bytes, item: Any) -> None:
            if isinstance(path, str) and isinstance(item, self._h5py.Dataset):
                paths.append(path)

        self._attempt("the file", lambda: self._file.visititems(note))
        return paths

    def array(self, path: str) -> NDArray[Any]:
        """Return an array of floats, those of bfloat16 in float32.

        Raises `ModelError` for anything else at the path, and for numbers in another file.
        """
        return self._attempt(path, lambda: self._array(path))

    def _array(self, path: str) -> NDArray[Any]:
        item = self._file
        for name in path.split("/"):
            found = isinstance(item, self._h5py.Group) and name in item
            link = item.get(name, getlink=True) if found else None
            if not isinstance(link, self._h5py.HardLink):
                raise ModelError(f"the file has no {shown(path)} of its own; save the model again")
            item = item[name]
        if not isinstance(item, self._h5py.Dataset) or item.external or item.is_virtual:
            raise ModelError(f"{shown(path)} is no array that the file itself holds")
        if item.shape is None or len(item.shape) > MOST_DIMENSIONS:
            raise ModelError(f"{shown(path)} has shape {item.shape}, as no weights of a cell have")
        afford("values", item.size, what=path)
        stored = item[()]
        if item.dtype == "V2":  # bfloat16, the first half of a float32, which NumPy has
            return (stored.view("<u2").astype(np.uint32) << 16).view(np.float32)
        if item.dtype.kind != "f":
            raise ModelError(f"{shown(path)} has numbers of type {item.dtype}, and no floats")
        return np.asarray(stored)

    def _attempt(self, what: str, read: Callable[[], Result]) -> Result:
        try:
            return read()
        except SymlstmError:
            raise
        except Exception as error:  # whatever a file can be wrong in
            message = f"{what} cannot be read as HDF5: {one_line(error)}"
            raise ModelError(f"{message}; save the model again") from error
