"""A layer on its way to workers, and what tells it from other layers."""

from __future__ import annotations

import hashlib
import pickle
import zlib
from functools import lru_cache
from typing import Any

from symlstm.errors import SymlstmError


def packed(layer: Any) -> bytes:
    """Return a layer as bytes, to be sent with every case and unpacked once by every worker."""
    try:
        return zlib.compress(pickle.dumps(layer), 1)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise SymlstmError(
            f"the layer cannot be sent to workers ({error}); define its cell in a module",
            argument="layer",
        ) from error


def is_of_script(layer: bytes) -> bool:
    """Whether a packed layer has something in it that the running script defines."""
    return b"__main__" in zlib.decompress(layer)


@lru_cache(maxsize=2)
def unpacked(layer: bytes) -> Any:
    """Return the layer that was packed; what is unpacked comes from the audit alone."""
    return pickle.loads(zlib.decompress(layer))


def digest(layer: Any) -> str:
    """Return a text that is the same for the same equations and numbers, on any machine.

    >>> from symlstm import LSTM
    >>> cell = LSTM(1)
    >>> first, other = (cell.bind(kernel=k, recurrent_kernel=0, bias=0) for k in (1, 2))
    >>> digest(first) == digest(cell.bind(kernel=1, recurrent_kernel=0, bias=0)) != digest(other)
    True
    """
    sha = hashlib.sha256(repr(layer).encode())
    for one in layer.layers:
        for equation in one.cell.equations:
            sha.update(f"\n{equation}".encode())
        for name, array in (*one.weights.items(), *(one.initial_state or {}).items()):
            sha.update(f"\n{name} {array.shape}: {' '.join(map(str, array.flat))}".encode())
    return sha.hexdigest()
