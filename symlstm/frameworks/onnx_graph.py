"""ONNX files, read without trust: a graph, its LSTM nodes, and the tensors stored in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError, choices, one_line
from symlstm.files.reading import read_bytes
from symlstm.optional import require

OPERATOR = "LSTM"
STANDARD = ("", "ai.onnx")
"""The domains of ONNX's own operators."""
MOST_DIMENSIONS = 8
"""How many dimensions a stored tensor may have; those of an LSTM have up to three."""
OF_ZEROS = {
    *("Cast", "Expand", "Gather", "Identity", "Reshape", "Slice", "Squeeze", "Tile", "Transpose"),
    "Unsqueeze",
}
"""Operators that make zeros of a first input that is zero."""


@dataclass(frozen=True)
class Graph:
    """The graph of a model."""

    model: Any

    @property
    def proto(self) -> Any:
        """The graph as ONNX stores it."""
        return self.model.graph

    def node(self, name: str | None) -> Any:
        """Return the LSTM node called ``name``, or the only one.

        A node without a name goes by that of its first output that has one.
        """
        named = self.named()
        if name is None and len(named) == 1:
            return next(iter(named.values()))
        if name is None:
            message = f"the model has {len(named)} {OPERATOR} nodes; say which: {', '.join(named)}"
            raise ModelError(message, argument="node")
        if name not in named:
            others = [operator(node) for node in self.proto.node if called(node) == name]
            is_other = f" (that is {others[0]})" if others else ""
            message = f"the model has no {OPERATOR} node {name!r}{is_other}"
            raise ModelError(f"{message}; {choices(name, named)}", argument="node")
        return named[name]

    def named(self) -> dict[str, Any]:
        """Return the LSTM nodes by name; raises `ModelError` for none, and for two of one name."""
        nodes = [n for n in self.proto.node if n.op_type == OPERATOR and n.domain in STANDARD]
        if not nodes:
            raise ModelError(f"the model has no {OPERATOR} node{_others(self.proto.node)}")
        named = {called(node): node for node in nodes}
        if len(named) < len(nodes):
            message = f"several {OPERATOR} nodes have one name: {', '.join(map(called, nodes))}"
            raise ModelError(f"{message}; give each a name of its own", argument="node")
        return named

    def stored(self, name: str) -> NDArray[Any] | None:
        """Return a tensor that the model stores, or ``None`` for one that it is given or computes.

        Raises `ModelError` for one that is not what it says that it is.
        """
        if name in self._initializers:
            return to_array(self._initializers[name])
        node = self._standard(name)
        values = [] if node is None or node.op_type != "Constant" else list(node.attribute)
        if len(values) == 1 and values[0].name == "value" and values[0].HasField("t"):
            return to_array(values[0].t)
        return None

    def origin(self, name: str) -> str:
        """Say where a tensor that the model does not store comes from."""
        node = self._producers.get(name)
        if node is not None:
            return f"is computed in the model by {operator(node)}"
        if name in {tensor.values.name for tensor in self.proto.sparse_initializer}:
            return "is a sparse tensor in the model"
        return "is an input of the model" if name in self._inputs else "is nowhere in the model"

    def is_input(self, name: str) -> bool:
        """Say whether a tensor is given when the model is run."""
        return name in self._inputs and name not in self._initializers

    def is_zero(self, name: str) -> bool:
        """Say whether a tensor holds nothing but zeros, whatever its shape."""
        rests_on, pending, zeros = set(), [name], False
        while pending:
            tensor = pending.pop()
            if tensor in rests_on:
                continue
            rests_on.add(tensor)
            made_of = self._zeros_of(tensor)
            if made_of is None:
                return False
            pending += made_of
            zeros = zeros or not made_of
        return zeros

    def _zeros_of(self, name: str) -> list[str] | None:
        """Return the tensors that have to be zero for this one to be; ``None`` for never."""
        node, stored = self._standard(name), self.stored(name)
        if stored is not None:
            return None if stored.any() else []
        if node is not None and node.op_type == "ConstantOfShape":
            return None if any(to_array(value.t).any() for value in node.attribute) else []
        if node is not None and node.op_type == "Concat":
            return list(node.input)
        return list(node.input[:1]) if node is not None and node.op_type in OF_ZEROS else None

    def _standard(self, name: str) -> Any:
        """Return the node that computes a tensor, if it is of ONNX's own operators."""
        node = self._producers.get(name)
        return node if node is not None and node.domain in STANDARD else None

    @cached_property
    def _initializers(self) -> Mapping[str, Any]:
        return {tensor.name: tensor for tensor in self.proto.initializer}

    @cached_property
    def _inputs(self) -> frozenset[str]:
        return frozenset(value.name for value in self.proto.input)

    @cached_property
    def _producers(self) -> Mapping[str, Any]:
        return {name: node for node in self.proto.node for name in node.output if name}


