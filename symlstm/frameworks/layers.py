"""All that can be taken over of a model, by name, whatever it is a model of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from symlstm.errors import ModelError
from symlstm.files.reading import named
from symlstm.frameworks.keras import keras_layers
from symlstm.frameworks.keras_file import read_keras
from symlstm.frameworks.onnx import onnx_layers
from symlstm.frameworks.taken import Layers
from symlstm.frameworks.torch import PICKLES, read_state_dict, state_dict_layers, torch_layers

PACKAGES: Mapping[str, Callable[[Any], Layers]] = {
    "torch": torch_layers,
    "keras": keras_layers,
    "onnx": onnx_layers,
}
"""What reads an object, by the package of its class."""
FILES: Mapping[str, Callable[[Path], Layers]] = {
    ".safetensors": lambda path: state_dict_layers(read_state_dict(path)),
    ".keras": read_keras,
    ".h5": read_keras,
    ".hdf5": read_keras,
    ".onnx": onnx_layers,
}
"""What reads a file, by its suffix."""


def layers_of(model: Any) -> Layers:
    """Return the layers of a model that can be taken over, by the names that they have there.

    ``model`` is a module of PyTorch, a state dict, a model or layer of Keras, an ONNX model, or the
    path of a ``.safetensors``, ``.keras``, ``.h5`` or ``.onnx`` file; nothing in a file is run.
    What cannot be taken over is left out. Each is what `from_torch`, `from_keras` or `from_onnx`
    returns of it.

    Raises `ModelError` for a model of which nothing can be taken over.

    >>> weights = {"weight_ih_l0": [[1]] * 4, "weight_hh_l0": [[0]] * 4}
    >>> layers_of({f"encoder.{name}": array for name, array in weights.items()})
    {'encoder': Layer(cell=LSTM(units=1, use_bias=False))}
    """
    found = _read(model)
    if not found:
        what = named(Path(model)) if isinstance(model, str | Path) else type(model).__name__
        raise ModelError(f"{what} has no layer that can be taken over, such as an LSTM")
    return found


def _read(model: Any) -> Layers:
    if isinstance(model, str | Path):
        path = Path(model)
        if path.suffix in FILES:
            return FILES[path.suffix](path)
        if path.suffix in PICKLES:
            read_state_dict(path)  # an error, which says what to do with it
        raise ModelError(f"{named(path)}: is no model; give the path of a file {', '.join(FILES)}")
    if isinstance(model, Mapping):
        return state_dict_layers(model)
    packages = [kind.__module__.partition(".")[0] for kind in type(model).__mro__]
    for package in packages:
        if package in PACKAGES:
            return PACKAGES[package](model)
    raise ModelError(
        f"nothing of type {type(model).__name__} has layers that can be taken over; give a model "
        "of PyTorch, Keras or ONNX, a state dict, or the path of a file"
    )
