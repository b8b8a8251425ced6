"""Random cells with rational numbers, and those numbers in every form that the oracles take."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS, fraction_lstm, numpy_lstm

from symlstm import LSTM, PeepholeLSTM

ACTIVATIONS = sorted(FRACTION_ACTIVATIONS)
OF_KERAS = [
    name for name in ACTIVATIONS if "(" not in name and name not in ("thresholded_relu", "affine")
]
"""Those that Keras has by the same name."""
CURVED = {"softsign", "hard_silu", "sparse_plus"}
"""Those that are not linear between corners: numbers grow much faster."""

rationals = st.builds(
    Fraction, st.integers(min_value=-6, max_value=6), st.sampled_from([1, 1, 2, 3, 4])
)


@dataclass
class Case:
    """A cell, its numbers as Fractions in Keras's layout, and an input sequence."""

    units: int
    input_dim: int
    activation: str
    recurrent_activation: str
    peephole: bool
    numbers: list
    steps: int

    def _take(self, *shape):
        count = int(np.prod(shape))
        taken, self.numbers = self.numbers[:count], self.numbers[count:]
        block = np.empty(shape, dtype=object)
        block.flat = taken
        return block

    def __post_init__(self):
        u = self.units
        self.kernel = self._take(self.input_dim, 4 * u)
        self.recurrent = self._take(u, 4 * u)
        self.bias = self._take(4 * u)
        self.peepholes = self._take(3 * u) if self.peephole else None
        self.inputs = self._take(self.steps, self.input_dim)
        self.state = (self._take(u), self._take(u))

    @property
    def cell(self):
        kind = PeepholeLSTM if self.peephole else LSTM
        return kind(
            self.units,
            self.input_dim,
            activation=self.activation,
            recurrent_activation=self.recurrent_activation,
        )

    def layer(self):
        extra = {"peephole": self.peepholes} if self.peephole else {}
        return self.cell.bind(
            kernel=self.kernel, recurrent_kernel=self.recurrent, bias=self.bias, **extra
        )

    def run(self, **options):
        return self.layer().run(self.inputs, initial_state=list(self.state), **options)

    def in_fractions(self):
        options = {"peephole": self.peepholes, "state": tuple(map(list, self.state))}
        return fraction_lstm(self.inputs, *self._weights(), **options)

    def in_numpy(self):
        def floats(block):
            return None if block is None else block.astype(float)

        return numpy_lstm(
            floats(self.inputs),
            *map(floats, self._weights()[:3]),
            *self._weights()[3:],
            peephole=floats(self.peepholes),
            state=tuple(map(floats, self.state)),
        )

    def _weights(self):
        names = self.recurrent_activation, self.activation
        return self.kernel, self.recurrent, self.bias, *names


@st.composite
def cases(draw, *, max_units=4, max_steps=5, peephole=None, activations=ACTIVATIONS):
    units = draw(st.integers(1, max_units))
    input_dim = draw(st.integers(1, 3))
    names = draw(st.sampled_from(activations)), draw(st.sampled_from(activations))
    # A fourth step has a million digits and more, on which Python's Fraction crawls.
    if CURVED & set(names):
        max_steps = min(max_steps, 3)
    steps = draw(st.integers(1, max_steps))
    peephole = draw(st.booleans()) if peephole is None else peephole
    count = (4 * units) * (input_dim + units + 1) + 3 * units + steps * input_dim + 2 * units
    numbers = draw(st.lists(rationals, min_size=count, max_size=count))
    return Case(units, input_dim, *names, peephole, numbers, steps)
