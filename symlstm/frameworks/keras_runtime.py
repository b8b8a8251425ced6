"""Keras as what an audit runs: its own forward and backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError
from symlstm.frameworks.keras import GROUPS, from_keras
from symlstm.frameworks.keras_objects import begins_recurrent, exported, keras_package
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.layouts import by_group
from symlstm.runs.network import Network


@dataclass(frozen=True)
class KerasImplementation:
    """A Keras layer as what an audit runs; see `Implementation`."""

    module: Any
    """The layer, returning sequences and states."""
    layer: Layer | Network
    name: str
    dtype: str
    differentiate: Callable[..., Any] | None

    @property
    def gradients(self) -> bool:
        """Whether Keras's backend computes gradients."""
        return self.differentiate is not None

    def run(
        self,
        inputs: NDArray[Any],
        initial_state: Sequence[NDArray[Any]] | None,
        grad_sequence: NDArray[Any] | None,
    ) -> dict[str, NDArray[Any]]:
        """Return what Keras computes, by name, in our shapes."""
        states = None if initial_state is None else self._states(initial_state)
        x = keras_package().ops.convert_to_tensor(inputs, dtype=self.dtype)
        out, *last = self.module(x, initial_state=states)
        computed = {"sequence_out": out, **self._last(keras_package().tree.flatten(last))}
        if grad_sequence is not None:
            assert self.differentiate is not None
            computed |= self._gradients(self.differentiate(self.module, x, states, grad_sequence))
        return {name: exported(tensor) for name, tensor in computed.items()}

    def _states(self, initial_state: Sequence[NDArray[Any]]) -> list[Any]:
        """Return the states of each direction in turn, as Keras has them."""
        convert = keras_package().ops.convert_to_tensor
        states = [convert(state, dtype=self.dtype) for state in initial_state]
        if isinstance(self.layer, Layer):
            return states
        each = list(zip(*states, strict=True))
        return each if self.nested else list(chain.from_iterable(each))

    @property
    def nested(self) -> bool:
        """Whether Keras has the states of each layer in a list of its own."""
        return hasattr(getattr(self.module, "cell", None), "cells")

    def _last(self, tensors: Sequence[Any]) -> dict[str, NDArray[Any]]:
        states = [exported(tensor) for tensor in tensors]
        if not states:
            return {}
        names = list(self.layer.layers[0].cell.states)
        if isinstance(self.layer, Network):
            count = len(names)
            states = [np.stack(states[k::count]) for k in range(count)]
        return {f"state_{name}": state for name, state in zip(names, states, strict=True)}

    def _gradients(self, gradients: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return the gradients by the inputs and by each group of weights, in Keras's order."""
        by_inputs, *rest = map(exported, gradients)
        computed, each = {"gradient by inputs": by_inputs}, iter(rest)
        for k, layer in enumerate(self.layer.layers):
            prefix = f"layers[{k}]." if len(self.layer.layers) > 1 else ""
            arrays = {group: next(each) for group in GROUPS if group in layer.cell.groups}
            groups = by_group(layer.cell, "keras", arrays)
            computed |= {f"gradient by {prefix}{name}": array for name, array in groups.items()}
        return computed


def implementation(module: Any) -> KerasImplementation:
    """Return a layer as what an audit runs: a copy of it that returns sequences and states."""
    keras = keras_package()
    layer = from_keras(module)
    _require_audited(keras, module, layer)
    is_model = isinstance(module, keras.Model)
    copied = _Headed(module) if is_model else _copied(keras, module, layer.input_dim)
    name, backend = f"keras.layers.{type(module).__name__}", keras.backend.backend()
    return KerasImplementation(
        copied,
        layer,
        f"{name} (keras {keras.__version__}, {backend})",
        copied.compute_dtype,
        DIFFERENTIATION.get(backend),
    )


@dataclass(frozen=True)
class _Apart:
    """A ``Bidirectional`` layer whose outputs stay apart, with both of them in one array."""

    module: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def __call__(self, x: Any, **options: Any) -> list[Any]:
        forward, backward, *states = self.module(x, **options)
        return [keras_package().ops.stack([forward, backward]), *states]

    def stateless_call(self, *given: Any, **options: Any) -> Any:
        (forward, backward, *states), fixed = self.module.stateless_call(*given, **options)
        return [keras_package().ops.stack([forward, backward]), *states], fixed


@dataclass(frozen=True)
class _Headed:
    """A model that is a network with a head, whose single output is that of a single step."""

    module: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    @property
    def trainable_weights(self) -> Any:
        """The weights of all layers, frozen or not."""
        return self.module.weights

    def __call__(self, x: Any, *, initial_state: Any = None) -> list[Any]:
        _require_no_states(initial_state)
        return [_in_steps(self.module(x, training=False))]

    def stateless_call(self, *given: Any, initial_state: Any = None) -> Any:
        _require_no_states(initial_state)
        out, fixed = self.module.stateless_call(*given, training=False)
        return [_in_steps(out)], fixed


def _in_steps(out: Any) -> Any:
    return out if len(out.shape) == 3 else out[:, None]


def _require_no_states(states: Any) -> None:
    if states is not None:
        message = "a model of Keras takes no initial states; leave initial_state out, or audit"
        raise ModelError(f"{message} its layers one by one", argument="initial_state")


def _require_audited(keras: Any, module: Any, layer: Layer | Network) -> None:
    """Raise `ModelError` for a module whose inputs, or outputs, are not those of the layer."""
    if not isinstance(module, keras.Model):
        is_head = not layer.layers[0].cell.states
        fits, why = not is_head, "a Dense layer alone has no states"
    else:
        has_head = isinstance(layer, Network) and layer.head is not None
        fits = (
            has_head
            and begins_recurrent(module)
            and not any(getattr(one, "stateful", False) for one in module.layers)
        )
        why = "of a model all is audited, and other layers than recurrent ones and a head, and "
        why += "states that are kept, are not known"
    if not fits:
        mend = "audit one of its layers, or a function of the inputs together with layer="
        raise ModelError(f"{why}; {mend}")


def _copied(keras: Any, module: Any, input_dim: int) -> Any:
    if not isinstance(module, keras.layers.RNN | keras.layers.Bidirectional):
        module = keras.layers.RNN(module)
    config = module.get_config()
    returned = {"return_sequences": True, "return_state": True, "stateful": False}
    parts = [config[name] for name in ("layer", "backward_layer") if config.get(name)]
    for part in [one["config"] for one in parts] or [config]:
        part.update(returned)
    copied = type(module).from_config(config)
    copied.build((None, None, input_dim))
    copied.trainable = True
    copied.set_weights([exported(variable) for variable in module.weights])
    apart = isinstance(copied, keras.layers.Bidirectional) and copied.merge_mode is None
    return _Apart(copied) if apart else copied


def _with_torch(layer: Any, x: Any, states: Any, grad_sequence: NDArray[Any]) -> Sequence[Any]:
    torch = require("torch", "torch")
    x = x.detach().requires_grad_()
    out, *_ = layer(x, initial_state=states)
    seed = torch.tensor(grad_sequence, dtype=out.dtype, device=out.device)
    weights = [variable.value for variable in layer.trainable_weights]
    gradients: Sequence[Any] = torch.autograd.grad(out, [x, *weights], seed)
    return gradients


def _with_tensorflow(layer: Any, x: Any, states: Any, grad_sequence: NDArray[Any]) -> Sequence[Any]:
    tensorflow = require("tensorflow", "keras")
    with tensorflow.GradientTape() as tape:
        tape.watch(x)
        out, *_ = layer(x, initial_state=states)
    seed = tensorflow.cast(grad_sequence, out.dtype)
    weights = [variable.value for variable in layer.trainable_weights]
    gradients: Sequence[Any] = tape.gradient(out, [x, *weights], output_gradients=seed)
    return gradients


def _with_jax(layer: Any, x: Any, states: Any, grad_sequence: NDArray[Any]) -> Sequence[Any]:
    jax = require("jax", "keras")

    def run(x: Any, weights: Any) -> Any:
        fixed = [variable.value for variable in layer.non_trainable_variables]
        (out, *_), _ = layer.stateless_call(weights, fixed, x, initial_state=states)
        return out

    out, pull = jax.vjp(run, x, [variable.value for variable in layer.trainable_variables])
    by_x, by_weights = pull(jax.numpy.asarray(grad_sequence, dtype=out.dtype))
    return [by_x, *by_weights]


DIFFERENTIATION: Mapping[str, Callable[..., Any]] = {
    "torch": _with_torch,
    "tensorflow": _with_tensorflow,
    "jax": _with_jax,
}
"""How each backend of Keras computes gradients by the inputs and the weights."""
