"""Float64 over the loops that one writes by hand in NumPy, and over PyTorch's; one thread each.

Short runs are called one after the other, as `timeit` does.

By hand, the four gates are stacked, all steps' inputs multiplied at once and the gradients by the
weights are one product at the end.
"""

from functools import partial
from importlib.util import find_spec
from itertools import product

import numpy as np
from measuring import Measurement, Prepared

from symlstm import LSTM

UNITS, STEPS = (8, 64, 256), (10, 100, 1000)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class ByHand:
    """An LSTM on (batch, T, input_dim), in the order of gates i, f, c, o."""

    def __init__(self, kernel, recurrent, bias):
        self.kernel, self.recurrent, self.bias = kernel, recurrent, bias
        self.units = len(recurrent)

    def forward(self, inputs):
        """Return the outputs, and what the backward loop needs."""
        batch, steps, _ = inputs.shape
        units = self.units
        from_inputs = inputs @ self.kernel + self.bias
        h = c = np.zeros((batch, units))
        outputs, kept = np.empty((batch, steps, units)), []
        for step in range(steps):
            z = from_inputs[:, step] + h @ self.recurrent
            i, f = sigmoid(z[:, :units]), sigmoid(z[:, units : 2 * units])
            g, o = np.tanh(z[:, 2 * units : 3 * units]), sigmoid(z[:, 3 * units :])
            before, c = c, f * c + i * g
            squashed = np.tanh(c)
            h = o * squashed
            outputs[:, step] = h
            kept.append((i, f, g, o, before, squashed))
        return outputs, kept

    def backward(self, inputs, outputs, kept):
        """Return the gradients of the sum of the last outputs by kernel, recurrent and bias."""
        batch, steps, _ = inputs.shape
        units = self.units
        by_h, by_c = np.ones((batch, units)), np.zeros((batch, units))
        deltas = np.empty((batch, steps, 4 * units))
        for step in reversed(range(steps)):
            i, f, g, o, before, squashed = kept[step]
            by_c = by_c + by_h * o * (1 - squashed**2)
            delta = deltas[:, step]
            delta[:, :units] = by_c * g * i * (1 - i)
            delta[:, units : 2 * units] = by_c * before * f * (1 - f)
            delta[:, 2 * units : 3 * units] = by_c * i * (1 - g**2)
            delta[:, 3 * units :] = by_h * squashed * o * (1 - o)
            by_h, by_c = delta @ self.recurrent.T, by_c * f
        earlier = np.concatenate([np.zeros((batch, 1, units)), outputs[:, :-1]], axis=1)
        flat = deltas.reshape(-1, 4 * units)
        by_inputs = deltas @ self.kernel.T
        return (
            inputs.reshape(-1, inputs.shape[2]).T @ flat,
            earlier.reshape(-1, units).T @ flat,
            flat.sum(axis=0),
            by_inputs,
        )


class InTorch:
    """PyTorch's LSTM with the same weights, whose gates are in the same order."""

    def __init__(self, kernel, recurrent, bias):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.module = torch.nn.LSTM(*kernel.T.shape[1:], len(recurrent), batch_first=True).double()
        given = (kernel.T, recurrent.T, bias, np.zeros_like(bias))
        with torch.no_grad():
            for weight, value in zip(self.module.parameters(), given, strict=True):
                weight.copy_(torch.from_numpy(np.ascontiguousarray(value)))

    def forward(self, inputs):
        with self.torch.no_grad():
            return self.module(inputs)

    def recorded(self, inputs):
        """Run forward for the gradients of the sum of the last outputs."""
        self.module.zero_grad()
        return self.module(inputs)[0][:, -1].sum()


class Drawn:
    """A layer of ours, its loop by hand, and inputs of (batch, T, input_dim)."""

    def __init__(self, units, steps, batch):
        rng = np.random.default_rng(units + steps)
        dim = units // 2
        shapes = (dim, 4 * units), (units, 4 * units), (4 * units,)
        self.weights = [rng.normal(size=shape) / 2 / units**0.5 for shape in shapes]
        self.inputs = rng.normal(size=(batch, steps, dim))
        kernel, recurrent_kernel, bias = self.weights
        self.layer = LSTM(units, dim).bind(
            kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias
        )
        self.loop = ByHand(*self.weights)

    def run(self):
        given = self.inputs if len(self.inputs) > 1 else self.inputs[0]
        return self.layer.run(given, algebra="float")

    def forward(self):
        sides = {"symlstm": lambda: self.run().sequence_out}
        sides["NumPy by hand"] = partial(self.loop.forward, self.inputs)
        return sides | self.in_torch(lambda torch, x: partial(torch.forward, x), "forward")

    def backward(self):
        trace, (outputs, kept) = self.run(), self.loop.forward(self.inputs)
        by_hand = partial(self.loop.backward, self.inputs, outputs, kept)
        validate(trace, outputs, by_hand())
        sides = {"symlstm": partial(every_gradient, trace), "NumPy by hand": by_hand}

        def autograd(torch, x):
            return Prepared(partial(torch.recorded, x), lambda loss: loss.backward())

        return sides | self.in_torch(autograd, "autograd")

    def in_torch(self, side, name):
        """Return the side of PyTorch, which validates it, if it is installed."""
        name = f"PyTorch, {name}"
        if find_spec("torch") is None:
            return {name: None}
        layer = InTorch(*self.weights)
        x = layer.torch.from_numpy(self.inputs)
        np.testing.assert_allclose(layer.forward(x)[0], self.loop.forward(self.inputs)[0])
        return {name: side(layer, x)}


def every_gradient(trace):
    """Return the gradients that the loop by hand computes."""
    gradients = trace.backward()
    return gradients.kernel, gradients.recurrent_kernel, gradients.bias, gradients.inputs


def validate(trace, outputs, by_hand):
    """Compare the numbers of a run and its gradients with those of the loop."""
    close = np.testing.assert_allclose
    *by_weights, by_inputs = by_hand
    *ours, of_inputs = every_gradient(trace)
    close(np.reshape(trace.sequence_out, outputs.shape), outputs, atol=1e-9)
    close(np.reshape(of_inputs, by_inputs.shape), by_inputs, atol=1e-9)
    for one, other in zip(ours, by_weights, strict=True):
        close(one, other, atol=1e-6)


def drawn(way, *sizes):
    return way(Drawn(*sizes))


def measurement(name, way, units, steps, batch):
    return Measurement(
        f"{name}, units {units}, T = {steps:,}" + (f", batch {batch}" if batch > 1 else ""),
        partial(drawn, way, units, steps, batch),
        bound=3,
        rounds=7 if units * steps * batch > 60_000 else 25,
        calls=max(1, 1000 // steps),
        small=(units, steps, batch) == (64, 100, 1),
    )


MEASUREMENTS = [
    measurement(name, way, *sizes)
    for name, way in (("forward", Drawn.forward), ("backward", Drawn.backward))
    for sizes in (*product(UNITS, STEPS, (1,)), (64, 100, 8))
]
