"""Objects of Keras: the package, what it computes with, and which layers stand in a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from symlstm.errors import MissingExtraError, ModelError
from symlstm.frameworks.keras_chain import ACTIVATIONS, HEADS, PASSED, REMEMBERING, Link
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array
from symlstm.optional import require

BACKENDS = ("torch", "jax", "tensorflow")
"""The packages that Keras computes with, by the names that KERAS_BACKEND has for them."""


def keras_package() -> Any:
    """Return Keras; raises `MissingExtraError` when it, or its backend, is not installed."""
    try:
        return require("keras", "keras")
    except ModuleNotFoundError as error:
        found = [name for name in BACKENDS if find_spec(name)]
        mend = f"set KERAS_BACKEND={found[0]}" if found else "pip install 'symlstm[keras]'"
        message = f"Keras's backend, {error.name}, is not installed; install it, or choose another"
        raise MissingExtraError(f"{message} before Keras is imported: {mend}") from error


def activation_of(layer: Any, option: str) -> str:
    """Return Keras's name of an activation function."""
    function = getattr(layer, option)
    known = keras_package().activations
    name = getattr(function, "__name__", "")
    if getattr(known, name, None) is not function:
        raise ModelError(
            f"{option} is {shown(function)}, and none of keras.activations; "
            "give one of them by its name",
            argument=option,
        )
    return str(name)


def exported(tensor: Any) -> NDArray[Any]:
    """Return the numbers of a tensor as NumPy has them, those of bfloat16 in float32."""
    return as_array(keras_package().ops.convert_to_numpy(tensor))


def links(model: Any, made: Callable[[Any], Any]) -> list[Link]:
    """Return the layers at the end of a model that stand one behind the other, in this order.

    ``made`` returns what a layer is here.
    """
    return [_link(layer, made) for layer in _chain(model)[0]]


def begins_recurrent(model: Any) -> bool:
    """Say whether the inputs of a model are those of the first recurrent layer in its chain."""
    layers, whole = _chain(model)
    kinds = [kind for kind in map(_kind, layers) if kind not in PASSED]
    return whole and kinds[0] in REMEMBERING


def _link(layer: Any, made: Callable[[Any], Any]) -> Link:
    inner = layer.layer if _kind(layer) == "TimeDistributed" else layer
    kind = _kind(inner) if inner is layer or _kind(inner) in (*HEADS, *ACTIVATIONS) else ""

    def option(name: str) -> Any:
        return activation_of(inner, name) if name == "activation" else getattr(inner, name, None)

    return Link(kind, inner.name, option, lambda: made(inner))


def _kind(layer: Any) -> str:
    """Return the class of a layer that is Keras's own, and no class made of one."""
    name = type(layer).__name__
    return name if type(layer) is getattr(keras_package().layers, name, None) else ""


def _chain(model: Any) -> tuple[list[Any], bool]:
    """Return the layers at the end of a model, and whether they reach back to its input."""
    found: list[Any] = []
    layers, whole = _own(model)
    for layer in layers:
        if not isinstance(layer, keras_package().Model):
            found.append(layer)
            continue
        inside, through = _chain(layer)
        found = [*found, *inside] if through else inside
        whole = whole and through
    return found, whole


def _own(model: Any) -> tuple[Sequence[Any], bool]:
    """Return the same of the layers that are a model's own."""
    if type(model) is keras_package().Sequential:
        return model.layers, True
    outputs = getattr(model, "outputs", None)
    found: list[Any] = []
    if type(model).__name__ != "Functional" or not isinstance(outputs, list) or len(outputs) != 1:
        return found, False
    (tensor,) = outputs
    while True:
        layer, node_index, index = tensor._keras_history
        if index:
            return found, False
        found.insert(0, layer)
        node = layer._inbound_nodes[node_index]
        if len(node.input_tensors) != 1:
            return found, node.is_input
        (tensor,) = node.input_tensors
