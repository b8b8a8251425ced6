"""ONNX: the ``LSTM`` operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import OnnxLSTM
from symlstm.errors import ModelError, SymlstmError
from symlstm.frameworks.onnx_graph import Graph, called, load
from symlstm.frameworks.onnx_twice import validate_once
from symlstm.frameworks.weights import IOFC, by_gate, summed, with_two_biases
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import rational
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
OUTPUTS = ("Y", "Y_h", "Y_c")
DIRECTIONS = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}
"""For each direction of a node, whether it goes backwards."""
ATTRIBUTES: Mapping[str, tuple[str, Any]] = {
    "activation_alpha": ("FLOATS", ()),
    "activation_beta": ("FLOATS", ()),
    "activations": ("STRINGS", ()),
    "clip": ("FLOAT", None),
    "direction": ("STRING", b"forward"),
    "hidden_size": ("INT", None),
    "input_forget": ("INT", 0),
    "layout": ("INT", 0),
}
"""The attributes of the operator, with their types and defaults."""
ACTIVATIONS: Mapping[str, tuple[str, Mapping[str, float | None]]] = {
    "affine": ("affine", {"alpha": None, "beta": None}),
    "elu": ("elu", {"alpha": 1.0}),
    "hardsigmoid": ("hard_sigmoid", {"alpha": 0.2, "beta": 0.5}),
    "leakyrelu": ("leaky_relu", {"alpha": 0.01}),
    "relu": ("relu", {}),
    "scaledtanh": ("scaled_tanh", {"alpha": None, "beta": None}),
    "sigmoid": ("sigmoid", {}),
    "softplus": ("softplus", {}),
    "softsign": ("softsign", {}),
    "tanh": ("tanh", {}),
    "thresholdedrelu": ("thresholded_relu", {"alpha": None}),
}
"""Our names of ONNX's activations, with the parameters that they take and their defaults.

