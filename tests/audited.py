"""LSTMs in NumPy's float32 to be audited, and workers that die: what the tests of audits share."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symlstm.auditing.measure import measure
from symlstm.testing.layer_case import random_case


@dataclass
class NumpyLSTM:
    """A float32 LSTM with the weights of a random layer; ``bug`` changes what a step computes."""

    units: int = 3
    input_dim: int = 2
    seed: int = 0
    bug: object = None
    gradients: bool = False
    dtype: str = "float32"

    def __post_init__(self):
        self.case = random_case(units=self.units, input_dim=self.input_dim, seed=self.seed)
        self.layer = self.case.layer
        self.name = "NumPy"

    def run(self, inputs, initial_state=None, grad_sequence=None):
        zeros = np.zeros((len(inputs), self.units), np.float32)
        h, c = initial_state if initial_state is not None else (zeros, zeros)
        case, outputs = self.case, []
        for step, x in enumerate(inputs.swapaxes(0, 1), start=1):
            z = x @ case.kernel + h @ case.recurrent_kernel + case.bias
            z_i, z_f, z_g, z_o = np.split(z, 4, axis=-1)
            i, f, o = (1 / (1 + np.exp(-gate)) for gate in (z_i, z_f, z_o))
            if self.bug is not None:
                f = self.bug(step, f)
            c = f * c + i * np.tanh(z_g)
            h = o * np.tanh(c)
            outputs.append(h)
        return {"sequence_out": np.stack(outputs, axis=1), "state_h": h, "state_c": c}


def torch_lstm(layer):
    """A float32 LSTM in PyTorch, with gradients, that has the weights of a layer."""
    import torch

    def tensor(name):
        gates = [layer[f"{name}_{gate}"].astype(float) for gate in "ifco"]
        return torch.tensor(np.concatenate(gates), dtype=torch.float32)

    units, dim = layer.cell.units, layer.cell.input_dim
    module = torch.nn.LSTM(dim, units, batch_first=True)
    module.load_state_dict(
        {
            "weight_ih_l0": tensor("W"),
            "weight_hh_l0": tensor("U"),
            "bias_ih_l0": tensor("b"),
            "bias_hh_l0": torch.zeros(4 * units),
        }
    )
    return module


@dataclass
class TorchLSTM:
    """PyTorch's LSTM with the weights of a layer, and its gradients."""

    layer: object
    name: str = "PyTorch"
    dtype: str = "float32"
    gradients: bool = True

    def run(self, inputs, initial_state, grad_sequence):
        import torch

        module, x = torch_lstm(self.layer), torch.tensor(inputs, requires_grad=True)
        states = None
        if initial_state is not None:
            states = tuple(torch.tensor(state)[None] for state in initial_state)
        out, (h, c) = module(x, states)
        found = {"sequence_out": out, "state_h": h[0], "state_c": c[0]}
        if grad_sequence is not None:
            out.backward(torch.tensor(grad_sequence))
            found["gradient by inputs"] = x.grad
            found["gradient by kernel"] = module.weight_ih_l0.grad.T
            found["gradient by recurrent_kernel"] = module.weight_hh_l0.grad.T
            found["gradient by bias"] = module.bias_ih_l0.grad
        return found


FOLDER = "SYMLSTM_TEST_FOLDER"


def first_time(what):
    """Whether nobody asked this before, in whatever process; the folder is in the environment."""
    try:
        (Path(os.environ[FOLDER]) / what).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def measure_or_die_once(task):
    if task.case.number in (2, 5) and first_time(f"case {task.case.number}"):
        die()
    return measure(task)


def measure_or_die(task):
    if task.case.number == 2:
        die()
    return measure(task)


def measure_slowly(task):
    time.sleep(0.3)
    return measure(task)


def square(number):
    return number * number


def square_or_die_once(number):
    if number in (0, 7) and first_time(str(number)):
        die()
    return square(number)


def square_or_die(number):
    if number >= 3:
        die()
    return square(number)


def square_or_fail(number):
    if number == 3:
        raise ArithmeticError("three")
    return square(number)
