"""ONNX: the operators ``LSTM``, ``GRU`` and ``RNN``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from symlstm.cells.cell import Cell
from symlstm.errors import ModelError, SymlstmError, TooLargeError
from symlstm.frameworks.onnx_activations import spelled
from symlstm.frameworks.onnx_constants import Absent
from symlstm.frameworks.onnx_graph import Place, load
from symlstm.frameworks.onnx_kinds import KINDS, Kind
from symlstm.frameworks.onnx_node import called
from symlstm.frameworks.onnx_states import initial_states
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

DIRECTIONS = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}
"""For each direction of a node, whether it goes backwards."""


def from_onnx(
    model: Any, node: str | None = None, *, weights: Mapping[str, Any] | None = None
) -> Layer | Network:
    """Return a node of an ONNX model, an LSTM, GRU or RNN, with its weights, bit for bit.

    ``model`` is the path of a file, or a model that ``onnx.load`` returned; ``node`` the name of
    the node, where there are several, in branches and functions, too; ``weights`` has values for
    inputs of the model by name. A node of direction ``forward`` is a `Layer`, others are a
    `Network`. All attributes of the operators are known, and so are peepholes. Inputs have shape
    (batch, T, input_dim) here whatever ``layout`` says; ``sequence_lens`` is given to `Layer.run`,
    and where the model stores it, is what a run has that is given no other.

    Weights may be stored in the folder of the file, and be cut, joined, reshaped, widened and the
    like in the model (`OPERATIONS`), which is done exactly. Initial states that it stores are the
    layer's own; when it computes others, a run has to be given ``initial_state``. Nothing in the
    model is run, and nothing that it gives twice is taken.

    Raises `ModelError` for a model that cannot be read, or holds what is not supported, and
    `TooLargeError` for one that would take too much.

    ONNX operators, "LSTM", "GRU" and "RNN" (versions 7 to 22).

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
    """Return the nodes of a model that can be taken over, by name; see `layers_of`.

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
    """A node: its name, operator and attributes, the tensors that it is given, and its layer."""

    name: str
    operator: str
    attributes: Sequence[Any]
    weights: Mapping[str, NDArray[Any]]
    layer: Layer | Network

    @property
    def dtype(self) -> str:
        """The format of its numbers."""
        return str(self.weights["W"].dtype)


def read(model: Any, node: str | None = None, weights: Mapping[str, Any] | None = None) -> Node:
    """Read a node of a model; see `from_onnx`."""
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
    proto, kind = place.node, KINDS[place.node.op_type]
    attributes = _attributes(kind, place.attributes)
    for what, has, most in (
        ("inputs", proto.input, kind.inputs),
        ("outputs", proto.output, kind.outputs),
    ):
        if len(has) > len(most):
            raise ModelError(f"has {len(has)} {what}; {proto.op_type} has at most {len(most)}")
    inputs = dict(zip(kind.inputs, proto.input, strict=False))
    weights = {
        name: _weight(place, name, inputs.get(name, ""))
        for name in ("W", "R", "B", "P")
        if inputs.get(name) or name in ("W", "R")
    }
    backwards = DIRECTIONS[attributes["direction"]]
    _validate_shapes(kind, weights, attributes, len(backwards))
    lengths = _lengths(place, inputs.get("sequence_lens", ""))
    batch_first = bool(attributes["layout"])
    states, asked = initial_states(place, kind.states, inputs, weights["R"], batch_first)
    activations = _activations(kind, attributes)
    layers = [
        replace(
            _layer(kind, weights, attributes, activations[direction], direction),
            go_backwards=backward,
            initial_state=states and {name: state[direction] for name, state in states.items()},
            no_initial_state=asked,
            sequence_lens=lengths,
        )
        for direction, backward in enumerate(backwards)
    ]
    layer = layers[0] if backwards == [False] else Network([layers])
    return Node(called(proto), proto.op_type, place.attributes, weights, layer)


def _attributes(kind: Kind, given: Sequence[Any]) -> dict[str, Any]:
    """Return all attributes, with their defaults."""
    attributes = {name: default for name, (_, default) in kind.attributes.items()}
    attributes |= {one.name: _attribute(kind, one) for one in given}
    for name in ("layout", *kind.switches):
        if attributes[name] not in (0, 1):
            raise ModelError(f"{name} is {attributes[name]}; it is 0 or 1", argument=name)
    direction = _text(attributes["direction"])
    if direction not in DIRECTIONS:
        message = f"direction is {direction!r}; known: {', '.join(DIRECTIONS)}"
        raise ModelError(message, argument="direction")
    return {**attributes, "direction": direction}


def _attribute(kind: Kind, attribute: Any) -> Any:
    """Return the value of an attribute of the node."""
    from onnx import AttributeProto
    from onnx.helper import get_attribute_value

    if attribute.name not in kind.attributes:
        known = ", ".join(sorted(kind.attributes))
        message = f"the attribute {attribute.name!r} is not supported; known: {known}"
        raise ModelError(message, argument=attribute.name)
    wanted, _ = kind.attributes[attribute.name]
    if attribute.type != AttributeProto.AttributeType.Value(wanted):
        message = f"the attribute {attribute.name} has no value of type {wanted}"
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
    kind: Kind, weights: Mapping[str, NDArray[Any]], attributes: Mapping[str, Any], directions: int
) -> None:
    shape = weights["R"].shape
    units = shape[2] if len(shape) == 3 else 0
    dim = weights["W"].shape[2] if weights["W"].ndim == 3 else 0
    wanted = {
        "W": (directions, kind.gates * units, dim),
        "R": (directions, kind.gates * units, units),
        "B": (directions, 2 * kind.gates * units),
        "P": (directions, 3 * units),
    }
    rows = f"{kind.gates}·units" if kind.gates > 1 else "units"
    if attributes["hidden_size"] not in (None, units):
        message = f"hidden_size is {attributes['hidden_size']}, and R has shape {shape}"
        message = f"{message}; R is (directions, {rows}, units)"
        raise ModelError(message, argument="hidden_size")
    for name, array in weights.items():
        if array.shape != wanted[name] or 0 in array.shape:
            which = {"W": f"(directions, {rows}, input_dim)", "R": f"(directions, {rows}, units)"}
            message = f"{name} has shape {array.shape}; for direction {attributes['direction']}"
            raise ModelError(f"{message} it is {which.get(name, wanted[name])}", argument=name)


def _activations(kind: Kind, attributes: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the activations of each direction, by the options of the cell that they are."""
    given = [_text(name) for name in attributes["activations"]]
    values = {key: attributes[f"activation_{key}"] for key in ("alpha", "beta")}
    directions = len(DIRECTIONS[attributes["direction"]])
    each = spelled(given, [*kind.activations.values()], directions, **values)
    return [dict(zip(kind.activations, names, strict=True)) for names in each]


def _layer(
    kind: Kind,
    weights: Mapping[str, NDArray[Any]],
    attributes: Mapping[str, Any],
    activations: Mapping[str, str],
    direction: int,
) -> Layer:
    W, R = weights["W"][direction], weights["R"][direction]
    options = {ours: bool(attributes[name]) for name, ours in kind.switches.items()}
    if kind.peepholes:
        options["peepholes"] = "P" in weights
    made: Callable[..., Cell] = kind.cell
    clip, use_bias = attributes["clip"], "B" in weights
    cell = made(R.shape[1], W.shape[1], clip=clip, use_bias=use_bias, **activations, **options)
    arrays = {name: array[direction] for name, array in weights.items()}
    return cell.bind(layout="onnx", **arrays)
