"""ONNX: the ``LSTM`` operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import OnnxLSTM
from symlstm.errors import ModelError, SymlstmError, TooLargeError
from symlstm.frameworks.onnx_constants import Absent
from symlstm.frameworks.onnx_graph import Place, load
from symlstm.frameworks.onnx_node import called
from symlstm.frameworks.onnx_states import initial_states
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


def from_onnx(
    model: Any, node: str | None = None, *, weights: Mapping[str, Any] | None = None
) -> Layer | Network:
    """Return an LSTM node of an ONNX model with its weights, bit for bit.

    ``model`` is the path of a file, or a model that ``onnx.load`` returned; ``node`` the name of
    the node, where there are several, in branches and functions, too; ``weights`` has values for
    inputs of the model by name. A node of direction ``forward`` is a `Layer`, others are a
    `Network`. All attributes of the operator are known, and so are peepholes. Inputs have shape
    (batch, T, input_dim) here whatever ``layout`` says; ``sequence_lens`` is given to `Layer.run`,
    and where the model stores it, is what a run has that is given no other.

    Weights may be stored in the folder of the file, and be cut, joined, reshaped, widened and the
    like in the model (`OPERATIONS`), which is done exactly. Initial states that it stores are the
    layer's own; when it computes others, a run has to be given ``initial_state``. Nothing in the
    model is run, and nothing that it gives twice is taken.

    Raises `ModelError` for a model that cannot be read, or holds what is not supported, and
    `TooLargeError` for one that would take too much.

    ONNX operators, "LSTM" (versions 7 to 22).

    >>> import numpy as np
    >>> from onnx import helper, TensorProto
    >>> shapes = {"X": None, "W": [1, 4, 1], "R": [1, 4, 1]}
    >>> given = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    >>> lstm = helper.make_node("LSTM", list(shapes), ["Y"], name="lstm")
    >>> model = helper.make_model(helper.make_graph([lstm], "graph", given, []))
    >>> W, R = np.float32([[[1], [2], [3], [4]]]), np.zeros((1, 4, 1), "float32")
    >>> layer = from_onnx(model, weights={"W": W, "R": R})
    >>> layer["W_i"], layer["W_o"], layer["W_f"], layer["W_c"]  # in ONNX's order
    (1, 2, 3, 4)
    """
    return read(model, node, weights).layer


def onnx_layers(model: Any) -> dict[str, Layer | Network]:
    """Return the LSTM nodes of a model that can be taken over, by name; see `layers_of`.

    Raises `ModelError`, as `from_onnx` does, where none can be.
    """
    graph, found, refused = load(model), {}, []
    for name in graph.named():
        try:
            found[name] = read(graph.model, name).layer
        except ModelError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found


@dataclass(frozen=True)
class Node:
    """An LSTM node: its name and attributes, the tensors that it is given, and its layer."""

    name: str
    attributes: Sequence[Any]
    weights: Mapping[str, NDArray[Any]]
    layer: Layer | Network

    @property
    def dtype(self) -> str:
        """The format of its numbers."""
        return str(self.weights["W"].dtype)


def read(model: Any, node: str | None = None, weights: Mapping[str, Any] | None = None) -> Node:
    """Read an LSTM node of a model; see `from_onnx`."""
    graph = load(model, weights)
    place = graph.node(node)
    place.scope.validate()
    try:
        return _read(place)
    except SymlstmError as error:
        message = f"node {called(place.node)}: {error}"
        if len(graph.named()) > 1:
            message += "; symlstm.layers_of(...) has those of the model that can be taken over"
        kind = TooLargeError if isinstance(error, TooLargeError) else ModelError
        raise kind(message, argument=error.argument) from error


def _read(place: Place) -> Node:
    proto, attributes = place.node, _attributes(place.attributes)
    inputs = dict(zip(INPUTS, proto.input, strict=False))
    if len(proto.input) > len(INPUTS):
        raise ModelError(f"has {len(proto.input)} inputs; an LSTM has at most {len(INPUTS)}")
    if len(proto.output) > len(OUTPUTS):
        raise ModelError(f"has {len(proto.output)} outputs; an LSTM has at most {len(OUTPUTS)}")
    weights = {
        name: _weight(place, name, inputs.get(name, ""))
        for name in ("W", "R", "B", "P")
        if inputs.get(name) or name in ("W", "R")
    }
    backwards = DIRECTIONS[attributes["direction"]]
    _validate_shapes(weights, attributes, len(backwards))
    lengths = _lengths(place, inputs.get("sequence_lens", ""))
    states, asked = initial_states(place, inputs, weights["R"], bool(attributes["layout"]))
    layers = [
        replace(
            _layer(weights, attributes, direction),
            go_backwards=backward,
            initial_state=states and {name: state[direction] for name, state in states.items()},
            no_initial_state=asked,
            sequence_lens=lengths,
        )
        for direction, backward in enumerate(backwards)
    ]
    layer = layers[0] if backwards == [False] else Network([layers])
    return Node(called(proto), place.attributes, weights, layer)


def _attributes(given: Sequence[Any]) -> dict[str, Any]:
    """Return all attributes, with their defaults."""
    attributes = {name: default for name, (_, default) in ATTRIBUTES.items()}
    attributes |= {one.name: _attribute(one) for one in given}
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
    if attribute.type != AttributeProto.AttributeType.Value(kind):
        message = f"the attribute {attribute.name} has no value of type {kind}"
        raise ModelError(message, argument=attribute.name)
    return get_attribute_value(attribute)


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


def _weight(place: Place, name: str, tensor: str) -> NDArray[Any]:
    if not tensor:
        raise ModelError(f"{name} is missing", argument=name)
    array = place.find(tensor)
    if isinstance(array, Absent):
        mend = "and has to be stored in it; export the model with its constants folded"
        if array.given is not None:
            mend += f", or give weights={{{array.given!r}: ...}}"
        raise ModelError(f"{name} {array.why}, {mend}", argument=name)
    if array.dtype.kind != "f" and str(array.dtype) != "bfloat16":
        raise ModelError(f"{name} holds {array.dtype}, and no floats", argument=name)
    return array


def _lengths(place: Place, tensor: str) -> list[int] | None:
    """Return the lengths of sequences that the model stores, if it does."""
    array = place.find(tensor) if tensor else None
    if array is None or isinstance(array, Absent):
        return None
    if array.ndim != 1 or array.dtype.kind not in "iu" or (array < 0).any():
        message = f"sequence_lens has shape {array.shape} and type {array.dtype}; it has a whole"
        message = f"{message} number, 0 or more, for each sequence"
        raise ModelError(message, argument="sequence_lens")
    return [int(length) for length in array]


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
    arrays = {name: array[direction] for name, array in weights.items()}
    return cell.bind(layout="onnx", **arrays)


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
