"""Optimizers written by hand, of any kind of number, and a small network to train with them."""

from dataclasses import dataclass, field

RATE = "1/10"
SETTINGS = {
    "sgd": {},
    "momentum": {"momentum": "3/4"},
    "nesterov": {"momentum": "3/4"},
    "torch_momentum": {"momentum": "3/4"},
    "torch_nesterov": {"momentum": "3/4"},
    "adam": {"beta_1": "3/4", "beta_2": "9/10", "epsilon": "1/1000"},
    "torch_adam": {"beta_1": "3/4", "beta_2": "9/10", "epsilon": "1/1000"},
}
"""The optimizers, with settings for each."""


@dataclass
class ByHand:
    """An optimizer of one weight, step by step, as its framework's documentation writes it."""

    name: str
    number: type
    settings: dict
    kept: dict = field(default_factory=dict)

    def __post_init__(self):
        self.settings = {name: self.number(value) for name, value in self.settings.items()}

    def step(self, weight, gradient):
        self.kept["n"] = self.kept.get("n", 0) + 1
        return getattr(self, self.name)(weight, gradient, self.number(RATE), **self.settings)

    def last(self, name):
        return self.kept.get(name, self.number("0"))

    def sgd(self, weight, gradient, rate):
        return weight - rate * gradient

    def momentum(self, weight, gradient, rate, momentum, nesterov=False):
        velocity = self.kept["velocity"] = momentum * self.last("velocity") - rate * gradient
        if nesterov:
            return weight + momentum * velocity - rate * gradient
        return weight + velocity

    def nesterov(self, *given, **settings):
        return self.momentum(*given, **settings, nesterov=True)

    def torch_momentum(self, weight, gradient, rate, momentum, nesterov=False):
        buffer = self.kept["buffer"] = momentum * self.last("buffer") + gradient
        return weight - rate * (gradient + momentum * buffer if nesterov else buffer)

    def torch_nesterov(self, *given, **settings):
        return self.torch_momentum(*given, **settings, nesterov=True)

    def _moments(self, gradient, beta_1, beta_2):
        first = self.kept["m"] = beta_1 * self.last("m") + (1 - beta_1) * gradient
        second = self.kept["v"] = beta_2 * self.last("v") + (1 - beta_2) * gradient**2
        return first, second, 1 - beta_1 ** self.kept["n"], 1 - beta_2 ** self.kept["n"]

    def adam(self, weight, gradient, rate, beta_1, beta_2, epsilon):
        m, v, first, second = self._moments(gradient, beta_1, beta_2)
        alpha = rate * second**self.half / first
        return weight - alpha * m / (v**self.half + epsilon)

    def torch_adam(self, weight, gradient, rate, beta_1, beta_2, epsilon):
        m, v, first, second = self._moments(gradient, beta_1, beta_2)
        return weight - rate / first * m / (v**self.half / second**self.half + epsilon)

    @property
    def half(self):
        return self.number("1/2")


def trained_by_hand(name, number, sequences, epochs, activation, slope):
    """Return W, U and b of a simple cell of one unit and two steps, from 1/2, 1/4 and 1/8.

    ``slope`` is the derivative of the activation by its value; half the squared errors of both
    steps are made smaller.
    """
    weights = [number(start) for start in ("1/2", "1/4", "1/8")]
    optimizers = [ByHand(name, number, SETTINGS[name]) for _ in weights]
    for inputs, targets in sequences * epochs:
        w, u, b = weights
        x, y = ([number(entry) for entry in row] for row in (inputs, targets))
        first = activation(w * x[0] + b)
        second = activation(w * x[1] + u * first + b)
        later = (second - y[1]) * slope(second)
        earlier = (first - y[0] + u * later) * slope(first)
        gradients = [earlier * x[0] + later * x[1], later * first, earlier + later]
        weights = [o.step(*pair) for o, *pair in zip(optimizers, weights, gradients, strict=True)]
    return weights
