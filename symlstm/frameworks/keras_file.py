"""Files of Keras, ``.keras`` and ``.h5``, read as data: no class in them is made, nothing run."""

from __future__ import annotations

import json
import re
import zipfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from symlstm.errors import ModelError, SymlstmError, one_line
from symlstm.files.reading import named, read_bytes
from symlstm.frameworks.hdf5 import Hdf5
from symlstm.frameworks.keras_cells import (
    CELLS,
    KNOWN,
    RECURRENT,
    SWITCHES,
    around_stacked,
    bidirectional,
    of_weights,
    stacked,
)
from symlstm.numbers.budget import afford
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

ARCHIVED = {
    "config.json": "text_bytes",
    "metadata.json": "text_bytes",
    "model.weights.h5": "data_bytes",
}
"""What is read of a ``.keras`` archive, which is not unpacked, and how large it may be."""
MODELS = ("Sequential", "Functional", "Model")
DIRECTIONS = ("forward", "backward")
OPTIONS = ("go_backwards", "zero_output_for_mask")
BEFORE_3 = {"hard_sigmoid": "hard_sigmoid(alpha=1/5, beta=1/2)"}
"""What names of activations meant before Keras 3, where that is something else.

keras-team/keras, v2.15.0, keras/backend.py, hard_sigmoid: "In `-2.5 <= x <= 2.5`, returns `0.2 * x
+ 0.5`"; Keras 3 has x / 6 + 1/2.
"""


