"""ONNX Runtime: a node of a model as what an audit runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError, one_line
from symlstm.frameworks.onnx import Node, read
from symlstm.frameworks.onnx_kinds import KINDS
from symlstm.numbers.exact import to_float
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

OPSET = 14
"""The version of ONNX's operators that the node is run as; those here have not changed since."""


@dataclass(frozen=True)
class OnnxImplementation:
    """A node in ONNX Runtime as what an audit runs; see `Implementation`."""

    node: Node
    session: Any
    name: str
    gradients: bool = False

    @property
    def layer(self) -> Layer | Network:
        """The layer that the node should compute."""
        return self.node.layer

    @property
    def dtype(self) -> str:
        """The format in which it computes."""
        return self.node.dtype

    def run(
        self,
        inputs: NDArray[Any],
        initial_state: Sequence[NDArray[Any]] | None,
        grad_sequence: NDArray[Any] | None,
    ) -> dict[str, NDArray[Any]]:
        """Return what ONNX Runtime computes, by name, in our shapes."""
        batch, _, _ = inputs.shape
        directions, units = self.node.weights["R"].shape[0], self.node.weights["R"].shape[2]
        shape, given = (directions, batch, units), {"X": inputs.transpose(1, 0, 2)}
        names = self.layer.layers[0].cell.states
        states = initial_state or [self._own_state(name) for name in names]
        for name, state in zip(names, states, strict=True):
            given[f"initial_{name}"] = np.broadcast_to(state, shape).astype(inputs.dtype)
        try:
            out, *last = self.session.run(None, given)
        except Exception as error:  # of some types, ONNX Runtime says only now that it has none
            message = f"{self.name}: ONNX Runtime cannot run it: {one_line(error)}"
            raise ModelError(message) from error
        over_time = out.transpose(2, 0, 1, 3).reshape(batch, -1, directions * units)
        named = dict(zip(names, last, strict=True))
        computed = {f"state_{n}": s if directions > 1 else s[0] for n, s in named.items()}
        return {"sequence_out": over_time, **computed}

    def _own_state(self, name: str) -> NDArray[Any]:
        return np.stack([_own_state(one, name) for one in self.layer.layers])


def _own_state(layer: Layer, name: str) -> NDArray[Any]:
    if layer.no_initial_state is not None:
        message = f"{layer.no_initial_state}; audit it with initial states, --initial-state"
        raise ModelError(message, argument="initial_state")
    if layer.initial_state is None:
        return np.zeros((1, layer.cell.units))
    return np.vectorize(to_float)(layer.initial_state[name])


def implementation(
    module: Any, *, node: str | None = None, weights: Mapping[str, Any] | None = None
) -> OnnxImplementation:
    """Return a node of a model, or of the file at a path, as what an audit runs.

    The node is run alone, on its weights in the model and on whole sequences, whatever lengths
    that stores. Raises `ModelError` for a model that cannot be read, and for a node that ONNX
    Runtime refuses.
    """
    runtime = require("onnxruntime", "onnx")
    of_node = read(module, node, weights)
    name = of_node.name
    try:
        session = runtime.InferenceSession(
            _alone(of_node).SerializeToString(), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime has a class of its own for each kind of failure
        message = f"node {name}: ONNX Runtime refuses it: {one_line(error)}"
        raise ModelError(message) from error
    of_node = replace(of_node, layer=_of_whole_sequences(of_node.layer))
    return OnnxImplementation(of_node, session, f"{name} (onnxruntime {runtime.__version__})")


def _of_whole_sequences(layer: Layer | Network) -> Layer | Network:
    layers = [replace(one, sequence_lens=None) for one in layer.layers]
    return layers[0] if isinstance(layer, Layer) else Network([layers])


def _alone(node: Node) -> Any:
    """Return a model of nothing but the node, which is given X and the initial states."""
    from onnx import helper, numpy_helper

    kept = [attribute for attribute in node.attributes if attribute.name != "layout"]
    operator = KINDS[node.operator]
    fed = ["X", *(name for name in operator.inputs if name.startswith("initial_"))]
    known = {*fed, *node.weights}
    inputs = [name if name in known else "" for name in operator.inputs]
    alone = helper.make_node(node.operator, inputs, operator.outputs)
    alone.attribute.extend(kept)
    kind = helper.np_dtype_to_tensor_dtype(node.weights["W"].dtype)
    graph = helper.make_graph(
        [alone],
        "node",
        [helper.make_tensor_value_info(n, kind, [None] * 3) for n in fed],
        [helper.make_tensor_value_info(name, kind, None) for name in alone.output],
        [numpy_helper.from_array(array, name) for name, array in node.weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
