"""Float64, forward and backward, against the loops that one writes by hand in NumPy.

By hand, the four gates are stacked, all steps' inputs multiplied at once and the gradients by the
weights are one product at the end; ``--apart`` compares with gates one by one, too, and
``--float32`` gives inputs and weights of that type. BLAS should have one thread for this.
"""

import sys
from functools import partial
from itertools import product

import numpy as np
from timing import compare, report

from symlstm import LSTM

UNITS, STEPS, BATCHES = (8, 64, 256), (10, 100, 1000), (1, 8)
BOUND, LARGEST = 3, 300_000


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


class Apart(ByHand):
    """The same with four gates, each with weights of its own, step by step."""

    def __init__(self, kernel, recurrent, bias):
        super().__init__(kernel, recurrent, bias)
        self.parts = [
            tuple(np.ascontiguousarray(part) for part in gate)
            for gate in zip(
                *(np.split(one, 4, axis=-1) for one in (kernel, recurrent, bias)), strict=True
            )
        ]

    def forward(self, inputs):
        batch, steps, _ = inputs.shape
        h = c = np.zeros((batch, self.units))
        outputs, kept = np.empty((batch, steps, self.units)), []
        for step in range(steps):
            x = inputs[:, step]
            i, f, g, o = (x @ w + h @ u + b for w, u, b in self.parts)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            before, c = c, f * c + i * g
            squashed = np.tanh(c)
            h = o * squashed
            outputs[:, step] = h
            kept.append((i, f, g, o, before, squashed))
        return outputs, kept

    def backward(self, inputs, outputs, kept):
        batch, steps, _ = inputs.shape
        by_h, by_c = np.ones((batch, self.units)), np.zeros((batch, self.units))
        sums = [[np.zeros_like(part) for part in gate] for gate in self.parts]
        by_inputs = np.empty_like(inputs)
        for step in reversed(range(steps)):
            i, f, g, o, before, squashed = kept[step]
            by_c = by_c + by_h * o * (1 - squashed**2)
            deltas = (
                by_c * g * i * (1 - i),
                by_c * before * f * (1 - f),
                by_c * i * (1 - g**2),
                by_h * squashed * o * (1 - o),
            )
            x, h = inputs[:, step], outputs[:, step - 1] if step else np.zeros_like(by_h)
            for delta, total in zip(deltas, sums, strict=True):
                total[0] += x.T @ delta
                total[1] += h.T @ delta
                total[2] += delta.sum(axis=0)
            parts = list(zip(deltas, self.parts, strict=True))
            by_h = sum(delta @ u.T for delta, (_, u, _) in parts)
            by_inputs[:, step] = sum(delta @ w.T for delta, (w, _, _) in parts)
            by_c = by_c * f
        return *(np.concatenate(each, axis=-1) for each in zip(*sums, strict=True)), by_inputs


def drawn(units, steps, batch, dtype):
    """Return inputs and weights of a layer, as Keras has them."""
    rng = np.random.default_rng(units + steps)
    dim = units // 2
    shapes = (dim, 4 * units), (units, 4 * units), (4 * units,)
    weights = [rng.normal(size=shape).astype(dtype) / 2 / units**0.5 for shape in shapes]
    return rng.normal(size=(batch, steps, dim)).astype(dtype), weights


def validate(trace, inputs, loop, saved):
    """Compare the numbers of a run and its gradients with those of a loop."""
    gradients, close = trace.backward(), np.testing.assert_allclose
    *by_weights, by_inputs = loop.backward(inputs, *saved)
    close(np.reshape(trace.sequence_out, saved[0].shape), saved[0], atol=1e-9)
    close(np.reshape(gradients.inputs, by_inputs.shape), by_inputs, atol=1e-9)
    ours = gradients.kernel, gradients.recurrent_kernel, gradients.bias
    for one, other in zip(ours, by_weights, strict=True):
        close(one, other, atol=1e-6)


def measure(units, steps, batch, kinds, dtype=np.float64):
    """Return our time and that of each kind of loop, forward and backward."""
    inputs, weights = drawn(units, steps, batch, dtype)
    kernel, recurrent_kernel, bias = weights
    layer = LSTM(units, units // 2).bind(
        kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias
    )
    given = inputs if batch > 1 else inputs[0]
    inputs, weights = inputs.astype(np.float64), [one.astype(np.float64) for one in weights]
    trace = layer.run(given, algebra="float")
    loops = [kind(*weights) for kind in kinds]
    saved = [loop.forward(inputs) for loop in loops]
    for loop, known in zip(loops, saved, strict=True):
        validate(trace, inputs, loop, known)
    rounds = 5 if units * steps * batch > 60_000 else 20
    return (
        compare(
            lambda: layer.run(given, algebra="float").sequence_out,
            *(partial(loop.forward, inputs) for loop in loops),
            rounds=rounds,
        ),
        compare(
            lambda: trace.backward().kernel,
            *(
                partial(loop.backward, inputs, *known)
                for loop, known in zip(loops, saved, strict=True)
            ),
            rounds=rounds,
        ),
    )


if __name__ == "__main__":
    kinds = [ByHand, Apart] if "--apart" in sys.argv else [ByHand]
    dtype = np.float32 if "--float32" in sys.argv else np.float64
    for units, steps, batch in product(UNITS, STEPS, BATCHES):
        if units * steps * batch > LARGEST:
            continue
        for what, times in zip(
            ("forward", "backward"), measure(units, steps, batch, kinds, dtype), strict=True
        ):
            for kind, theirs in zip(kinds, times[1:], strict=True):
                case = f"{what}, units {units}, T = {steps}, batch {batch} / {kind.__name__}"
                report(case, times[0], theirs, BOUND)
