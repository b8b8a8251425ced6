"""PyTorch as what an audit runs: its own forward and backward pass."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from symlstm.errors import ModelError
from symlstm.frameworks.torch import CELLS, arrays_of, from_torch, is_one_of, suffixes_of
from symlstm.numbers.floats import as_array
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.layouts import by_group
from symlstm.runs.network import Network
from symlstm.runs.packed import is_packed


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")


@dataclass(frozen=True)
class TorchImplementation:
    """A PyTorch module as what an audit runs; see `Implementation`."""

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
        return is_one_of(require("torch", "torch").nn, self.module, CELLS)

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
        suffixes = [""] if self._is_cell else list(suffixes_of(self.module))
        parameters = [arrays_of(self.module, suffix) for suffix in suffixes]
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
    if not layer.layers[0].cell.states:
        message = "a torch.nn.Linear is audited as a function of the inputs: lambda x: ..., and"
        raise ModelError(f"{message} layer=symlstm.from_torch(module)")
    copied = copy.deepcopy(module).eval().requires_grad_()
    dtype = _dtype(next(copied.parameters()))
    name = f"torch.nn.{type(module).__name__} (torch {require('torch', 'torch').__version__})"
    return TorchImplementation(copied, layer, name, dtype)
