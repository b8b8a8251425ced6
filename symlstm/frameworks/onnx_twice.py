"""What an ONNX graph gives twice: of two meanings of one name, none is guessed to be meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from symlstm.errors import ModelError
from symlstm.frameworks.onnx_node import RECURRENT, called

INPUT = "an input of the model"
DEFAULTS = ("an initializer", "a sparse initializer")
"""What may have the name of an input of the model, whose default it is then."""
VALUES = ("f", "i", "s", "t", "g", "tp", "sparse_tensor")
LISTS = ("floats", "ints", "strings", "tensors", "graphs", "sparse_tensors", "type_protos")
"""Where an attribute has its value: in one of these, or in one of those."""


def validate_once(graph: Any) -> None:
    """Raise `ModelError` if a graph, or a function, gives a tensor, node or attribute twice.

    An initializer with the name of an input is its default, and given once. Names of nodes that
    are not recurrent are asked for nowhere, and exporters give them twice.

    ONNX IR, "Names Within a Graph" and "Attributes".
    """
    _validate_tensors(graph)
    for name, count in Counter(node.name for node in graph.node if node.name).items():
        if count > 1 and any(n.name == name and n.op_type in RECURRENT for n in graph.node):
            message = f"{count} nodes of the model have one name, {name!r}"
            raise ModelError(f"{message}; give each a name of its own", argument="node")
    for node in graph.node:
        _validate_attributes(node)


def inputs(graph: Any) -> list[str]:
    """Return the names of the inputs of a graph, or of a function, in their order."""
    return [str(getattr(value, "name", value)) for value in graph.input]


def _validate_tensors(graph: Any) -> None:
    known: dict[str, str] = {}
    for name, what in _tensors(graph):
        before = known.get(name)
        if before is not None and (before, what) not in {(INPUT, default) for default in DEFAULTS}:
            each = f"each time as {what}" if what == before else f"as {before} and as {what}"
            message = f"the model gives {name!r} twice, {each}; remove one, or give it another name"
            raise ModelError(message, argument=str(name))
        known[name] = what


def _tensors(graph: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of each tensor, and what it is; the empty name stands for none."""
    yield from ((name, INPUT) for name in inputs(graph))
    if hasattr(graph, "initializer"):  # a function has none
        dense, sparse = DEFAULTS
        yield from ((tensor.name, dense) for tensor in graph.initializer if tensor.name)
        yield from ((t.values.name, sparse) for t in graph.sparse_initializer if t.values.name)
    for node in graph.node:
        yield from ((name, f"an output of {node.op_type}") for name in node.output if name)


def _validate_attributes(node: Any) -> None:
    of_node = f"node {called(node) or node.op_type}: the attribute"
    for name, count in Counter(attribute.name for attribute in node.attribute).items():
        if count > 1:
            message = f"{of_node} {name!r} is given {count} times; leave one"
            raise ModelError(message, argument=str(name))
    for attribute in node.attribute:
        values = [name for name in VALUES if attribute.HasField(name)]
        values += [name for name in LISTS if len(getattr(attribute, name))]
        if len(values) > 1:
            message = f"{of_node} {attribute.name!r} has {len(values)} values"
            message += f" ({', '.join(values)}); leave one"
            raise ModelError(message, argument=str(attribute.name))
