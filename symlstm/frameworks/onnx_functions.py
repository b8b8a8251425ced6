"""The functions of an ONNX model: which one a node calls, and how much there is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from symlstm.errors import ModelError
from symlstm.frameworks.onnx_node import RECURRENT, STANDARD, is_standard
from symlstm.numbers.budget import afford

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Functions:
    """The functions of a model, by domain, name and overload.

    ``sizes`` says how many nodes there are to look through in a call of each, with those of the
    functions that it calls; for one without a recurrent node anywhere, none.
    """

    protos: Mapping[Key, Any]
    sizes: dict[Key, int]

    def called_by(self, node: Any) -> Any:
        """Return the function that a node calls; ``None`` if it calls none."""
        return self.protos.get(_key(node)) if self.protos else None

    def has_recurrent(self, node: Any) -> bool:
        """Say whether a node calls a function with one in it, or in one that that calls."""
        return self.sizes.get(_key(node), 0) > 0

    def size(self, proto: Any) -> int:
        """Return how many nodes there are to look through in a graph, or in a function."""
        nodes = list(every_node(proto))
        inside = sum(self.sizes.get(_key(node), 0) for node in nodes)
        found = inside or any(is_standard(node, *RECURRENT) for node in nodes)
        return len(nodes) + inside if found else 0


def functions_of(model: Any) -> Functions:
    """Return the functions of a model.

    Raises `ModelError` for two of one name, and for one that calls itself, however many others are
    between, and `TooLargeError` for a model of too many nodes.

    ONNX IR, "Functions".
    """
    given = getattr(model, "functions", ())
    afford("model_nodes", sum(len(one.node) for one in (model.graph, *given)), what="the model")
    protos: dict[Key, Any] = {}
    for one in given:
        key = (one.domain, one.name, getattr(one, "overload", ""))
        if one.domain in STANDARD:
            continue  # no node calls it
        if key in protos:
            raise ModelError(f"the model gives the function {one.name!r} twice; remove one")
        protos[key] = one
    calls = {key: protos.keys() & set(map(_key, every_node(one))) for key, one in protos.items()}
    functions = Functions(protos, {})
    try:
        for key in TopologicalSorter(calls).static_order():  # those that are called come first
            functions.sizes[key] = functions.size(protos[key])
    except CycleError as error:
        _, name, _ = error.args[1][0]
        message = f"the function {name!r} of the model calls itself, which none may"
        raise ModelError(f"{message}; export the model anew") from error
    return functions


def every_node(proto: Any) -> Iterator[Any]:
    """Yield the nodes of a graph or function, and of the branches and bodies in it."""
    pending = [proto]
    while pending:
        for node in pending.pop().node:
            yield node
            pending += [one.g for one in node.attribute if one.HasField("g")]


def _key(node: Any) -> Key:
    """Return what a node may call; what is ONNX's own is no function of the model."""
    if node.domain in STANDARD:
        return ("", "", "")
    return (node.domain, node.op_type, getattr(node, "overload", ""))