Where a default is ``None``, ONNX has none, or runtimes have others.
"""
RENAMED = {("leaky_relu", "alpha"): "negative_slope"}
"""Parameters that are called otherwise here."""


def from_onnx(model: Any, node: str | None = None) -> Layer | Network:
    """Return an LSTM node of an ONNX model with its weights, bit for bit.

    ``model`` is the path of a file, or a model that ``onnx.load`` returned; ``node`` the name of
    the node, where there are several. A node of direction ``forward`` is a `Layer`, others are a
    `Network`. All attributes of the operator are known, and so are peepholes; initial states that
    the model stores are the layer's own. Inputs have shape (batch, T, input_dim) here whatever
    ``layout`` says; ``sequence_lens`` is given to `Layer.run`. Nothing in the model is run, and
    nothing that it gives twice is taken.

    Raises `ModelError` for a model that cannot be read, or holds what is not supported.

    ONNX operators, "LSTM" (versions 7 to 22).
    """
    return read(model, node).layer


@dataclass(frozen=True)
class Node:
    """An LSTM node: its attributes, and the tensors that it is given by name."""

    graph: Graph
    proto: Any
    attributes: Mapping[str, Any]
    weights: Mapping[str, NDArray[Any]]
    layer: Layer | Network

    @property
    def dtype(self) -> str:
        """The format of its numbers."""
        return str(self.weights["W"].dtype)


def read(model: Any, node: str | None = None) -> Node:
    """Read an LSTM node of a model; see `from_onnx`."""
    graph = load(model)
    proto = graph.node(node)
    validate_once(graph.proto)
    try:
        return _read(graph, proto)
    except SymlstmError as error:
        message = f"node {called(proto)}: {error}"
        raise ModelError(message, argument=error.argument) from error


def _read(graph: Graph, proto: Any) -> Node:
    attributes = _attributes(proto)
    inputs = dict(zip(INPUTS, proto.input, strict=False))
    if len(proto.input) > len(INPUTS):
        raise ModelError(f"has {len(proto.input)} inputs; an LSTM has at most {len(INPUTS)}")
    if len(proto.output) > len(OUTPUTS):
        raise ModelError(f"has {len(proto.output)} outputs; an LSTM has at most {len(OUTPUTS)}")
    weights = {
        name: _weight(graph, name, inputs.get(name, ""))
        for name in ("W", "R", "B", "P")
        if inputs.get(name) or name in ("W", "R")
    }
    backwards = DIRECTIONS[attributes["direction"]]
    _validate_shapes(weights, attributes, len(backwards))
    if inputs.get("sequence_lens") and graph.stored(inputs["sequence_lens"]) is not None:
        message = "sequence_lens is stored in the model, and not supported there"
        raise ModelError(f"{message}; give it to run instead", argument="sequence_lens")
    states = _states(graph, inputs, weights, attributes)
    layers = [
        replace(
            _layer(weights, attributes, direction),
            go_backwards=backward,
            initial_state=states and {name: state[direction] for name, state in states.items()},
        )
        for direction, backward in enumerate(backwards)
    ]
    layer = layers[0] if backwards == [False] else Network([layers])
    return Node(graph, proto, attributes, weights, layer)


def _attributes(proto: Any) -> dict[str, Any]:
    """Return all attributes, with their defaults."""
    attributes = {name: default for name, (_, default) in ATTRIBUTES.items()}
    attributes |= {one.name: _attribute(one) for one in proto.attribute}
    for name in ("input_forget", "layout"):
        if attributes[name] not in (0, 1):
            raise ModelError(f"{name} is {attributes[name]}; it is 0 or 1", argument=name)
    direction = _text(attributes["direction"])
    if direction not in DIRECTIONS:
        message = f"direction is {direction!r}; known: {', '.join(DIRECTIONS)}"
        raise ModelError(message, argument="direction")
    return {**attributes, "direction": direction}


def _attribute(attribute: Any) -> Any:
    """Return the value of an attribute of the node."""
    from onnx import AttributeProto
    from onnx.helper import get_attribute_value

    if attribute.name not in ATTRIBUTES:
        known = ", ".join(ATTRIBUTES)
        message = f"the attribute {attribute.name!r} is not supported; known: {known}"
        raise ModelError(message, argument=attribute.name)
    kind, _ = ATTRIBUTES[attribute.name]
    if attribute.type != AttributeProto.AttributeType.Value(kind) or attribute.ref_attr_name:
        message = f"the attribute {attribute.name} has no value of type {kind}"
        raise ModelError(message, argument=attribute.name)
    return get_attribute_value(attribute)


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


def _weight(graph: Graph, name: str, tensor: str) -> NDArray[Any]:
    if not tensor:
        raise ModelError(f"{name} is missing", argument=name)
    array = graph.stored(tensor)
    if array is None:
        raise ModelError(
            f"{name} {graph.origin(tensor)}, and has to be stored in it; "
            "export the model with its constants folded",
            argument=name,
        )
    if array.dtype.kind != "f" and str(array.dtype) != "bfloat16":
        raise ModelError(f"{name} holds {array.dtype}, and no floats", argument=name)
    return array


def _validate_shapes(
    weights: Mapping[str, NDArray[Any]], attributes: Mapping[str, Any], directions: int
) -> None:
    shape = weights["R"].shape
    units = shape[2] if len(shape) == 3 else 0
    dim = weights["W"].shape[2] if weights["W"].ndim == 3 else 0
    wanted = {
        "W": (directions, 4 * units, dim),
        "R": (directions, 4 * units, units),
        "B": (directions, 8 * units),
        "P": (directions, 3 * units),
    }
    if attributes["hidden_size"] not in (None, units):
        message = f"hidden_size is {attributes['hidden_size']}, and R has shape {shape}"
        raise ModelError(f"{message}; R is (directions, 4·units, units)", argument="hidden_size")
    for name, array in weights.items():
        if array.shape != wanted[name] or 0 in array.shape:
            which = {"W": "(directions, 4·units, input_dim)", "R": "(directions, 4·units, units)"}
            message = f"{name} has shape {array.shape}; for direction {attributes['direction']}"
            raise ModelError(f"{message} it is {which.get(name, wanted[name])}", argument=name)


def _states(
    graph: Graph,
    inputs: Mapping[str, str],
    weights: Mapping[str, NDArray[Any]],
    attributes: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return the initial states that the model stores, of shape (directions, batch, units)."""
    states = {}
    directions, units = weights["R"].shape[0], weights["R"].shape[2]
    for name, state in (("initial_h", "h"), ("initial_c", "c")):
        tensor = inputs.get(name, "")
        array = graph.stored(tensor) if tensor else None
        if array is None:
            if tensor and not graph.is_input(tensor) and not graph.is_zero(tensor):
                message = f"{name} {graph.origin(tensor)}, and not supported there"
                raise ModelError(f"{message}; make it an input of the model", argument=name)
            array = np.zeros((directions, 1, units))
        elif attributes["layout"] and array.ndim == 3:
            array = array.transpose(1, 0, 2)
        if array.ndim != 3 or (array.shape[0], array.shape[2]) != (directions, units):
            first = "batch, directions" if attributes["layout"] else "directions, batch"
            wanted = f"({first}, units)"
            message = f"{name} has shape {array.shape}; it is {wanted}, as W and R have them"
            raise ModelError(message, argument=name)
        states[state] = rational_array(array, argument=name)
    return states if any(state.any() for state in states.values()) else None