def load(model: Any) -> Graph:
    """Return the graph of a model, or of the file at a path; nothing in it is run.

    Raises `ModelError` for a file that cannot be read as a model.
    """
    onnx = require("onnx", "onnx")
    if isinstance(model, onnx.ModelProto):
        return Graph(model)
    if not isinstance(model, str | Path):
        kind = type(model).__name__
        raise ModelError(
            f"a {kind} is no ONNX model; give the path of one, or what onnx.load returns"
        )
    content = read_bytes(Path(model), "data_bytes", ModelError)
    try:
        parsed = onnx.load_model_from_string(content)
    except Exception as error:  # the parser of protocol buffers has errors of its own
        raise ModelError(f"{model}: is no ONNX model: {one_line(error)}") from error
    if not parsed.ByteSize() or not parsed.HasField("graph"):
        raise ModelError(f"{model}: is no ONNX model: it has no graph")
    return Graph(parsed)


def called(node: Any) -> str:
    """Return what a node goes by."""
    return str(node.name or next(filter(None, node.output), ""))


def operator(node: Any) -> str:
    """Return the operator of a node, and its domain if that is not ONNX's own."""
    domain = "" if node.domain in STANDARD else f" of the domain {node.domain!r}"
    return f"{node.op_type}{domain}"


def _others(nodes: Iterable[Any]) -> str:
    """Return what to say of a model's operators when none is the one that is looked for."""
    operators = sorted({operator(node) for node in nodes})
    alike = [one for one in operators if one.startswith(f"{OPERATOR} ")]
    listed = ", ".join([*alike, *(one for one in operators if one not in alike)][:12])
    of_onnx = " of ONNX's own domain" if alike else ""
    return f"{of_onnx}; it has {listed}" if listed else ""


def to_array(tensor: Any) -> NDArray[Any]:
    """Return a stored tensor, checked before memory is taken for it.

    Raises `ModelError` for one that is not what it says, is stored elsewhere, or is not of floats.
    """
    onnx = require("onnx", "onnx")
    name = tensor.name or "a constant"
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise ModelError(
            f"{name} is stored outside the model; give the model as onnx.load(path) returns it"
        )
    if len(tensor.dims) > MOST_DIMENSIONS:
        raise ModelError(
            f"{name} has {len(tensor.dims)} dimensions; no input of an LSTM has so many"
        )
    shape, count = list(tensor.dims), math.prod(tensor.dims)
    sizes = {field: len(getattr(tensor, field)) for field in _FIELDS}
    stored = max(sizes.values())
    filled = [field for field, size in sizes.items() if size]
    if len(filled) > 1:
        raise ModelError(f"{name} gives its numbers twice ({', '.join(filled)}); leave one")
    if min(shape, default=0) < 0 or count > stored:
        raise ModelError(
            f"{name} says that its shape is {shape}, and does not hold as many numbers"
        )
    try:
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    except Exception as error:  # whatever a tensor can be wrong in
        raise ModelError(f"{name} cannot be read: {one_line(error)}") from error


_FIELDS = ("raw_data", "float_data", "double_data", "int32_data", "int64_data", "uint64_data")
