"""Inputs from a file."""

from __future__ import annotations

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
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded as archive:
            names = archive.files
            if KEY not in names and len(names) != 1:
                message = f"{path}: holds {', '.join(names) or 'nothing'}; call one array {KEY!r}"
                raise SymlstmError(message, argument="inputs")
            array: NDArray[Any] = archive[KEY if KEY in names else names[0]]
            return array
    except (OSError, EOFError, ValueError, BadZipFile, MemoryError) as error:
        if isinstance(error, SymlstmError):
            raise
        message = f"{path}: cannot be read as a NumPy array: {error}"
        raise SymlstmError(message, argument="inputs") from error
