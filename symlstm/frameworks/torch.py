"""PyTorch: ``torch.nn.LSTM``, ``GRU``, ``RNN`` and their cells, in modules and state dicts."""

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
from symlstm.frameworks.state_dict import found, is_known, listed, of_arrays, of_layer, of_places
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import as_array
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.layouts import by_group
from symlstm.runs.network import Network
from symlstm.runs.packed import is_packed

LAYERS = ("LSTM", "GRU", "RNN")
CELLS = ("LSTMCell", "GRUCell", "RNNCell")
ARRAYS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
"""The parameters of a level and direction, without what says of which."""
PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}
"""What files end in that are pickles: to load one is to run whatever it says."""


def from_torch(module: Any, prefix: str | None = None) -> Layer | Network:
    """Return a layer of PyTorch with its weights, bit for bit; of several layers, a `Network`.

    ``module`` is a ``torch.nn.LSTM``, ``GRU`` or ``RNN``, with any ``num_layers``,
    ``bidirectional``, ``proj_size``, ``bias``, ``batch_first`` and ``nonlinearity``, or the cell of
    one; or a state dict, a mapping of arrays by name, or the path of one in a ``.safetensors``
    file, of which names and shapes tell all of this, but that an RNN has another activation than
    tanh. ``prefix`` is what the names of its arrays begin with where there are several layers, as
    ``"encoder"`` of ``encoder.weight_ih_l0``; of a module that has them inside, its name there.

    The rows i, f, g, o of PyTorch are the gates i, f, c, o, and r, z, n are r, z, h; its two biases
    are added exactly, but those of n, the second of which is the ``recurrent_bias``.
    Inputs have shape (batch, T, input_dim) here whatever ``batch_first`` says, or are a
    ``PackedSequence``, and the states of a network are PyTorch's (layers, batch, units). The
    dropout between layers acts in training alone.

    Raises `ModelError` for another module, for one that is in training mode with dropout, for
    arrays that are no layer's, and for a pickle, which is not loaded.

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
    if _is(nn, module, CELLS):
        return _layer(module, "")
    if not _is(nn, module, LAYERS):
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
    """Return the recurrent layers in a module, by their names; see `layers_of`."""
    return {name: from_torch(part) for name, part in _recurrent(module).items()}


def state_dict_layers(arrays: Mapping[str, Any]) -> dict[str, Layer | Network]:
    """Return the layers in a state dict, by what the names of their arrays begin with."""
    layers = found(arrays)
    return {name: of_places(name, places) for name, places in layers.items() if is_known(places)}


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


def _is(nn: Any, module: Any, kinds: Sequence[str]) -> bool:
    """Say whether a module is of one of these classes of PyTorch, and not of one made of it."""
    return any(type(module) is getattr(nn, kind) for kind in kinds)


def _recurrent(module: Any) -> dict[str, Any]:
    nn = require("torch", "torch").nn
    parts = module.named_modules() if isinstance(module, nn.Module) else ()
    return {name: part for name, part in parts if _is(nn, part, (*LAYERS, *CELLS))}


def _inside(module: Any, name: Any) -> Any:
    parts = _recurrent(module)
    if name not in parts:
        message = f"{type(module).__name__} has no layer called {shown(name)} inside"
        raise ModelError(f"{message}; {choices(name, map(repr, parts))}", argument="prefix")
    return parts[name]


def _unsupported(module: Any) -> ModelError:
    kind = f"{type(module).__module__}.{type(module).__qualname__}"
    parts = _recurrent(module)
    if parts:
        return ModelError(
            f"{kind} has a layer inside, and is none: give prefix, one of {listed(parts)}, or take "
            "all of them with symlstm.layers_of(module)"
        )
    return ModelError(
        f"{kind} is not supported; give a torch.nn.LSTM, GRU or RNN, or the cell of one, and no "
        "class made of one, or a state dict"
    )


def _suffixes(module: Any) -> Iterator[str]:
    """Yield what the names of each layer's parameters end in, in PyTorch's order of layers."""
    for level in range(module.num_layers):
        yield f"_l{level}"
        if module.bidirectional:
            yield f"_l{level}_reverse"


def _layer(module: Any, suffix: str) -> Layer:
    arrays = _arrays(module, suffix)
    for name, tensor in arrays.items():
        if tensor.is_meta:
            raise ModelError(f"{name}{suffix} has no numbers: it is on the device 'meta'")
    activation = getattr(module, "nonlinearity", "tanh")
    return of_layer(arrays, reverse=suffix.endswith("_reverse"), activation=activation)


def _arrays(module: Any, suffix: str) -> dict[str, Any]:
    """Return the parameters of a level and direction, by name without what says of which."""
    named = {name: getattr(module, name + suffix, None) for name in ARRAYS}
    return {name: tensor for name, tensor in named.items() if tensor is not None}


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
        run = self._step_through if self._is_cell else self._run
        out, last = run(x, self._states(initial_state))
        computed = {"sequence_out": out, **self._last(last)}
        if grad_sequence is not None:
            computed |= self._gradients(out, self._tensor(grad_sequence), x)
        return {name: as_array(tensor) for name, tensor in computed.items()}

    def _run_packed(
        self, inputs: Any, initial_state: Sequence[NDArray[Any]] | None, grad_sequence: Any
    ) -> dict[str, NDArray[Any]]:
        pad = require("torch.nn.utils.rnn", "torch").pad_packed_sequence
        data = inputs.data.detach().clone().requires_grad_()
        packed, last = self.module(inputs._replace(data=data), self._states(initial_state))
        out, _ = pad(packed, batch_first=True)
        computed = {"sequence_out": out, **self._last(last)}
        if grad_sequence is not None:
            computed |= self._gradients(out, self._tensor(grad_sequence), data)
            by_inputs = inputs._replace(data=computed["gradient by inputs"])
            computed["gradient by inputs"], _ = pad(by_inputs, batch_first=True)
        return {name: as_array(tensor) for name, tensor in computed.items()}

    @property
    def _is_cell(self) -> bool:
        return _is(require("torch", "torch").nn, self.module, CELLS)

    def _tensor(self, array: NDArray[Any]) -> Any:
        torch = require("torch", "torch")
        parameter = next(self.module.parameters())
        return torch.tensor(array, dtype=parameter.dtype, device=parameter.device)

    def _states(self, initial_state: Sequence[NDArray[Any]] | None) -> Any:
        """Return the initial states as PyTorch has them: of several a tuple, and of one that."""
        if initial_state is None:
            return None
        states = [self._tensor(state) for state in initial_state]
        if not self._is_cell:
            states = [state if state.ndim == 3 else state[None] for state in states]
        return tuple(states) if len(states) > 1 else states[0]

    def _last(self, states: Any) -> dict[str, Any]:
        """Return the last states, by name."""
        each = states if isinstance(states, tuple) else (states,)
        one = not self._is_cell and isinstance(self.layer, Layer)
        names = self.layer.layers[0].cell.states
        return {f"state_{n}": s[0] if one else s for n, s in zip(names, each, strict=True)}

    def _run(self, x: Any, states: Any) -> Any:
        over_time = x if self.module.batch_first else x.transpose(0, 1)
        out, last = self.module(over_time, states)
        return out if self.module.batch_first else out.transpose(0, 1), last

    def _step_through(self, x: Any, states: Any) -> Any:
        outputs = []
        for step in x.unbind(1):
            states = self.module(step, states)
            outputs.append(states[0] if isinstance(states, tuple) else states)
        return require("torch", "torch").stack(outputs, 1), states

    def _gradients(self, out: Any, grad_sequence: Any, x: Any) -> dict[str, Any]:
        torch = require("torch", "torch")
        suffixes = [""] if self._is_cell else list(_suffixes(self.module))
        parameters = [_arrays(self.module, suffix) for suffix in suffixes]
        every = [tensor for one in parameters for tensor in one.values()]
        by_inputs, *rest = torch.autograd.grad(out, [x, *every], grad_sequence)
        computed, gradients = {"gradient by inputs": by_inputs}, iter(rest)
        for k, (layer, names) in enumerate(zip(self.layer.layers, parameters, strict=True)):
            prefix = f"layers[{k}]." if len(parameters) > 1 else ""
            arrays = {f"{name}_l0": as_array(next(gradients)) for name in names}
            groups = by_group(layer.cell, "torch", arrays)
            computed |= {f"gradient by {prefix}{group}": array for group, array in groups.items()}
        return computed


def implementation(module: Any) -> TorchImplementation:
    """Return a module as what an audit runs: a copy of it, for inference."""
    layer = from_torch(module)
    copied = copy.deepcopy(module).eval().requires_grad_()
    dtype = _dtype(next(copied.parameters()))
    name = f"torch.nn.{type(module).__name__} (torch {require('torch', 'torch').__version__})"
    return TorchImplementation(copied, layer, name, dtype)
