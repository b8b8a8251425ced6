"""PyTorch: ``torch.nn.LSTM`` and ``torch.nn.LSTMCell``, in modules and in state dicts."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from symlstm.errors import ModelError, choices
from symlstm.files.reading import named
from symlstm.frameworks.safetensors import read_safetensors
from symlstm.frameworks.state_dict import found, is_lstm, listed, of_arrays, of_layer, of_places
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.runs.packed import is_packed

GROUPS = {
    "kernel": "weight_ih",
    "recurrent_kernel": "weight_hh",
    "bias": "bias_ih",
    "projection": "weight_hr",
}
"""The parameters of PyTorch whose gradients are those of a group of weights.

The two biases are added, so that the gradients by both are the same.
"""


PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}
"""What files end in that are pickles: to load one is to run whatever it says."""


def from_torch(module: Any, prefix: str | None = None) -> Layer | Network:
    """Return a PyTorch LSTM with its weights, bit for bit: a `Layer`, or a `Network` of several.

    ``module`` is a ``torch.nn.LSTM``, with any ``num_layers``, ``bidirectional``, ``proj_size``,
    ``bias`` and ``batch_first``, or a ``torch.nn.LSTMCell``; or a state dict, a mapping of arrays
    by name, or the path of one in a ``.safetensors`` file, of which names and shapes tell all of
    this. ``prefix`` is what the names of its arrays begin with where there are several LSTMs, as
    ``"encoder"`` of ``encoder.weight_ih_l0``; of a module that has them inside, its name there.

    The rows i, f, g, o of PyTorch are the gates i, f, c, o; its two biases are added exactly.
    Inputs have shape (batch, T, input_dim) here whatever ``batch_first`` says, or are a
    ``PackedSequence``, and the states of a network are PyTorch's (layers, batch, units). The
    dropout between layers acts in training alone.

    Raises `ModelError` for another module, for one that is in training mode with dropout, for
    arrays that are no LSTM's, and for a pickle, which is not loaded.

    >>> layer = from_torch({"weight_ih": [[1]] * 4, "weight_hh": [[0]] * 4})
    >>> layer.cell
    LSTM(units=1, use_bias=False)
    """
    if isinstance(module, str | Path):
        module = read_state_dict(Path(module))
    if isinstance(module, Mapping):
        return of_arrays(module, prefix)
    nn = require("torch", "torch").nn
    if prefix is not None:
        module = _inside(module, prefix)
    if type(module) is nn.LSTMCell:
        return _layer(module, "")
    if type(module) is not nn.LSTM:
        raise _unsupported(module)
    if module.training and module.dropout and module.num_layers > 1:
        message = f"dropout={module.dropout} makes a module in training mode random"
        raise ModelError(f"{message}; call its eval() first", argument="dropout")
    layers = [_layer(module, suffix) for suffix in _suffixes(module)]
    directions = 1 + module.bidirectional
    if len(layers) == 1:
        return layers[0]
    return Network([layers[k : k + directions] for k in range(0, len(layers), directions)])


def torch_layers(module: Any) -> dict[str, Layer | Network]:
    """Return the LSTMs in a module, by their names; see `layers_of`."""
    return {name: from_torch(part) for name, part in _lstms(module).items()}


def state_dict_layers(arrays: Mapping[str, Any]) -> dict[str, Layer | Network]:
    """Return the LSTMs in a state dict, by what the names of their arrays begin with."""
    layers = found(arrays)
    return {name: of_places(name, places) for name, places in layers.items() if is_lstm(places)}


def read_state_dict(path: Path) -> Mapping[str, Any]:
    """Return the arrays of a ``.safetensors`` file; raises `ModelError` for another."""
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    if path.suffix in PICKLES:
        raise ModelError(
            f"{named(path)}: is a pickle, and to load one runs code; where you trust it, save its "
            "state dict with safetensors.torch.save_file(state_dict, 'model.safetensors')"
        )
    raise ModelError(f"{named(path)}: is no .safetensors file; give the path of one")


def _lstms(module: Any) -> dict[str, Any]:
    nn = require("torch", "torch").nn
    parts = module.named_modules() if isinstance(module, nn.Module) else ()
    return {name: part for name, part in parts if type(part) in (nn.LSTM, nn.LSTMCell)}


def _inside(module: Any, name: Any) -> Any:
    parts = _lstms(module)
    if name not in parts:
        message = f"{type(module).__name__} has no LSTM called {shown(name)} inside"
        raise ModelError(f"{message}; {choices(name, map(repr, parts))}", argument="prefix")
    return parts[name]


def _unsupported(module: Any) -> ModelError:
    kind = f"{type(module).__module__}.{type(module).__qualname__}"
    parts = _lstms(module)
    if parts:
        return ModelError(
            f"{kind} has an LSTM inside, and is none: give prefix, one of {listed(parts)}, or take "
            "all of them with symlstm.layers_of(module)"
        )
    return ModelError(
        f"{kind} is not supported; give a torch.nn.LSTM or torch.nn.LSTMCell, and no class "
        "made of one, or a state dict"
    )


def _suffixes(module: Any) -> Iterator[str]:
    """Yield what the names of each layer's parameters end in, in PyTorch's order of layers."""
    for level in range(module.num_layers):
        yield f"_l{level}"
        if module.bidirectional:
            yield f"_l{level}_reverse"


def _layer(module: Any, suffix: str) -> Layer:
    names = ["weight_ih", "weight_hh"]
    names += ["bias_ih", "bias_hh"] if module.bias else []
    names += ["weight_hr"] if getattr(module, "proj_size", 0) else []
    arrays = {name: getattr(module, name + suffix) for name in names}
    for name, tensor in arrays.items():
        if tensor.is_meta:
            raise ModelError(f"{name}{suffix} has no numbers: it is on the device 'meta'")
    return of_layer(arrays, reverse=suffix.endswith("_reverse"))


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
        """Return what PyTorch computes, by name, in our shapes; inputs may be packed, too."""
        if is_packed(inputs):
            return self._run_packed(inputs, initial_state, grad_sequence)
        x = self._tensor(inputs).requires_grad_()
        states = None if initial_state is None else [self._state(s) for s in initial_state]
        run = self._step_through if self._is_cell else self._run
        out, (h, c) = run(x, states)
        computed = {"sequence_out": out, "state_h": h, "state_c": c}
        if grad_sequence is not None:
            computed |= self._gradients(out, self._tensor(grad_sequence), x)
        return {name: as_array(tensor) for name, tensor in computed.items()}

    def _run_packed(
        self, inputs: Any, initial_state: Sequence[NDArray[Any]] | None, grad_sequence: Any
    ) -> dict[str, NDArray[Any]]:
        pad = require("torch.nn.utils.rnn", "torch").pad_packed_sequence
        data = inputs.data.detach().clone().requires_grad_()
        states = None if initial_state is None else [self._state(s) for s in initial_state]
        packed, (h, c) = self.module(inputs._replace(data=data), states and tuple(states))
        out, _ = pad(packed, batch_first=True)
        h, c = (h, c) if isinstance(self.layer, Network) else (h[0], c[0])
        computed = {"sequence_out": out, "state_h": h, "state_c": c}
        if grad_sequence is not None:
            computed |= self._gradients(out, self._tensor(grad_sequence), data)
            by_inputs = inputs._replace(data=computed["gradient by inputs"].T)
            computed["gradient by inputs"], _ = pad(by_inputs, batch_first=True)
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
