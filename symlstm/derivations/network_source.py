"""The Python that asks for what a derivation file with [[layers]] asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symlstm.derivations.source import call, completed, kind_of
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.writers.source import Source

OF_LAYER = ("go_backwards", "zero_output_for_mask")
"""What a layer has beside its cell and weights."""


def network_source(
    network: Network, parts: Sequence[Mapping[str, Any]], tables: Mapping[str, Any], digits: int
) -> Source:
    """Return the code of a file that was read; balls are of so many ``digits``.

    ``parts`` have the tables of each layer, [cell] and [weights], level by level, those of the head
    last.
    """
    kinds: list[str] = []
    lines: list[str] = []
    for number, (layer, part) in enumerate(zip(network.layers, parts, strict=True), start=1):
        kind, options = kind_of(part["cell"])
        kinds.append(kind)
        lines += _of_layer(f"layer_{number}", layer, kind, options, part["weights"])
    lines.append(_of_network(network))
    names = tuple(dict.fromkeys([*kinds, "Network"]))
    run = dict(tables["run"])
    source = Source("\n".join(lines), "", names=names)
    return completed(source, tables, run, digits, model="network", of="network_")


def _of_layer(
    name: str, layer: Layer, kind: str, options: dict[str, Any], weights: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the code of a layer."""
    size = {} if layer.input_dim == 1 else {"input_dim": layer.input_dim}
    yield call(f"{name} = {kind}", (), {**options, **size})
    yield call(f"{name} = {name}.bind", (), weights)
    changed = {option: True for option in OF_LAYER if getattr(layer, option)}
    if changed:
        yield call(f"{name} = replace", (), changed, name)


def _of_network(network: Network) -> str:
    """Return the code of a network of layers."""
    count, levels = 0, []
    for level in network.levels:
        names = [f"layer_{count + number}" for number, _ in enumerate(level, start=1)]
        levels.append(f"[{', '.join(names)}]")
        count += len(level)
    several = any(len(level) > 1 for level in network.levels)
    head = "" if network.head is None else f", head=layer_{count + 1}"
    options: dict[str, Any] = {"merge": network.merge} if several else {}
    options |= {} if network.return_sequences else {"return_sequences": False}
    return call("network = Network", (), options, f"[{', '.join(levels)}]{head}")
