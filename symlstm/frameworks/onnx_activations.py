"""The activation functions of a node of an ONNX model, with the parameters that it gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from symlstm.errors import ModelError
from symlstm.numbers.exact import rational

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


def spelled(
    given: Sequence[str], usual: Sequence[str], directions: int, **values: Sequence[float]
) -> list[list[str]]:
    """Return our names of each direction's activations, with their parameters.

    ``usual`` are those of a direction of which none are given. The ``values`` of alpha and beta are
    taken in turn by the activations that have such a parameter, over all directions. Raises
    `ModelError` for what does not fit.
    """
    each, count = len(usual), len(usual) * directions
    if given and len(given) != count:
        message = f"activations has {len(given)} names; for this direction it has {count}"
        raise ModelError(message, argument="activations")
    left = {key: list(rest) for key, rest in values.items()}
    names = [_activation(name, left) for name in given or [*usual] * directions]
    for key, rest in left.items():
        if rest:
            message = f"activation_{key} has {len(rest)} more values than its activations take"
            raise ModelError(message, argument=f"activation_{key}")
    return [names[k : k + each] for k in range(0, count, each)]


def _activation(name: str, values: Mapping[str, list[float]]) -> str:
    if name.lower() not in ACTIVATIONS:
        message = f"the activation {name!r} is not supported; known: {', '.join(ACTIVATIONS)}"
        raise ModelError(message, argument="activations")
    ours, parameters = ACTIVATIONS[name.lower()]
    with_values = []
    for key, default in parameters.items():
        value = values[key].pop(0) if values[key] else default
        if value is None:
            message = f"{name} misses its value in activation_{key}, for which there is no default"
            raise ModelError(message, argument=f"activation_{key}")
        number = rational(np.float32(value), argument=f"activation_{key}")
        with_values.append(f"{RENAMED.get((ours, key), key)}={number}")
    return f"{ours}({', '.join(with_values)})" if with_values else ours
