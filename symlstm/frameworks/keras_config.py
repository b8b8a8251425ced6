"""Configurations of models of Keras, as files have them: layers, their places, and chains."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symlstm.errors import ModelError
from symlstm.frameworks.keras_chain import ACTIVATIONS, HEADS, Link
from symlstm.numbers.exact import shown

MODELS = ("Sequential", "Functional", "Model")

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a layer is: by the names that a user has, and by those that files have for it.

    ``groups`` are the groups of a ``.keras`` file; ``names`` are those of layers.
    """

    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def deeper(self, group: str) -> Place:
        """Return the place of the same name a group further inside."""
        return replace(self, groups=(*self.groups, group))

    def inside(self, name: str, *groups: str) -> Place:
        """Return the place of a layer inside."""
        return Place((*self.groups, *groups), (*self.names, name))


Placed = tuple[Config, Place]
"""A layer, and where it is."""


def own(layer: Config) -> bool:
    """Say whether a layer's class is Keras's own, by whatever name it goes."""
    module = layer.get("module", "keras.layers")
    return module in ("keras.layers", "keras") and not layer.get("registered_name")


def require_own(layer: Config) -> None:
    """Raise `ModelError` for a class that is not Keras's own."""
    if not own(layer):
        kind, module = layer.get("class_name"), layer.get("module", "keras.layers")
        raise ModelError(
            f"{shown(kind)} of {shown(module)} is not Keras's own, and no code "
            "is run to find out what it does; give a layer of keras.layers"
        )


def table(value: Any) -> Config:
    """Return a value that is a table; raises `ModelError` for another."""
    if not isinstance(value, dict):
        raise ModelError("its configuration is not that of a model of Keras; save the model again")
    return value


def entries(value: Any) -> Sequence[Any]:
    """Return a value that is a list, or an empty one."""
    # The first versions of Sequential had the list alone.
    return value if isinstance(value, list) else []


def name_of(layer: Config) -> str:
    """Return the name of a layer."""
    return str(table(layer.get("config")).get("name"))


def counted(kind: str, counts: Counter[str]) -> str:
    """Return the name of a layer's group, which Keras makes of its class, counting those of one."""
    name = _snake_case(kind)
    counts[name] += 1
    return name if counts[name] == 1 else f"{name}_{counts[name] - 1}"


def _snake_case(kind: str) -> str:
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def layers_in(model: Config, place: Place) -> Iterator[Placed]:
    """Yield the layers of a model, each with its place."""
    counts: Counter[str] = Counter()
    for one in map(table, entries(table(model.get("config")).get("layers"))):
        group = counted(str(one.get("class_name")), counts)
        yield one, place.inside(name_of(one), "layers", group)


def distributed(layer: Config, place: Place) -> Placed:
    """Return the layer that a ``TimeDistributed`` has, and its place."""
    one = table(table(layer.get("config")).get("layer"))
    return one, place.inside(name_of(one), "layer")


def links(
    model: Config, made: Callable[[Config, Place], Any], activation: Callable[[Any, Place], str]
) -> list[Link]:
    """Return the layers at the end of a model that stand one behind the other, in this order.

    ``made`` returns what a layer is here, and ``activation`` the name of an activation.
    """
    return [_link(*placed, made, activation) for placed in _chain(model, Place())[0]]


def _link(
    layer: Config,
    place: Place,
    made: Callable[[Config, Place], Any],
    activation: Callable[[Any, Place], str],
) -> Link:
    kind = _kind(layer)
    if kind == "TimeDistributed":
        layer, place = distributed(layer, place)
        kind = _kind(layer) if _kind(layer) in (*HEADS, *ACTIVATIONS) else ""
    config = table(layer.get("config"))
    of = table(config.get("layer")).get("config") if kind == "Bidirectional" else config

    def option(name: str) -> Any:
        value = table(of).get(name)
        return activation(value, place) if name == "activation" else value

    return Link(kind, "/".join(place.names), option, lambda: made(layer, place))


def _kind(layer: Config) -> str:
    return str(layer.get("class_name")) if own(layer) else ""


def _chain(model: Config, place: Place) -> tuple[list[Placed], bool]:
    """Return the layers at the end of a model, and whether they reach back to its input."""
    found: list[Placed] = []
    placed, whole = _own_layers(model, place)
    for one, at in placed:
        if one.get("class_name") not in MODELS:
            found.append((one, at))
            continue
        inside, through = _chain(one, at)
        found = [*found, *inside] if through else inside
        whole = whole and through
    return found, whole


def _own_layers(model: Config, place: Place) -> tuple[list[Placed], bool]:
    """Return the same of the layers that are a model's own."""
    every = list(layers_in(model, place))
    if model.get("class_name") == "Sequential":
        return every, True
    by_name = {at.names[-1]: (one, at) for one, at in every}
    sources = _histories(table(model.get("config")).get("output_layers"))
    found: list[Placed] = []
    while len(sources) == 1 and len(found) <= len(every):
        name, node, index = sources[0]
        if index or name not in by_name:
            return found, False
        layer, _ = by_name[name]
        found.insert(0, by_name[name])
        nodes = entries(layer.get("inbound_nodes"))
        if not nodes:
            return found, layer.get("class_name") == "InputLayer"
        sources = _histories(nodes[node]) if node < len(nodes) else []
    return found, False


def _histories(node: Any) -> list[tuple[str, int, int]]:
    """Return which outputs of which layers a node is given: their names, nodes and numbers."""
    found: list[tuple[str, int, int]] = []
    pending = [node]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += [value["keras_history"]] if "keras_history" in value else value.values()
        elif isinstance(value, list):
            if len(value) >= 3 and list(map(type, value[:3])) == [str, int, int]:
                found.append((value[0], value[1], value[2]))
            else:
                pending += value
    return found
