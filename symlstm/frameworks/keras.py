"""Keras: ``LSTM``, ``LSTMCell``, ``SimpleRNN``, and ``Bidirectional`` around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells import LSTM, SimpleRNN
from symlstm.equations.activations import activation
from symlstm.errors import CellError, MissingExtraError, ModelError
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

CELLS = {"LSTMCell": LSTM, "SimpleRNNCell": SimpleRNN}
"""Our cells, by the names of Keras's."""
BACKENDS = ("torch", "jax", "tensorflow")
"""The packages that Keras computes with, by the names that KERAS_BACKEND has for them."""
GROUPS = ("kernel", "recurrent_kernel", "bias")


def from_keras(layer: Any) -> Layer | Network:
    """Return a Keras layer with its weights, bit for bit; for ``Bidirectional``, a `Network`.

    ``layer`` is a ``keras.layers.LSTM``, ``LSTMCell``, ``RNN`` of one, ``SimpleRNN``, or a
    ``Bidirectional`` with ``merge_mode="concat"``; it has been built. Its activations are any that
    Keras has and that act on every entry alone. ``go_backwards`` and ``zero_output_for_mask`` come
    along; masks and initial states are given to `Layer.run`. ``return_sequences``,
    ``return_state`` and ``unroll`` change no number, and dropout acts in training alone.

    Raises `ModelError`, which names the attribute, for what is not supported.

    >>> import pytest; keras = pytest.importorskip("keras")
    >>> layer = keras.layers.LSTM(4, activation="softsign")
    >>> layer.build((None, None, 3))
    >>> from_keras(layer).cell
    LSTM(units=4, input_dim=3, activation='softsign')
    """
    layers = _keras().layers
    if type(layer) is layers.Bidirectional:
        return _bidirectional(layer)
    return _recurrent(layer) if isinstance(layer, layers.RNN) else _of_cell(layer)


def _keras() -> Any:
    """Return Keras; raises `MissingExtraError` when it, or its backend, is not installed."""
    try:
        return require("keras", "keras")
    except ModuleNotFoundError as error:
        found = [name for name in BACKENDS if find_spec(name)]
        mend = f"set KERAS_BACKEND={found[0]}" if found else "pip install 'symlstm[keras]'"
        message = f"Keras's backend, {error.name}, is not installed; install it, or choose another"
        raise MissingExtraError(f"{message} before Keras is imported: {mend}") from error


def _bidirectional(layer: Any) -> Network:
    if layer.merge_mode != "concat":
        message = f"merge_mode={layer.merge_mode!r} is not supported; make it 'concat'"
        raise ModelError(message, argument="merge_mode")
    if layer.forward_layer.go_backwards:
        message = "a forward layer with go_backwards=True is not supported; make it False"
        raise ModelError(message, argument="go_backwards")
    return Network([[_recurrent(layer.forward_layer), _recurrent(layer.backward_layer)]])


def _recurrent(layer: Any) -> Layer:
    layers = _keras().layers
    if type(layer) not in (layers.LSTM, layers.SimpleRNN, layers.RNN):
        raise _unsupported(layer)
    if layer.stateful:
        raise ModelError(
            "stateful=True is not supported: a layer of Keras carries its states along unseen; "
            "make it False, and give initial_state to run",
            argument="stateful",
        )
    return replace(
        _of_cell(layer.cell),
        go_backwards=bool(layer.go_backwards),
        zero_output_for_mask=bool(getattr(layer, "zero_output_for_mask", False)),
    )


def _of_cell(cell: Any) -> Layer:
    kind = type(cell).__name__
    if kind not in CELLS or type(cell) is not getattr(_keras().layers, kind):
        raise _unsupported(cell)
    if not cell.built:
        message = f"{cell.name} has no weights yet; call it on an input, or its build(shape), first"
        raise ModelError(message)
    weights = {group: _exported(getattr(cell, group)) for group in GROUPS if _has(cell, group)}
    ours = CELLS[kind](
        cell.units,
        len(weights["kernel"]),
        use_bias=bool(cell.use_bias),
        **{name: _activation(cell, name) for name in CELLS[kind](1).activations},
    )
    return ours.bind(layout="keras", **weights)


