"""A model of Keras whose layers stand in a chain: recurrent ones, and a head behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from symlstm.errors import CellError, ModelError
from symlstm.frameworks.keras_cells import RECURRENT
from symlstm.frameworks.taken import Layers, listed, with_activation
from symlstm.numbers.exact import shown
from symlstm.runs.kept import Memory
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

REMEMBERING = (*RECURRENT, "RNN", "Bidirectional")
"""The layers that may stand below a head."""
HEADS = ("Dense",)
"""The layers that are a head."""
PASSED = (
    *("InputLayer", "Identity", "ActivityRegularization", "Dropout", "SpatialDropout1D"),
    *("GaussianDropout", "GaussianNoise", "AlphaDropout"),
)
"""The layers that hand on what they are given, but in training."""


@dataclass(frozen=True)
class Link:
    """A layer of a chain: its class, if it is one of Keras's own, its name, and what it is here.

    ``option`` returns an option by name, an activation as Keras calls it.
    """

    kind: str
    name: str
    option: Callable[[str], Any]
    made: Callable[[], Layer | Network]


def _softmax(link: Link) -> str | None:
    return "softmax" if link.option("axis") in (-1, [-1], (-1,)) else None


def _relu(link: Link) -> str | None:
    changed = link.option("max_value") is not None or link.option("threshold")
    return None if changed or link.option("negative_slope") else "relu"


ACTIVATIONS: Mapping[str, Callable[[Link], str | None]] = {
    "Activation": lambda link: str(link.option("activation")),
    "Softmax": _softmax,
    "ReLU": _relu,
}
"""The layers that are an activation, and which; of options that are not known, none."""


def with_head(links: Sequence[Link], count: int, found: Layers) -> Network | None:
    """Return the network of a chain that ends in a head; of one that has no head, nothing.

    What stands before the first recurrent layer is left out. It is nothing, too, where the model
    has more recurrent layers, of which ``count`` are in it, than the chain. Raises `ModelError` for
    a chain with a ``Dense`` layer behind the recurrent ones that is no network with a head; its
    message names what was ``found``.
    """
    if sum(link.kind in REMEMBERING for link in links) != count:
        return None
    try:
        return _with_head(links)
    except ModelError as error:
        one = f"take over one layer, with name, of {listed(found)}"
        message = f"{error}; or {one}, or all, with symlstm.layers_of(...)"
        raise ModelError(message, argument=error.argument) from error


def _with_head(links: Sequence[Link]) -> Network | None:
    passed = [link for link in links if link.kind not in PASSED]
    start = next((k for k, link in enumerate(passed) if link.kind in REMEMBERING), len(passed))
    chain = passed[start:]
    below = list(takewhile(lambda link: link.kind in REMEMBERING, chain))
    if not any(link.kind in HEADS for link in chain):
        return None
    return _network(below, _dense(chain[len(below) :]))


def _dense(chain: Sequence[Link]) -> list[Layer]:
    """Return the dense layers that a chain consists of, each with the activation behind it."""
    layers: list[Layer] = []
    may_be_applied = False
    for link in chain:
        if link.kind in HEADS:
            layer = link.made()
            assert isinstance(layer, Layer)
            layers.append(layer)
        elif link.kind in ACTIVATIONS and may_be_applied:
            layers[-1] = _activated(layers[-1], link)
        else:
            kind = f"{link.kind} " if link.kind else ""
            raise ModelError(
                f"{kind}{link.name} is no part of a head: that is Dense layers right behind the "
                "recurrent ones, each with one activation or none"
            )
        may_be_applied = link.kind in HEADS
    return layers


def _activated(dense: Layer, link: Link) -> Layer:
    name = ACTIVATIONS[link.kind](link)
    if name is None:
        message = f"{link.kind} {link.name} has an option that is not supported"
        raise ModelError(f"{message}; give it as an activation of the layer before")
    return with_activation(dense, name, link.name)


def _network(below: Sequence[Link], dense: Sequence[Layer]) -> Network:
    """Return recurrent layers with dense ones behind them, of which the last one is the head."""
    parts = [link.made() for link in below]
    *between, head = dense
    last = bool(below[-1].option("return_sequences"))
    for link, part in zip(below, parts, strict=True):
        if isinstance(part, Layer) and part.go_backwards and (last or link is not below[-1]):
            message = f"{link.name} has go_backwards=True, and hands on its outputs last step first"
            raise ModelError(f"{message}; make it False, and flip the inputs")
    merges = {part.merge for part in parts if isinstance(part, Network) and len(part.levels[0]) > 1}
    if len(merges) > 1:
        both = " and ".join(sorted(map(shown, merges)))
        raise ModelError(f"its layers have merge_mode {both}; give them the same one")
    levels = [level for part in (*parts, *between) for level in _levels(part)]
    merge = merges.pop() if merges else "concat"
    try:
        network = Network(levels, merge=merge, head=head, return_sequences=last)
    except CellError as error:
        raise ModelError(str(error), argument=error.argument) from error
    memory = Memory.together([part._memory for part in parts], len(dense))
    object.__setattr__(network, "_memory", memory)
    return network


def _levels(part: Layer | Network) -> Sequence[Sequence[Layer]]:
    return [[part]] if isinstance(part, Layer) else part.levels