def _layer(
    weights: Mapping[str, NDArray[Any]], attributes: Mapping[str, Any], direction: int
) -> Layer:
    W, R = weights["W"][direction], weights["R"][direction]
    gate, activation, output = _activations(attributes, direction)
    cell = OnnxLSTM(
        R.shape[1],
        W.shape[1],
        activation=activation,
        recurrent_activation=gate,
        output_activation=output,
        use_bias="B" in weights,
        peepholes="P" in weights,
        clip=attributes["clip"],
        input_forget=bool(attributes["input_forget"]),
    )
    gates = [weight.name.partition("_")[2] for weight in cell.groups["kernel"]]
    given = {"kernel": by_gate(W, IOFC, gates), "recurrent_kernel": by_gate(R, IOFC, gates)}
    if "B" in weights:
        biases = np.split(weights["B"][direction], 2)
        given["bias"] = by_gate(summed(*biases), IOFC, gates)
    if "P" in weights:
        seen = [gate for gate in gates if gate != "c"]
        given["peephole"] = by_gate(weights["P"][direction], IOFC[:3], seen)
    layer = cell.bind(**given)
    if "B" not in weights:
        return layer
    first, second = biases
    return with_two_biases(layer, first, second, lambda rows: by_gate(rows, IOFC, gates))


def _activations(attributes: Mapping[str, Any], direction: int) -> list[str]:
    """Return our names of a direction's activations f, g and h, with their parameters.

    The values of alpha and beta are taken in turn by the activations that have such a parameter,
    over all directions.
    """
    count = 3 * len(DIRECTIONS[attributes["direction"]])
    given = [_text(name) for name in attributes["activations"]]
    if given and len(given) != count:
        message = f"activations has {len(given)} names; for this direction it has {count}"
        raise ModelError(message, argument="activations")
    names = given or ["Sigmoid", "Tanh", "Tanh"] * (count // 3)
    values = {key: list(attributes[f"activation_{key}"]) for key in ("alpha", "beta")}
    spelled = [_activation(name, values) for name in names]
    for key, rest in values.items():
        if rest:
            message = f"activation_{key} has {len(rest)} more values than its activations take"
            raise ModelError(message, argument=f"activation_{key}")
    return spelled[3 * direction : 3 * direction + 3]


def _activation(name: str, values: Mapping[str, list[float]]) -> str:
    if name.lower() not in ACTIVATIONS:
        message = f"the activation {name!r} is not supported; known: {', '.join(ACTIVATIONS)}"
        raise ModelError(message, argument="activations")
    ours, parameters = ACTIVATIONS[name.lower()]
    spelled = []
    for key, default in parameters.items():
        value = values[key].pop(0) if values[key] else default
        if value is None:
            message = f"{name} misses its value in activation_{key}, for which there is no default"
            raise ModelError(message, argument=f"activation_{key}")
        number = rational(np.float32(value), argument=f"activation_{key}")
        spelled.append(f"{RENAMED.get((ours, key), key)}={number}")
    return f"{ours}({', '.join(spelled)})" if spelled else ours
