"""Files of Keras, ``.keras`` and ``.h5``, read as data: no class in them is made, nothing run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from symlstm.errors import ModelError, SymlstmError
from symlstm.files.reading import named, read_bytes
from symlstm.frameworks.keras_cells import (
    CELLS,
    KNOWN,
    RECURRENT,
    SWITCHES,
    around_stacked,
    bidirectional,
    dense,
    of_weights,
    stacked,
)
from symlstm.frameworks.keras_chain import HEADS, REMEMBERING, with_head
from symlstm.frameworks.keras_config import (
    MODELS,
    Config,
    Place,
    Placed,
    counted,
    distributed,
    entries,
    layers_in,
    links,
    name_of,
    require_own,
    table,
)
from symlstm.frameworks.keras_store import Store, opened
from symlstm.frameworks.taken import Layers, remembering
from symlstm.numbers.budget import afford
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

DIRECTIONS = ("forward", "backward")
OPTIONS = ("go_backwards", "zero_output_for_mask")


def read_keras(path: Path) -> Layers:
    """Return the layers in a file that can be taken over, by name; see `from_keras`.

    Raises `ModelError` for a file that is not what it says, or with nothing that can be taken over,
    and `TooLargeError` for one, or for numbers in it, beyond the budget.
    """
    return _read(path)[0]


def read_keras_network(path: Path) -> tuple[Layers, Network | None]:
    """Return the same, and the network that the model in the file is, if it ends in a head.

    Raises `ModelError`, too, for a model with a head that is no network.
    """
    return _read(path, _network)


def _read(path: Path, behind: Callable[..., Any] = lambda *_: None) -> Any:
    content = read_bytes(path, "data_bytes", ModelError)
    try:
        model, store = opened(content)
        afford("nesting", _depth(model) // 4, what=f"the configuration in {named(path)}")
        found = _layers(model, store)
        return found, behind(model, store, found)
    except SymlstmError as error:
        raise type(error)(f"{named(path)}: {error}", argument=error.argument) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{named(path)}: its configuration is no JSON") from error


def _network(model: Config, store: Store, found: Layers) -> Network | None:
    def made(layer: Config, place: Place) -> Layer | Network:
        return _made(layer, place, store)

    chain = links(model, made, store.activation)
    places = (layer for layer, _ in _parts(model, Place()))
    count = sum(layer.get("class_name") in REMEMBERING for layer in places)
    return with_head(chain, count, found)


def _depth(value: Any) -> int:
    """Return how deep tables and lists are in each other."""
    depth, level = 0, [value]
    while level:
        inside = [part.values() if isinstance(part, dict) else part for part in level]
        level = [v for part in inside for v in part if isinstance(v, dict | list)]
        depth += 1
    return depth


def _layers(model: Config, store: Store) -> Layers:
    found: Layers = {}
    refused: list[ModelError] = []
    pending = list(_parts(model, Place()))[::-1]
    while pending:
        config, place = pending.pop()
        try:
            found["/".join(place.names)] = _made(config, place, store)
        except ModelError as error:
            refused += [error] if config.get("class_name") not in HEADS else []
            pending += list(_taken_apart(config, place))[::-1]
    if not remembering(found):
        raise (
            refused[0]
            if refused
            else ModelError("the model has no layer that can be taken over, such as an LSTM")
        )
    return found


def _parts(layer: Config, place: Place) -> Iterator[Placed]:
    """Yield the recurrent layers in a layer, each with its place."""
    kind = layer.get("class_name")
    if kind in MODELS:
        for one, at in layers_in(layer, place):
            yield from _parts(one, at)
    elif kind == "TimeDistributed":
        yield from _parts(*distributed(layer, place))
    elif kind in (*REMEMBERING, *HEADS):
        yield layer, place


def _taken_apart(layer: Config, place: Place) -> Iterator[Placed]:
    """Yield the parts of a layer that cannot be taken over as a whole."""
    config = table(layer.get("config"))
    if layer.get("class_name") == "Bidirectional":
        for direction, one in zip(DIRECTIONS, _directions(config), strict=True):
            yield one, place.inside(name_of(one), f"{direction}_layer")
    elif _is_stacked(config):
        yield from _cells(config["cell"], place.deeper("cell"))


def _made(layer: Config, place: Place, store: Store) -> Any:
    """Return the layer or network of a configuration."""
    kind, config = layer.get("class_name"), table(layer.get("config"))
    require_own(layer)
    if kind == "Bidirectional":
        both = _directions(config)
        if any(_is_stacked(table(one.get("config"))) for one in both):
            raise around_stacked()
        each = [
            _made(one, place.inside(name_of(one), f"{direction}_layer"), store)
            for direction, one in zip(DIRECTIONS, both, strict=True)
        ]
        return bidirectional(each, config.get("merge_mode"))
    if kind in CELLS:
        return _of_cell(str(kind), config, place, store)
    if kind in HEADS:
        return _of_dense(config, place, store)
    options: dict[str, Any] = {name: config.get(name) is True for name in OPTIONS}
    if kind == "RNN":
        cell = table(config.get("cell"))
        require_own(cell)
        within = place.deeper("cell")
        if _is_stacked(config):
            return stacked([_made(one, at, store) for one, at in _cells(cell, within)], **options)
        return replace(_made(cell, within, store), **options)
    if kind not in RECURRENT:
        raise ModelError(f"a layer {shown(kind)} is not supported; the file may have {KNOWN}")
    within = place.deeper("cell")
    return replace(_of_cell(RECURRENT[str(kind)], config, within, store), **options)


def _is_stacked(config: Config) -> bool:
    """Say whether the cell of a layer is several."""
    cell = config.get("cell")
    return isinstance(cell, dict) and cell.get("class_name") == "StackedRNNCells"


def _cells(stack: Config, place: Place) -> Iterator[Placed]:
    counts: Counter[str] = Counter()
    for one in map(table, entries(table(stack.get("config")).get("cells"))):
        group = counted(str(one.get("class_name")), counts)
        yield one, place.inside(name_of(one), "cells", group)


def _directions(config: Config) -> list[Config]:
    """Return the layers of both directions; Keras 2 left one of them to be told from the other."""
    forward = table(config.get("layer"))
    if config.get("backward_layer") is not None:
        return [forward, table(config["backward_layer"])]
    own = table(forward.get("config"))
    names = {direction: f"{direction}_{own.get('name')}" for direction in DIRECTIONS}
    turned = {"go_backwards": own.get("go_backwards") is not True, "name": names["backward"]}
    return [
        {**forward, "config": {**own, "name": names["forward"]}},
        {**forward, "config": {**own, **turned}},
    ]


def _of_cell(kind: str, config: Config, place: Place, store: Store) -> Layer:
    options: dict[str, Any] = {name: config.get(name) for name in CELLS[kind](1).activations}
    options = {option: store.activation(name, place, option) for option, name in options.items()}
    use_bias, weights = _weights(config, place, store, "kernel", "recurrent_kernel")
    switches = {name: config.get(name) is True for name in SWITCHES.get(kind, ())}
    return of_weights(kind, config.get("units"), use_bias, options, switches, weights)


def _of_dense(config: Config, place: Place, store: Store) -> Layer:
    activation = store.activation(config.get("activation"), place)
    use_bias, weights = _weights(config, place, store, "kernel")
    return dense(config.get("units"), use_bias, activation, weights)


def _weights(
    config: Config, place: Place, store: Store, *groups: str
) -> tuple[bool, dict[str, Any]]:
    """Return whether there is a bias, and all groups of weights, of which it is the last."""
    use_bias = config.get("use_bias") is not False
    names = (*groups, "bias") if use_bias else groups
    return use_bias, {name: store.weights(place, name, k) for k, name in enumerate(names)}
