"""Inputs, and weights, from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from symlstm.errors import SymlstmError
from symlstm.files.arrays import read_arrays

KEY = "inputs"


def load_inputs(path: Path) -> NDArray[Any]:
    """Return the array of a .npy file; of a .npz file that called ``inputs``, or the only one.

    Nothing is unpickled, and no memory is taken for what the file does not hold. Raises
    `SymlstmError` for a file that cannot be read as one.
    """
    arrays = read_arrays(path, "inputs", lambda names: [_name(path, names)])
    return next(iter(arrays.values()))


def load_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a .npz file by name.

    Nothing is unpickled, and no memory is taken for what the file does not hold. Raises
    `SymlstmError` for a file that cannot be read as one.
    """
    arrays = read_arrays(path, "weights")
    if "" in arrays:
        message = f"{path}: holds one array without a name; give a .npz file, by the model's names"
        raise SymlstmError(message, argument="weights")
    return arrays


def _name(path: Path, names: Sequence[str]) -> str:
    if KEY in names:
        return KEY
    if len(names) != 1:
        message = f"{path}: holds {', '.join(names) or 'nothing'}; call one array {KEY!r}"
        raise SymlstmError(message, argument="inputs")
    return names[0]