def _unsupported(layer: Any) -> ModelError:
    """Return the error for what is no layer of Keras, or another one, or made of one."""
    known = "LSTM, LSTMCell, SimpleRNN, RNN of such a cell, or Bidirectional, and not made of one"
    kind = type(layer)
    return ModelError(
        f"{kind.__module__}.{kind.__qualname__} is not supported; give a layer of Keras: {known}"
    )


def _has(cell: Any, group: str) -> bool:
    return group != "bias" or bool(cell.use_bias)


def _activation(cell: Any, option: str) -> str:
    """Return our name of an activation function of Keras."""
    function = getattr(cell, option)
    known = _keras().activations
    name = getattr(function, "__name__", "")
    if getattr(known, name, None) is not function:
        raise ModelError(
            f"{option} is {shown(function)}, and none of keras.activations; "
            "give one of them by its name",
            argument=option,
        )
    try:
        return activation(name, argument=option).name
    except CellError as error:
        raise ModelError(str(error), argument=option) from error


def _exported(tensor: Any) -> NDArray[Any]:
    """Return the numbers of a tensor as NumPy has them, those of bfloat16 in float32."""
    return as_array(_keras().ops.convert_to_numpy(tensor))


@dataclass(frozen=True)
class KerasImplementation:
    """A Keras layer as what an audit runs; see `symlstm.auditing.Implementation`."""

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
        x = _keras().ops.convert_to_tensor(inputs, dtype=self.dtype)
        out, *last = self.module(x, initial_state=states)
        computed = {"sequence_out": out, **self._last([_exported(state) for state in last])}
        if grad_sequence is not None:
            assert self.differentiate is not None
            gradients = self.differentiate(self.module, x, states, grad_sequence)
            computed |= dict(zip(self._gradients(), gradients, strict=True))
        return {name: _exported(tensor) for name, tensor in computed.items()}

    def _states(self, initial_state: Sequence[NDArray[Any]]) -> list[Any]:
        """Return the states of each direction in turn, as Keras has them."""
        each = (
            [initial_state] if isinstance(self.layer, Layer) else zip(*initial_state, strict=True)
        )
        convert = _keras().ops.convert_to_tensor
        return [convert(state, dtype=self.dtype) for state in chain.from_iterable(each)]

    def _last(self, states: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
        first = self.layer if isinstance(self.layer, Layer) else self.layer.layers[0]
        names = list(first.cell.states)
        if isinstance(self.layer, Network):
            count = len(names)
            states = [np.stack(states[k::count]) for k in range(count)]
        return {f"state_{name}": state for name, state in zip(names, states, strict=True)}

    def _gradients(self) -> list[str]:
        """Return the names of the gradients by the inputs and the weights, in Keras's order."""
        layers = [self.layer] if isinstance(self.layer, Layer) else self.layer.layers
        prefixes = [""] if len(layers) == 1 else [f"layers[{k}]." for k in range(len(layers))]
        groups = (
            f"{prefix}{group}"
            for prefix, layer in zip(prefixes, layers, strict=True)
            for group in layer.cell.groups
        )
        return [f"gradient by {name}" for name in ("inputs", *groups)]


def implementation(module: Any) -> KerasImplementation:
    """Return a layer as what an audit runs: a copy of it that returns sequences and states."""
    keras = _keras()
    layer = from_keras(module)
    copied = _copied(keras, module)
    name, backend = f"keras.layers.{type(module).__name__}", keras.backend.backend()
    return KerasImplementation(
        copied,
        layer,
        f"{name} (keras {keras.__version__}, {backend})",
        copied.compute_dtype,
        DIFFERENTIATION.get(backend),
    )


def _copied(keras: Any, module: Any) -> Any:
    if not isinstance(module, keras.layers.RNN | keras.layers.Bidirectional):
        module = keras.layers.RNN(module)
    config = module.get_config()
    returned = {"return_sequences": True, "return_state": True}
    parts = [config[name] for name in ("layer", "backward_layer") if config.get(name)]
    for part in [one["config"] for one in parts] or [config]:
        part.update(returned)
    copied = type(module).from_config(config)
    kernel = getattr(module, "forward_layer", module).cell.kernel
    copied.build((None, None, kernel.shape[0]))
    copied.trainable = True
    copied.set_weights([_exported(variable) for variable in module.weights])
    return copied


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
