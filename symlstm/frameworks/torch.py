"""PyTorch: ``torch.nn.LSTM`` and ``torch.nn.LSTMCell``."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from symlstm.cells import LSTM, ProjectedLSTM
from symlstm.errors import ModelError
from symlstm.frameworks.weights import summed, with_two_biases
from symlstm.numbers.floats import as_array
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

GROUPS = {
    "kernel": "weight_ih",
    "recurrent_kernel": "weight_hh",
    "bias": "bias_ih",
    "projection": "weight_hr",
}
"""The parameters of PyTorch whose gradients are those of a group of weights.

The two biases are added, so that the gradients by both are the same.
"""


def from_torch(module: Any) -> Layer | Network:
    """Return a PyTorch LSTM with its weights, bit for bit: a `Layer`, or a `Network` of several.

    ``module`` is a ``torch.nn.LSTM``, with any ``num_layers``, ``bidirectional``, ``proj_size``,
    ``bias`` and ``batch_first``, or a ``torch.nn.LSTMCell``. The rows i, f, g, o of PyTorch are the
    gates i, f, c, o; its two biases are added exactly. Inputs have shape (batch, T, input_dim) here
    whatever ``batch_first`` says, and the states of a network PyTorch's (layers, batch, units).
    The dropout between layers acts in training alone.

    Raises `ModelError` for another module, and for one that is in training mode with dropout.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> layer = from_torch(torch.nn.LSTM(3, 4))
    >>> layer.cell
    LSTM(units=4, input_dim=3)
    """
    nn = require("torch", "torch").nn
    if type(module) is nn.LSTMCell:
        return _layer(module, "")
    if type(module) is not nn.LSTM:
        kind = f"{type(module).__module__}.{type(module).__qualname__}"
        raise ModelError(
            f"{kind} is not supported; give a torch.nn.LSTM or torch.nn.LSTMCell, and no class "
            "made of one"
        )
    if module.training and module.dropout and module.num_layers > 1:
        message = f"dropout={module.dropout} makes a module in training mode random"
        raise ModelError(f"{message}; call its eval() first", argument="dropout")
    layers = [_layer(module, suffix) for suffix in _suffixes(module)]
    directions = 1 + module.bidirectional
    if len(layers) == 1:
        return layers[0]
    return Network([layers[k : k + directions] for k in range(0, len(layers), directions)])


def _suffixes(module: Any) -> Iterator[str]:
    """Yield what the names of each layer's parameters end in, in PyTorch's order of layers."""
    for level in range(module.num_layers):
        yield f"_l{level}"
        if module.bidirectional:
            yield f"_l{level}_reverse"


def _layer(module: Any, suffix: str) -> Layer:
    def parameter(name: str) -> Any:
        tensor = getattr(module, name + suffix)
        if tensor.is_meta:
            raise ModelError(f"{name}{suffix} has no numbers: it is on the device 'meta'")
        return as_array(tensor)

    options = {"units": module.hidden_size, "input_dim": parameter("weight_ih").shape[1]}
    options["use_bias"] = bool(module.bias)
    weights = {"kernel": parameter("weight_ih").T, "recurrent_kernel": parameter("weight_hh").T}
    biases = [parameter(name) for name in ("bias_ih", "bias_hh")] if module.bias else []
    if biases:
        weights["bias"] = summed(*biases)
    size = getattr(module, "proj_size", 0)
    if size:
        weights["projection"] = parameter("weight_hr").T
    cell = ProjectedLSTM(**options, proj_size=size) if size else LSTM(**options)
    layer = replace(cell.bind(**weights), go_backwards=suffix.endswith("_reverse"))
    return with_two_biases(layer, *biases) if biases else layer


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")


@dataclass(frozen=True)
class TorchImplementation:
    """A PyTorch module as what an audit runs; see `symlstm.auditing.Implementation`."""

    module: Any
    layer: Layer | Network
    name: str
    dtype: str
    gradients: bool = True

    def run(
        self,
        inputs: NDArray[Any],
        initial_state: Sequence[NDArray[Any]] | None,
        grad_sequence: NDArray[Any] | None,
    ) -> dict[str, NDArray[Any]]:
        """Return what PyTorch computes, by name, in our shapes."""
        x = self._tensor(inputs).requires_grad_()
        states = None if initial_state is None else [self._state(s) for s in initial_state]
        run = self._step_through if self._is_cell else self._run
        out, (h, c) = run(x, states)
        computed = {"sequence_out": out, "state_h": h, "state_c": c}
        if grad_sequence is not None:
            computed |= self._gradients(out, self._tensor(grad_sequence), x)
        return {name: as_array(tensor) for name, tensor in computed.items()}

    @property
    def _is_cell(self) -> bool:
        return isinstance(self.module, require("torch", "torch").nn.LSTMCell)

    def _tensor(self, array: NDArray[Any]) -> Any:
        torch = require("torch", "torch")
        parameter = next(self.module.parameters())
        return torch.tensor(array, dtype=parameter.dtype, device=parameter.device)

    def _state(self, state: NDArray[Any]) -> Any:
        tensor = self._tensor(state)
        return tensor if self._is_cell or tensor.ndim == 3 else tensor[None]

    def _run(self, x: Any, states: Any) -> Any:
        over_time = x if self.module.batch_first else x.transpose(0, 1)
        out, (h, c) = self.module(over_time, states and tuple(states))
        out = out if self.module.batch_first else out.transpose(0, 1)
        return out, (h, c) if isinstance(self.layer, Network) else (h[0], c[0])

    def _step_through(self, x: Any, states: Any) -> Any:
        outputs = []
        for step in x.unbind(1):
            states = self.module(step, states and tuple(states))
            outputs.append(states[0])
        return require("torch", "torch").stack(outputs, 1), states

    def _gradients(self, out: Any, grad_sequence: Any, x: Any) -> dict[str, Any]:
        torch = require("torch", "torch")
        parameters = self._parameters()
        wanted = [x, *parameters.values()]
        gradients = torch.autograd.grad(out, wanted, grad_sequence)
        names = ["inputs", *parameters]
        return {
            f"gradient by {name}": gradient.T if gradient.ndim == 2 else gradient
            for name, gradient in zip(names, gradients, strict=True)
        }

    def _parameters(self) -> Mapping[str, Any]:
        """Return the parameters by the names that their gradients have in a reference."""
        suffixes = [""] if self._is_cell else list(_suffixes(self.module))
        prefixes = [f"layers[{k}]." for k in range(len(suffixes))] if len(suffixes) > 1 else [""]
        return {
            prefix + group: getattr(self.module, parameter + suffix)
            for prefix, suffix in zip(prefixes, suffixes, strict=True)
            for group, parameter in GROUPS.items()
            if hasattr(self.module, parameter + suffix)
        }


def implementation(module: Any) -> TorchImplementation:
    """Return a module as what an audit runs: a copy of it, for inference."""
    layer = from_torch(module)
    copied = copy.deepcopy(module).eval().requires_grad_()
    dtype = _dtype(next(copied.parameters()))
    name = f"torch.nn.{type(module).__name__} (torch {require('torch', 'torch').__version__})"
    return TorchImplementation(copied, layer, name, dtype)
