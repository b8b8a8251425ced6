"""Heads of PyTorch: ``torch.nn.Linear``, alone or in a ``torch.nn.Sequential``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import Dense
from symlstm.errors import ModelError, choices
from symlstm.frameworks.taken import Layers, with_activation
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array
from symlstm.optional import require
from symlstm.runs.layer import Layer

KINDS = ("weight", "bias")
"""The parameters of a ``Linear``."""
PASSED = ("Dropout", "Identity")
"""The modules that hand on what they are given, but in training."""


def _over(name: str) -> Callable[[Any, int], str | None]:
    return lambda module, axis: name if module.dim in (-1, axis) else None


ACTIVATIONS: Mapping[str, Callable[[Any, int], str | None]] = {
    "Sigmoid": lambda _module, _axis: "sigmoid",
    "Tanh": lambda _module, _axis: "tanh",
    "ReLU": lambda _module, _axis: "relu",
    "Softmax": _over("softmax"),
    "LogSoftmax": _over("log_softmax"),
}
"""The modules that are an activation, and which, where units are along an axis; or none."""


def linear(arrays: Mapping[str, Any], name: str = "") -> Layer:
    """Return the layer of a ``Linear`` by its parameters, ``weight`` and, if it has one, ``bias``.

    Raises `ModelError` for arrays of other shapes.
    """
    numbers = {array: as_array(tensor) for array, tensor in arrays.items() if tensor is not None}
    shapes = {array: np.shape(number) for array, number in numbers.items()}
    if not _are_linear(shapes):
        message = f"{name or 'the head'} has arrays of shapes {shapes}, and a torch.nn.Linear a"
        raise ModelError(
            f"{message} weight of (rows, columns), and a bias of rows", argument="head"
        )
    rows, columns = shapes["weight"]
    return Dense(rows, columns, use_bias="bias" in numbers).bind(layout="torch", **numbers)


def _are_linear(shapes: Mapping[str, tuple[int, ...]]) -> bool:
    weight = shapes.get("weight", ())
    return len(weight) == 2 and 0 not in weight and shapes.get("bias", weight[:1]) == weight[:1]


def head_of(head: Any, model: Any, *, return_sequences: bool) -> list[Layer]:
    """Return the layers that a module is, or what is called so in a module or in a state dict.

    The last one is the head. Raises `ModelError` for what is none.
    """
    if isinstance(model, Mapping):
        return [_named_array(head, model)]
    nn = require("torch", "torch").nn
    if isinstance(head, str):
        parts = {name: part for name, part in model.named_modules() if name}
        if head not in parts:
            linears = [name for name, part in parts.items() if type(part) is nn.Linear]
            message = f"{type(model).__name__} has no module {shown(head)} inside"
            raise ModelError(f"{message}; {choices(head, linears)}", argument="head")
        head = parts[head]
    modules = list(head) if type(head) is nn.Sequential else [head]
    modules = [one for one in modules if not _is(nn, one, PASSED)]
    made: list[Layer] = []
    for one in modules:
        name = type(one).__name__
        if type(one) is nn.Linear:
            made.append(of_module(one))
            continue
        found = ACTIVATIONS[name](one, 1 + return_sequences) if _is(nn, one, ACTIVATIONS) else None
        if found is None or not made:
            raise _no_head(one)
        made[-1] = with_activation(made[-1], found, name)
    if not made:
        raise _no_head(head)
    return made


def of_module(module: Any) -> Layer:
    """Return the layer of a ``Linear``; raises `ModelError` for one without numbers."""
    if module.weight.is_meta:
        raise ModelError("weight has no numbers: it is on the device 'meta'")
    return linear({"weight": module.weight, "bias": module.bias})


def _is(nn: Any, module: Any, kinds: Any) -> bool:
    return any(type(module) is getattr(nn, kind) for kind in kinds)


def _no_head(module: Any) -> ModelError:
    return ModelError(
        f"{module!r:.200} is no part of a head; give a torch.nn.Linear, or a torch.nn.Sequential "
        f"of them, each with an activation over the units or none: {', '.join(ACTIVATIONS)}",
        argument="head",
    )


def _named_array(head: Any, arrays: Mapping[str, Any]) -> Layer:
    given = {kind: arrays[f"{head}.{kind}"] for kind in KINDS if f"{head}.{kind}" in arrays}
    if "weight" not in given:
        known = list(_linears(arrays))
        message = f"the state dict has no {head}.weight, as a head of {shown(head)} has"
        raise ModelError(f"{message}; {choices(head, known)}", argument="head")
    return linear(given, str(head))


def module_heads(module: Any) -> Layers:
    """Return the ``Linear`` layers in a module, by name."""
    nn = require("torch", "torch").nn
    parts = module.named_modules()
    return {name: of_module(part) for name, part in parts if type(part) is nn.Linear}


def array_heads(arrays: Mapping[str, Any]) -> Layers:
    """Return the layers in a state dict that have the arrays of a ``Linear`` with a bias, by name.

    One without is not to be told from an embedding.
    """
    return {name: linear(given, name) for name, given in _linears(arrays).items()}


def _linears(arrays: Mapping[str, Any]) -> dict[str, dict[str, NDArray[Any]]]:
    names = [one.removesuffix(".bias") for one in map(str, arrays) if one.endswith(".bias")]
    each = {
        name: {kind: arrays[f"{name}.{kind}"] for kind in KINDS}
        for name in names
        if f"{name}.weight" in arrays
    }
    shapes = {name: {k: np.shape(a) for k, a in given.items()} for name, given in each.items()}
    return {name: given for name, given in each.items() if _are_linear(shapes[name])}
