"""Inputs from a file."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import SymlstmError

KEY = "inputs"


def load_inputs(path: Path) -> NDArray[Any]:
    """Return the array of a .npy file; of a .npz file that called ``inputs``, or the only one.

    Nothing is unpickled. Raises `SymlstmError` for a file that cannot be read as one.
    """
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded
            array: NDArray[Any] = loaded[_name(path, loaded.files)]
            return array
    except SymlstmError:
        raise
    except (OSError, EOFError, ValueError, BadZipFile, zlib.error, MemoryError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is none"
        message = f"{path}: cannot be read as a .npy or .npz file of numbers: {reason}"
        raise SymlstmError(message, argument="inputs") from error


def _name(path: Path, names: Sequence[str]) -> str:
    if KEY in names:
        return KEY
    if len(names) != 1:
        message = f"{path}: holds {', '.join(names) or 'nothing'}; call one array {KEY!r}"
        raise SymlstmError(message, argument="inputs")
    return names[0]
