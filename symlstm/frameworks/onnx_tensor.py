"""Tensors that an ONNX model stores, in itself or beside it: checked before memory is taken."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError, one_line
from symlstm.files.reading import named, read_part, reason
from symlstm.numbers.budget import afford
from symlstm.optional import require

MOST_DIMENSIONS = 8
"""How many dimensions a stored tensor may have; weights have up to three."""
FIELDS = ("raw_data", "float_data", "double_data", "int32_data", "int64_data", "uint64_data")
BYTES = {
    **dict.fromkeys(("FLOAT", "INT32", "UINT32"), 4),
    **dict.fromkeys(("DOUBLE", "INT64", "UINT64"), 8),
    **dict.fromkeys(("FLOAT16", "BFLOAT16", "INT16", "UINT16"), 2),
    **dict.fromkeys(("INT8", "UINT8", "BOOL"), 1),
}
"""How many bytes a number has in a file beside the model, by its type."""


@dataclass
class Tensors:
    """Reads the tensors of a model; ``folder`` is where its file is, ``None`` if it has none."""

    folder: Path | None
    taken: int = 0

    def array(self, tensor: Any) -> NDArray[Any]:
        """Return a stored tensor.

        Raises `ModelError` for one that is not what it says, or cannot be read, and
        `TooLargeError` when the bytes beside the model come to too many.
        """
        onnx = require("onnx", "onnx")
        name = tensor.name or "a constant"
        if len(tensor.dims) > MOST_DIMENSIONS:
            raise ModelError(f"{name} has {len(tensor.dims)} dimensions; no weights have so many")
        filled = [field for field in FIELDS if len(getattr(tensor, field))]
        if len(filled) > 1:
            raise ModelError(f"{name} gives its numbers twice ({', '.join(filled)}); leave one")
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor = self._brought_in(tensor, name)
        shape, count = list(tensor.dims), math.prod(tensor.dims)
        if min(shape, default=0) < 0 or count > max(len(getattr(tensor, f)) for f in FIELDS):
            raise ModelError(
                f"{name} says that its shape is {shape}, and does not hold as many numbers"
            )
        try:
            return np.asarray(onnx.numpy_helper.to_array(tensor))
        except Exception as error:  # whatever a tensor can be wrong in
            raise ModelError(f"{name} cannot be read: {one_line(error)}") from error

    def _brought_in(self, tensor: Any, name: str) -> Any:
        """Return a tensor that is stored beside the model as one that is stored in it.

        ONNX, "External Data": a location in the model's folder, an offset and a length.
        """
        onnx = require("onnx", "onnx")
        if self.folder is None:
            raise ModelError(
                f"{name} is stored outside the model; give the model as onnx.load(path) returns "
                "it, or its path"
            )
        if any(len(getattr(tensor, field)) for field in FIELDS):
            message = f"{name} gives its numbers twice, in the model and outside of it"
            raise ModelError(f"{message}; leave one")
        keys = [entry.key for entry in tensor.external_data]
        if len(set(keys)) < len(keys):
            raise ModelError(f"{name} says twice where it is stored ({', '.join(keys)}); leave one")
        where = {entry.key: entry.value for entry in tensor.external_data}
        kinds = dict(map(reversed, onnx.TensorProto.DataType.items()))
        kind = kinds.get(tensor.data_type, tensor.data_type)
        if kind not in BYTES:
            raise ModelError(f"{name} holds {kind}, which is not read from outside the model")
        wanted = math.prod(tensor.dims) * BYTES[kind]
        offset, length = (
            _whole(where.get(key, default), f"the {key} of {name}")
            for key, default in (("offset", "0"), ("length", str(max(wanted, 0))))
        )
        if length != wanted:
            shape = list(tensor.dims)
            message = f"{name} says that its shape is {shape}, and that it has {length:,} bytes"
            raise ModelError(f"{message} outside the model; of {kind}, that is {wanted:,}")
        path = _beside(self.folder, where.get("location", ""), name)
        afford("data_bytes", self.taken + length, what=f"{named(path)}, with what is read already")
        content = read_part(path, offset, length, ModelError)
        self.taken += length
        return onnx.TensorProto(
            name=tensor.name, dims=tensor.dims, data_type=tensor.data_type, raw_data=content
        )


def _whole(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ModelError(f"{what} is {text[:40]!r}; it is a whole number of bytes")
    return int(text)


def _beside(folder: Path, location: str, name: str) -> Path:
    """Return the path of a file that is in the model's own folder, and that no link leads to."""
    both = (PurePosixPath(location), PureWindowsPath(location))
    leaves = any(path.is_absolute() or path.anchor or ".." in path.parts for path in both)
    message = f"{name} is stored in {location[:200]!r}, outside the folder of the model"
    if leaves or not location:
        raise ModelError(f"{message}; put the file beside the model, and say its name alone")
    try:
        path, home = (folder / location).resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle; names that none has
        raise ModelError(f"{location[:200]!r} cannot be read: {reason(error)}") from error
    if not path.is_relative_to(home):
        raise ModelError(f"{message}, where a link leads; put the file itself beside the model")
    return path
