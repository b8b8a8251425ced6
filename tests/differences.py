"""Random layers and directions, and the differences of their gradients at 120 digits."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import arb, ctx, fmpq

STEP = Fraction(1, 10**40)
"""How far apart gradients of 120 digits are taken: their difference has 80 digits."""


def random(rng, shape):
    """Return fractions of halves, thirds and quarters."""
    numbers = rng.integers(-4, 5, size=shape) / rng.choice([2, 3, 4], size=shape)
    entries = [Fraction(float(n)).limit_denominator(12) for n in np.ravel(numbers)]
    return np.array(entries, dtype=object).reshape(shape)


class Drawn:
    """A cell's weights, inputs and states, and a direction of all of them."""

    def __init__(self, cell, batch=2, steps=3, seed=0, **options):
        rng = np.random.default_rng(seed)
        self.cell, self.options = cell, options
        shapes = {
            name: tuple(map(int, w.shape)) if w in cell.matrices else (int(w.shape[0]),)
            for name, w in cell.weights.items()
        }
        states = [(batch, int(state.shape[0])) for state in cell.states.values()]
        inputs = batch, steps, cell.input_dim
        self.at, self.direction = (
            (
                {name: random(rng, shape) for name, shape in shapes.items()},
                random(rng, inputs),
                [random(rng, shape) for shape in states],
            )
            for _ in range(2)
        )

    def run(self, moved=0, **options):
        weights, inputs, states = (
            {name: self.at[0][name] + moved * self.direction[0][name] for name in self.at[0]},
            self.at[1] + moved * self.direction[1],
            [a + moved * b for a, b in zip(self.at[2], self.direction[2], strict=True)],
        )
        layer = replace(self.cell.bind(**weights), **self.options)
        return layer, {"inputs": inputs, "initial_state": states or None, **options}

    def product(self, gradients):
        weights, inputs, states = self.direction
        states = states or None
        return gradients.hessian_vector_product(weights, inputs=inputs, initial_state=states)


def compared(product, above, below, names):
    """Hold a product against the difference of gradients on both sides of where it is."""
    asks = [lambda one, name=name: one[name] for name in names]
    asks += [lambda one: one.inputs, lambda one: one.initial_state]
    for ask in asks:
        each = [np.ravel(np.array(ask(one), dtype=object)) for one in (product, above, below)]
        with ctx.workprec(500):
            for value, more, less in zip(*each, strict=True):
                difference = (more - less) / fmpq(STEP.numerator * 2, STEP.denominator)
                allowed = (1 + abs(difference)) * arb(10) ** -28
                assert abs(value - difference) < allowed
                assert arb(value.rad()) < allowed
