"""State dicts of PyTorch: the layers that names and shapes of arrays tell of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import GRU, LSTM, ProjectedLSTM, SimpleRNN
from symlstm.cells.cell import Cell
from symlstm.errors import ModelError, choices, one_line
from symlstm.frameworks.taken import listed
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

KINDS: Mapping[int, type[Cell]] = {4: LSTM, 3: GRU, 1: SimpleRNN}
"""The cells by how many gates they have, which is how many rows weight_ih has for a unit."""
NAME = re.compile(
    r"(?P<prefix>(?:.*\.)?)(?P<array>(?:weight|bias)_(?:ih|hh)|weight_hr)"
    r"(?P<place>(?:_l(?P<level>\d{1,4})(?P<reverse>_reverse)?)?)",
    re.DOTALL,
)
"""The names of the arrays: ``encoder.weight_ih_l0_reverse``; those of a cell have no level."""

Arrays = Mapping[str, Any]
Places = dict[tuple[int, bool], dict[str, Any]]
"""The arrays of a layer by level and direction, each by its name without them."""


def found(arrays: Arrays) -> dict[str, Places]:
    """Return the recurrent layers among the arrays of a model, by what their names begin with."""
    layers: dict[str, Places] = defaultdict(dict)
    for name, array in arrays.items():
        match = NAME.fullmatch(name) if isinstance(name, str) else None
        if match is not None:
            place = int(match["level"] or 0), match["reverse"] is not None
            prefix = match["prefix"].removesuffix(".")
            full = match["array"] + match["place"]
            layers[prefix].setdefault(place, {})[full] = _numbers(name, array)
    return dict(layers)


def _numbers(name: str, array: Any) -> NDArray[Any]:
    try:
        return as_array(array)
    except Exception as error:  # a tensor without numbers, or rows of different lengths
        raise ModelError(f"{name} is no array of numbers: {one_line(error)}") from error


def of_arrays(arrays: Arrays, prefix: str | None = None) -> Layer | Network:
    """Return the layer whose arrays have a ``prefix``, or the only one; see `from_torch`."""
    layers = found(arrays)
    if not layers:
        names = ", ".join(shown(name) for name in list(arrays)[:5])
        has = f"it has {names}" if names else "it is empty"
        raise ModelError(
            f"the state dict has no weight_ih_l0, as that of an LSTM or GRU has; {has}",
            argument="prefix",
        )
    known = [name for name, places in layers.items() if is_known(places)]
    if prefix is None and len(known) > 1:
        several = listed(known)
        message = f"the state dict has {len(known)} layers; say which with prefix: "
        raise ModelError(f"{message}{several}, or take symlstm.layers_of(...)", argument="prefix")
    if prefix is not None:
        prefix = prefix.removesuffix(".") if isinstance(prefix, str) else prefix
        if not isinstance(prefix, str) or prefix not in layers:
            others = choices(prefix, [repr(name) for name in layers])
            message = f"the state dict has no layer with the prefix {shown(prefix)}; {others}"
            raise ModelError(message, argument="prefix")
    name = next(iter(known or layers)) if prefix is None else prefix
    return of_places(name, layers[name])


def is_known(places: Places) -> bool:
    """Say whether arrays are those of an LSTM, GRU or RNN."""
    return all(_gates(arrays) in KINDS for arrays in places.values())


def of_places(name: str, places: Places) -> Layer | Network:
    """Return the layer, or the network, of arrays by level and direction; ``name`` it has."""
    levels = 1 + max(level for level, _ in places)
    directions = [False, True] if any(reverse for _, reverse in places) else [False]
    each = [(level, reverse) for level in range(min(levels, len(places))) for reverse in directions]
    missing = [place for place in each if place not in places]
    if missing or len(each) != len(places):
        level, reverse = missing[0] if missing else (len(places), False)
        lacking = f"weight_ih_l{level}{'_reverse' if reverse else ''}"
        raise _wrong(name, f"{lacking} is missing, and others of its kind are there")
    kinds = [set(_kinds(arrays)) for arrays in places.values()]
    odd = {kind for one in kinds for kind in one if not all(kind in each for each in kinds)}
    if odd:
        raise _wrong(name, f"{min(odd)} is there for some of its layers, and missing for others")
    layers = [of_layer(places[place], reverse=place[1], name=name) for place in each]
    if len(layers) == 1:
        return layers[0]
    count = len(directions)
    return Network([layers[k : k + count] for k in range(0, len(layers), count)])


def _kinds(arrays: Arrays) -> dict[str, str]:
    """Return the full names of arrays by what they are called without level and direction."""
    return {name.partition("_l")[0]: name for name in arrays}


def _gates(arrays: Arrays) -> float:
    """Return how many gates weight_ih has rows for; 0 where that cannot be told."""
    full = _kinds(arrays)
    shapes = {kind: np.shape(arrays[name]) for kind, name in full.items()}
    units = shapes.get("weight_hr", shapes.get("weight_hh", ()))[-1:]
    rows = shapes.get("weight_ih", ())[:1]
    return rows[0] / units[0] if rows and units and units[0] else 0


def of_layer(
    arrays: Arrays, *, reverse: bool = False, name: str = "", activation: str = "tanh"
) -> Layer:
    """Return the layer of one level and direction; raises `ModelError` for what is none's.

    ``activation`` is that of an RNN, of which the arrays say nothing.
    """
    full = _kinds(arrays)
    needed = ["weight_ih", "weight_hh"]
    biases = ["bias_ih", "bias_hh"]
    needed += biases if any(bias in full for bias in biases) else []
    for kind in needed:
        if kind not in full:
            some = next(iter(full.values()))
            raise _wrong(name, f"{some.replace(next(iter(full)), kind)} is missing")
    numbers = {kind: as_array(arrays[name]) for kind, name in full.items()}
    for kind, array in numbers.items():
        if array.ndim != (1 if kind in biases else 2) or not array.size:
            raise _wrong(name, f"{full[kind]} has shape {array.shape}")
    gates, (rows, dim) = _gates(arrays), numbers["weight_ih"].shape
    if gates not in KINDS:
        message = f"weight_ih has {rows} rows for {numbers['weight_hh'].shape[1]} units"
        raise _wrong(name, f"{message}, and an LSTM 4 for each, a GRU 3 and an RNN 1")
    made = KINDS[int(gates)]
    options: dict[str, Any] = {"use_bias": "bias_ih" in full}
    if "weight_hr" in full and made is LSTM:
        made, options["proj_size"] = ProjectedLSTM, numbers["weight_hr"].shape[0]
    if made is SimpleRNN:
        options["activation"] = activation
    cell = made(rows // int(gates), dim, **options)
    return replace(cell.bind(layout="torch", **numbers), go_backwards=reverse)


def _wrong(name: str, what: str) -> ModelError:
    of = f" under the prefix {name!r}" if name else ""
    return ModelError(f"the arrays{of} are no layer's: {what}", argument="prefix")
