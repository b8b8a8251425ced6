"""What the outputs of an LSTM range over in a box, by sampling it."""

import numpy as np

from symlstm import LSTM, interval


class Sampled:
    """An LSTM in NumPy, its outputs' slopes by the inputs, and what they range over in a box."""

    def __init__(self, scale, steps, radius=1e-3, units=8, dim=4):
        rng = np.random.default_rng(steps)
        self.kernel = rng.normal(size=(dim, 4 * units)) * scale
        self.recurrent = rng.normal(size=(units, 4 * units)) * scale
        self.bias = rng.normal(size=4 * units) * scale
        self.inputs, self.radius = rng.normal(size=(steps, dim)), radius
        # Inputs at the corner to which an output rises or falls, as its slopes there say.
        signs = np.sign(self.slopes())
        away = np.concatenate([signs, -signs, rng.choice([-1, 1], (200, steps, dim))])
        outputs = self.outputs(self.inputs + radius * away)
        self.low, self.high = outputs.min(axis=0), outputs.max(axis=0)

    def outputs(self, inputs):
        units = len(self.recurrent)
        h = c = np.zeros((len(inputs), units))
        for x in np.moveaxis(inputs, 1, 0):
            z = np.split(x @ self.kernel + h @ self.recurrent + self.bias, 4, axis=1)
            i, f, o = (1 / (1 + np.exp(-z[k])) for k in (0, 1, 3))
            c = f * c + i * np.tanh(z[2])
            h = o * np.tanh(c)
        return h

    def slopes(self, step=1e-6):
        """Return those of each output by each input, (units, T, dim), as differences."""
        shape = self.inputs.shape
        moved = np.eye(self.inputs.size).reshape(-1, *shape) * step
        rise = self.outputs(self.inputs + moved) - self.outputs(self.inputs - moved)
        return rise.T.reshape(-1, *shape)

    def layer(self):
        units, dim = len(self.recurrent), len(self.kernel)
        weights = {"kernel": self.kernel, "recurrent_kernel": self.recurrent, "bias": self.bias}
        return LSTM(units, dim).bind(**weights)

    def boxed(self):
        return self.layer().run(interval(self.inputs, self.radius), algebra="ball")