def read_keras(path: Path) -> dict[str, Layer | Network]:
    """Return the layers in a file that can be taken over, by name; see `from_keras`.

    Raises `ModelError` for a file that is not what it says, or with nothing that can be taken over,
    and `TooLargeError` for one, or for numbers in it, beyond the budget.
    """
    content = read_bytes(path, "data_bytes", ModelError)
    try:
        if zipfile.is_zipfile(BytesIO(content)):
            config, metadata, weights = _of_archive(content)
            version = str(_table(json.loads(metadata)).get("keras_version"))
            store: _Store = _Archived(Hdf5(weights), version)
            model = _table(json.loads(config))
        else:
            file = Hdf5(content)
            model = _table(json.loads(file.text("model_config")))
            store = _Whole(file, file.text("keras_version", "1.0"))
        afford("nesting", _depth(model) // 4, what=f"the configuration in {named(path)}")
        return _layers(model, store)
    except SymlstmError as error:
        raise type(error)(f"{named(path)}: {error}", argument=error.argument) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{named(path)}: its configuration is no JSON") from error


def _of_archive(content: bytes) -> list[bytes]:
    """Return what is read of an archive, each of a bounded size."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = Counter(archive.namelist())
            for name, count in names.items():
                if count > 1 or ".." in PurePosixPath(name).parts or name.startswith("/"):
                    message = f"the archive has {shown(name)} twice, or leads out of itself"
                    raise ModelError(f"{message}; save the model again")
            missing = [name for name in ARCHIVED if name not in names]
            if missing:
                raise ModelError(f"the archive has no {missing[0]}, as a .keras file has")
            return [_member(archive, name, limit) for name, limit in ARCHIVED.items()]
    except SymlstmError:
        raise
    except Exception as error:  # whatever a method of compression can be wrong in
        raise ModelError(f"the archive cannot be read: {one_line(error)}") from error


def _member(archive: zipfile.ZipFile, name: str, limit: str) -> bytes:
    most = afford(limit, archive.getinfo(name).file_size, what=name)
    with archive.open(name) as file:
        content = file.read(most + 1)  # some members hold more than they say
    afford(limit, len(content), what=name)
    return content


def _depth(value: Any) -> int:
    """Return how deep tables and lists are in each other."""
    depth, level = 0, [value]
    while level:
        inside = [part.values() if isinstance(part, dict) else part for part in level]
        level = [v for part in inside for v in part if isinstance(v, dict | list)]
        depth += 1
    return depth


@dataclass(frozen=True)
class _Place:
    """Where a layer is: by the names that a user has, and by those that files have for it.

    ``groups`` are the groups of a ``.keras`` file; ``names`` are those of layers.
    """

    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def deeper(self, group: str) -> _Place:
        """Return the place of the same name a group further inside."""
        return replace(self, groups=(*self.groups, group))

    def inside(self, name: str, *groups: str) -> _Place:
        """Return the place of a layer inside."""
        return _Place((*self.groups, *groups), (*self.names, name))


@dataclass(frozen=True)
class _Store(ABC):
    """The weights in a file."""

    file: Hdf5
    version: str
    """That of the Keras that wrote it."""

    @abstractmethod
    def weights(self, place: _Place, group: str, number: int) -> Any:
        """Return a group of weights of a cell, which is its variable of that number."""


class _Archived(_Store):
    def weights(self, place: _Place, group: str, number: int) -> Any:
        return self.file.array("/".join([*place.groups, "vars", str(number)]))


class _Whole(_Store):
    def weights(self, place: _Place, group: str, number: int) -> Any:
        paths = [path for path in self.file.datasets if _leads(path.split("/"), place.names, group)]
        if len(paths) != 1:
            message = f"{'/'.join(place.names)} has {len(paths)} arrays {group} in the file"
            raise ModelError(f"{message}, and not one; save the model as a .keras file")
        return self.file.array(paths[0])


def _leads(path: Sequence[str], names: Sequence[str], group: str) -> bool:
    """Say whether a path goes by all these names, in this order, to a group of weights."""
    steps = iter(path[1:-1])  # the first is model_weights, the next a layer of the model itself
    first = path[1:2] == list(names[:1]) and path[-1].partition(":")[0] == group
    return first and all(name in steps for name in names)


def _layers(model: Mapping[str, Any], store: _Store) -> dict[str, Layer | Network]:
    found: dict[str, Layer | Network] = {}
    refused: list[ModelError] = []
    pending = list(_parts(model, _Place()))[::-1]
    while pending:
        config, place = pending.pop()
        try:
            found["/".join(place.names)] = _made(config, place, store)
        except ModelError as error:
            refused.append(error)
            pending += list(_taken_apart(config, place))[::-1]
    if not found:
        raise (
            refused[0]
            if refused
            else ModelError("the model has no layer that can be taken over, such as an LSTM")
        )
    return found


def _parts(layer: Mapping[str, Any], place: _Place) -> Iterator[tuple[Mapping[str, Any], _Place]]:
    """Yield the recurrent layers in a layer, each with its place."""
    kind, config = layer.get("class_name"), _table(layer.get("config"))
    if kind in MODELS:
        counts: Counter[str] = Counter()
        for one in map(_table, _list(config.get("layers"))):
            group = _counted(str(one.get("class_name")), counts)
            yield from _parts(one, place.inside(_name(one), "layers", group))
    elif kind == "TimeDistributed":
        one = _table(config.get("layer"))
        yield from _parts(one, place.inside(_name(one), "layer"))
    elif kind in (*RECURRENT, "RNN", "Bidirectional"):
        yield layer, place


def _taken_apart(
    layer: Mapping[str, Any], place: _Place
) -> Iterator[tuple[Mapping[str, Any], _Place]]:
    """Yield the parts of a layer that cannot be taken over as a whole."""
    config = _table(layer.get("config"))
    if layer.get("class_name") == "Bidirectional":
        for direction, one in zip(DIRECTIONS, _directions(config), strict=True):
            yield one, place.inside(_name(one), f"{direction}_layer")
    elif _is_stacked(config):
        yield from _cells(config["cell"], place.deeper("cell"))


def _made(layer: Mapping[str, Any], place: _Place, store: _Store) -> Any:
    """Return the layer or network of a configuration."""
    kind, config = layer.get("class_name"), _table(layer.get("config"))
    _require_own(layer)
    if kind == "Bidirectional":
        both = _directions(config)
        if any(_is_stacked(_table(one.get("config"))) for one in both):
            raise around_stacked()
        each = [
            _made(one, place.inside(_name(one), f"{direction}_layer"), store)
            for direction, one in zip(DIRECTIONS, both, strict=True)
        ]
        return bidirectional(each, config.get("merge_mode"))
    if kind in CELLS:
        return _of_cell(str(kind), config, place, store)
    options: dict[str, Any] = {name: config.get(name) is True for name in OPTIONS}
    if kind == "RNN":
        cell = _table(config.get("cell"))
        _require_own(cell)
        within = place.deeper("cell")
        if _is_stacked(config):
            return stacked([_made(one, at, store) for one, at in _cells(cell, within)], **options)
        return replace(_made(cell, within, store), **options)
    if kind not in RECURRENT:
        raise ModelError(f"a layer {shown(kind)} is not supported; the file may have {KNOWN}")
    within = place.deeper("cell")
    return replace(_of_cell(RECURRENT[str(kind)], config, within, store), **options)


def _is_stacked(config: Mapping[str, Any]) -> bool:
    """Say whether the cell of a layer is several."""
    cell = config.get("cell")
    return isinstance(cell, dict) and cell.get("class_name") == "StackedRNNCells"


def _cells(stack: Mapping[str, Any], place: _Place) -> Iterator[tuple[Mapping[str, Any], _Place]]:
    counts: Counter[str] = Counter()
    for one in map(_table, _list(_table(stack.get("config")).get("cells"))):
        group = _counted(str(one.get("class_name")), counts)
        yield one, place.inside(_name(one), "cells", group)


def _directions(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the layers of both directions; Keras 2 left one of them to be told from the other."""
    forward = _table(config.get("layer"))
    if config.get("backward_layer") is not None:
        return [forward, _table(config["backward_layer"])]
    own = _table(forward.get("config"))
    names = {direction: f"{direction}_{own.get('name')}" for direction in DIRECTIONS}
    turned = {"go_backwards": own.get("go_backwards") is not True, "name": names["backward"]}
    return [
        {**forward, "config": {**own, "name": names["forward"]}},
        {**forward, "config": {**own, **turned}},
    ]


def _of_cell(kind: str, config: Mapping[str, Any], place: _Place, store: _Store) -> Layer:
    options: dict[str, Any] = {name: config.get(name) for name in CELLS[kind](1).activations}
    for option, name in options.items():
        if not isinstance(name, str):
            message = f"{option} of {'/'.join(place.names)} is {shown(name)}"
            raise ModelError(f"{message}, and no name of keras.activations", argument=option)
        if store.version.startswith(("1.", "2.")):
            options[option] = BEFORE_3.get(name, name)
    use_bias = config.get("use_bias") is not False
    groups = ["kernel", "recurrent_kernel", *(["bias"] if use_bias else [])]
    weights = {group: store.weights(place, group, k) for k, group in enumerate(groups)}
    switches = {name: config.get(name) is True for name in SWITCHES.get(kind, ())}
    return of_weights(kind, config.get("units"), use_bias, options, switches, weights)


def _require_own(layer: Mapping[str, Any]) -> None:
    """Raise `ModelError` for a class that is not Keras's own, whatever its name."""
    module = layer.get("module", "keras.layers")
    if module not in ("keras.layers", "keras") or layer.get("registered_name"):
        raise ModelError(
            f"{shown(layer.get('class_name'))} of {shown(module)} is not Keras's own, and no code "
            "is run to find out what it does; give a layer of keras.layers"
        )


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ModelError("its configuration is not that of a model of Keras; save the model again")
    return value


def _list(value: Any) -> Sequence[Any]:
    # The first versions of Sequential had the list alone.
    return value if isinstance(value, list) else []


def _name(layer: Mapping[str, Any]) -> str:
    return str(_table(layer.get("config")).get("name"))


def _counted(kind: str, counts: Counter[str]) -> str:
    """Return the name of a layer's group, which Keras makes of its class, counting those of one."""
    name = _snake_case(kind)
    counts[name] += 1
    return name if counts[name] == 1 else f"{name}_{counts[name] - 1}"


def _snake_case(kind: str) -> str:
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
