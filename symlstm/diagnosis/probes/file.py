"""A probe as a file: arrays by name, and what layer they are of."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import CELLS
from symlstm.cells.cell import Cell
from symlstm.diagnosis.probes.drawn import Drawn
from symlstm.diagnosis.probes.probe import Probe
from symlstm.errors import SymlstmError
from symlstm.files.arrays import read_arrays
from symlstm.files.reading import named
from symlstm.numbers.arrays import in_floats, rational_array
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

LAYER = "symlstm"
"""The name of the text that says what layer it is."""
KEPT = ("go_backwards", "zero_output_for_mask")
"""The options of a layer that are kept."""


def packed(probe: Probe) -> bytes:
    """Return a probe as a .npz file: weights, ``inputs``, ``initial_h`` and so on, ``about``.

    Weights are by the names of the layout, or as Keras stacks them; of a network, each with its
    layer, and a bias that is a sum has its terms, too. Raises `SymlstmError` for a cell that is
    not one of symlstm's: nobody could read it.
    """
    numbers, file = probe.numbers, io.BytesIO()
    cell = numbers.layer.layers[0].cell
    states = dict(zip(cell.states, numbers.states, strict=True))
    arrays = {
        "inputs": numbers.inputs,
        **{f"initial_{name}": state for name, state in states.items()},
        **_weights(numbers),
    }
    texts = {"about": probe.about, LAYER: json.dumps(_told(numbers))}
    content: dict[str, Any] = {name: np.array(text) for name, text in texts.items()}
    content |= {name: np.asarray(array, dtype=np.float32) for name, array in arrays.items()}
    np.savez(file, **content)
    return file.getvalue()


def is_probe(path: Path) -> bool:
    """Return whether a file is one that `packed` made."""
    names: list[str] = []

    def none(found: Any) -> list[str]:
        names.extend(found)
        return []

    try:
        read_arrays(path, "probe", none)
    except SymlstmError:
        return False
    return LAYER in names


def read_probe(path: Path) -> Drawn:
    """Return the numbers of a probe; raises `SymlstmError` for a file that is none."""
    arrays = read_arrays(path, "layer")
    try:
        told = json.loads(str(arrays[LAYER][()]))
        layers = [_layer(one, k, told, arrays) for k, one in enumerate(told["layers"])]
        layer = _network(layers, told) if told["levels"] else layers[0]
        states = [arrays[f"initial_{name}"] for name in layers[0].cell.states]
        return Drawn(layer, arrays["inputs"], states)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        message = f"{named(path)}: is no probe; give what symlstm probe wrote, or a model"
        raise SymlstmError(message, argument="layer") from error


def _weights(numbers: Drawn) -> dict[str, Any]:
    if numbers.arrays is not None:
        return dict(numbers.arrays)
    found: dict[str, Any] = {}
    for k, layer in enumerate(numbers.layer.layers):
        prefix = _prefix(k, isinstance(numbers.layer, Network))
        for group, members in layer.cell.groups.items():
            found[prefix + group] = in_floats(np.asarray(layer.stacked(group)))
            terms = [(layer.bias_parts or {}).get(weight.name) for weight in members]
            for j, of_all in enumerate(zip(*(term for term in terms if term), strict=True)):
                found[f"{prefix}{group}[{j}]"] = in_floats(np.concatenate(of_all))
    return found


def _prefix(k: int, is_network: bool) -> str:
    return f"layers[{k}]." if is_network else ""


def _told(numbers: Drawn) -> dict[str, Any]:
    """Return what says which layer it is."""
    layer = numbers.layer
    is_network = isinstance(layer, Network)
    return {
        "layers": [_told_of(one) for one in layer.layers],
        "levels": [len(level) for level in layer.levels] if isinstance(layer, Network) else [],
        "merge": layer.merge if isinstance(layer, Network) else None,
        "layout": None if is_network else numbers.layout,
    }


def _told_of(layer: Layer) -> dict[str, Any]:
    cell = layer.cell
    name = type(cell).__name__
    if CELLS.get(name) is not type(cell):
        message = f"{cell!r} is a cell of your own, which no file can say; use symlstm.probe"
        raise SymlstmError(f"{message}, and its diagnose", argument="layer")
    options = {one.name: _plain(getattr(cell, one.name)) for one in fields(cell)}
    return {"type": name, "options": options, **{name: getattr(layer, name) for name in KEPT}}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _layer(
    one: Mapping[str, Any], k: int, told: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> Layer:
    cell: Cell = CELLS[one["type"]](**one["options"])
    prefix = _prefix(k, bool(told["levels"]))
    if told["layout"] is not None:
        rest = {"inputs", "about", LAYER, *(f"initial_{name}" for name in cell.states)}
        weights = {name: array for name, array in arrays.items() if name not in rest}
        bound = cell.bind(layout=told["layout"], **weights)
    else:
        bound = cell.bind(**{group: arrays[prefix + group] for group in cell.groups})
    terms = bound.bias_parts or _terms(cell, prefix, arrays)
    kept: dict[str, Any] = {name: bool(one[name]) for name in KEPT}
    return replace(bound, **kept, bias_parts=terms or None)


def _terms(cell: Cell, prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the terms of biases that are sums, by name."""
    found: dict[str, Any] = {}
    for group, members in cell.groups.items():
        terms: list[list[Any]] = []
        while (name := f"{prefix}{group}[{len(terms)}]") in arrays:
            terms.append(np.split(rational_array(arrays[name]), len(members)))
        if terms:
            found |= {w.name: parts for w, *parts in zip(members, *terms, strict=True)}
    return {name: tuple(parts) for name, parts in found.items()}


def _network(layers: list[Layer], told: Mapping[str, Any]) -> Network:
    ends = np.cumsum(told["levels"])
    levels = [layers[end - n : end] for end, n in zip(ends, told["levels"], strict=True)]
    return Network(levels, told["merge"])
