"""Intervals: an enclosure holds for every number in the box, wherever in the box it lies."""

from fractions import Fraction
from functools import partial

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS

import symlstm
from symlstm import LSTM, PeepholeLSTM, SimpleRNN
from symlstm.algebras.ball import BallAlgebra
from symlstm.errors import NotExactError, NumberError, ShapeError
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import Interval, exactly, rational, real

mp = mpmath.mp.clone()
mp.dps = 60
seeds = st.integers(0, 2**32)


def contains(ball, number):
    """Whether a ball contains a rational number, by its exact ends."""
    if not ball.is_finite():
        return True
    return abs(number - exactly(ball.mid())) <= exactly(ball.rad())


class Box:
    """A random cell, and a box of numbers for it: middles and radii.

    Without ``activations`` the cell has its own: sigmoid and tanh.
    """

    def __init__(self, seed, activations, widths):
        self.rng = np.random.default_rng(seed)
        units, dim, steps = (int(self.rng.integers(1, top)) for top in (3, 3, 4))
        kind = [LSTM, PeepholeLSTM, SimpleRNN][self.rng.integers(3)]
        gated = [] if kind is SimpleRNN else ["recurrent_activation"]
        options = {
            option: str(self.rng.choice(activations))
            for option in ["activation", *gated]
            if activations
        }
        self.cell = kind(units, dim, **options)
        gates = 1 if kind is SimpleRNN else 4
        shapes = {
            "kernel": (dim, gates * units),
            "recurrent_kernel": (units, gates * units),
            "bias": (gates * units,),
            **({"peephole": (3 * units,)} if kind is PeepholeLSTM else {}),
            "inputs": (steps, dim),
            **{f"initial {state}": (units,) for state in self.cell.states},
        }
        self.middles = {name: self.rationals(shape, 9) for name, shape in shapes.items()}
        self.radii = {
            name: abs(self.rationals(shape, 9)) * fmpq(str(self.rng.choice(widths)))
            for name, shape in shapes.items()
        }

    def rationals(self, shape, most):
        numerators = self.rng.integers(-most, most + 1, size=shape)
        return rational_array(numerators) / rational_array(self.rng.integers(2, 8, size=shape))

    def run(self, numbers, **options):
        weights = {name: numbers[name] for name in self.cell.groups}
        state = [numbers[f"initial {name}"] for name in self.cell.states]
        layer = self.cell.bind(**weights)
        return layer.run(numbers["inputs"], initial_state=state, **options)

    def boxed(self):
        numbers = {k: symlstm.interval(self.middles[k], self.radii[k]) for k in self.middles}
        return self.run(numbers, algebra="ball")

    def points(self, count):
        """Yield points of the box, corners of it first."""
        for number in range(count):
            ends = number < count // 2
            yield {
                name: self.middles[name] + radius * self.where(radius.shape, ends)
                for name, radius in self.radii.items()
            }

    def where(self, shape, ends):
        if ends:
            return rational_array(self.rng.choice([-1, 1], size=shape))
        return rational_array(self.rng.integers(-8, 9, size=shape)) / fmpq(8)


@given(seeds)
@settings(max_examples=30)
def test_every_exact_value_of_a_point_lies_in_its_enclosure_forward_and_backward(seed):
    box = Box(seed, sorted(FRACTION_ACTIVATIONS), ["0", "1/1000000", "1/20", "1"])
    seeded = {"grad_sequence": "1/3", "grad_state_h": -2}
    enclosed = box.boxed().backward(**seeded).adjoints.histories[0]
    for point in box.points(4):
        exact = box.run(point).backward(**seeded).adjoints.histories[0]
        for step, values in exact.items():
            for name, value in values.items():
                pairs = zip(enclosed[step][name].entries(), value.entries(), strict=True)
                assert all(contains(ball, number) for ball, number in pairs), (name, step)


def mp_loss(weights, inputs, states, kind):
    """Step a cell with sigmoid and tanh in mpmath; return the last output of all units, summed."""
    kernel, recurrent, bias, *peephole = weights
    units = len(recurrent)
    h = list(states[0])
    c = list(states[1]) if len(states) > 1 else None
    for x in inputs:
        z = [
            mp.fdot(x, [row[k] for row in kernel])
            + mp.fdot(h, [row[k] for row in recurrent])
            + bias[k]
            for k in range(len(bias))
        ]
        if kind is SimpleRNN:
            h = [mp.tanh(value) for value in z]
            continue
        p = list(peephole[0]) if peephole else [mp.mpf(0)] * (3 * units)
        z_i, z_f, z_c, z_o = (z[g * units : (g + 1) * units] for g in range(4))
        p_i, p_f, p_o = (p[g * units : (g + 1) * units] for g in range(3))
        each = range(units)
        i = [1 / (1 + mp.exp(-(z_i[k] + p_i[k] * c[k]))) for k in each]
        f = [1 / (1 + mp.exp(-(z_f[k] + p_f[k] * c[k]))) for k in each]
        c = [f[k] * c[k] + i[k] * mp.tanh(z_c[k]) for k in each]
        o = [1 / (1 + mp.exp(-(z_o[k] + p_o[k] * c[k]))) for k in each]
        h = [o[k] * mp.tanh(c[k]) for k in each]
    return mp.fsum(h)


def as_mp(array):
    return np.vectorize(lambda q: mp.mpf(int(q.p)) / int(q.q), otypes=[object])(array)


def nearly_contains(ball, number):
    """Whether a ball contains a number of mpmath's, but for what mpmath has rounded."""
    if not ball.is_finite():
        return True
    middle, radius = (mp.mpf(int(q.p)) / int(q.q) for q in map(exactly, (ball.mid(), ball.rad())))
    return abs(number - middle) <= radius + mp.mpf(10) ** -20


@given(seeds)
@settings(max_examples=25)
def test_sigmoid_and_tanh_lie_in_their_enclosures_forward_and_backward(seed):
    box = Box(seed, None, ["0", "1/1000000", "1/20", "1"])
    trace = box.boxed()
    outputs, gradients = sum(np.ravel(trace.state_h)), trace.backward()
    for point in box.points(3):
        inputs = as_mp(point["inputs"])
        states = [as_mp(point[f"initial {state}"]) for state in box.cell.states]

        def loss(weights, inputs=inputs, states=states):
            return mp_loss(list(weights.values()), inputs, states, type(box.cell))

        weights = {name: as_mp(point[name]) for name in box.cell.groups}
        assert nearly_contains(outputs, loss(weights))
        for name, weight in weights.items():
            index = tuple(int(box.rng.integers(size)) for size in weight.shape)
            slope = mp.diff(partial(moved, loss, weights, name, index), weight[index])
            assert nearly_contains(gradients.stacked(name)[index], slope), name


def moved(loss, weights, name, index, value):
    """Return the loss with another value for one entry of a weight."""
    changed = weights[name].copy()
    changed[index] = value
    return loss({**weights, name: changed})


@given(seeds)
@settings(max_examples=25)
def test_a_box_of_no_width_is_the_plain_run(seed):
    box = Box(seed, None, ["0"])
    plain = box.run(box.middles, algebra="ball")
    for name in plain.names:
        pairs = zip(box.boxed()[name].flat, plain[name].flat, strict=True)
        assert all(a.mid() == b.mid() and a.rad() == b.rad() for a, b in pairs)


def test_a_narrow_box_is_as_narrow_as_its_radii_and_precision_is_no_limit():
    layer = LSTM(1).bind(kernel=symlstm.interval(1, "1e-80"), recurrent_kernel=1, bias=0)
    trace = layer.run([1, 1], algebra="ball", digits=10)
    radius = exactly(trace.state_h.rad())
    assert fmpq(1, 10**82) < radius < fmpq(1, 10**79)
    assert trace.backward().kernel[0, 0].rel_accuracy_bits() > 250


@given(st.fractions(), st.fractions(min_value=0), st.integers(2, 200))
def test_a_ball_contains_its_interval_whatever_the_precision(middle, radius, precision):
    low, high = (rational(end) for end in (middle - radius, middle + radius))
    entries = np.array([[Interval(middle, radius)]], dtype=object)
    ball = BallAlgebra(precision).convert(entries)[0, 0]
    assert exactly(ball.mid()) - exactly(ball.rad()) <= low
    assert exactly(ball.mid()) + exactly(ball.rad()) >= high


@given(st.fractions(), st.fractions(min_value=Fraction(1, 1000)))
def test_text_and_balls_are_read_as_the_intervals_that_they_are(middle, radius):
    wanted = Interval(middle, radius)
    for sign in ("±", " ± ", "+/-", " +/- "):
        assert real(f"{middle}{sign}{radius}") == wanted
    assert real(repr(wanted)) == real(wanted) == wanted
    with ctx.workprec(60):
        ball = arb(rational(middle), rational(radius))
    read = real(ball)
    assert (read.middle, read.radius) == (exactly(ball.mid()), exactly(ball.rad()))
    assert (read.low, read.high) == (read.middle - read.radius, read.middle + read.radius)


def test_no_radius_means_a_plain_number():
    assert real("0.5 ± 0") == real(arb(0.5)) == real(Interval(0.5, 0)) == fmpq(1, 2)
    assert symlstm.interval("1/3", 0) * 3 == 1
    mixed = symlstm.interval([1, 2], [0, 1])
    assert mixed.tolist() == [1, Interval(2, 1)]


@pytest.mark.parametrize(
    "value", ["1 ± -1", "1 ± 1 ± 1", "± 1", "1 ±", "1 +- 1", arb("nan"), arb("inf"), "1 ± x"]
)
def test_what_is_no_interval_is_named(value):
    with pytest.raises(NumberError, match=r"^kernel"):
        LSTM(1).bind(kernel=value, recurrent_kernel=1, bias=0)


def test_intervals_are_made_of_arrays_as_numpy_broadcasts():
    kernel = np.array([[0.5, 1.0]])
    made = symlstm.interval(kernel, ["1e-3", 0])
    assert made.shape == (1, 2)
    assert made[0, 0] == Interval("1/2", "1/1000")
    with pytest.raises(ShapeError, match=r"radius \(3,\)"):
        symlstm.interval([1, 2], [1, 2, 3])
    with pytest.raises(NumberError, match="radius"):
        symlstm.interval(1, -1)


def test_weights_come_back_as_the_intervals_they_are():
    layer = LSTM(1).bind(kernel="1 ± 1/2", recurrent_kernel={"i": 1, "f": "0.1 ± 0.01", "c": 1,
                                                              "o": 1}, bias=0)  # fmt: skip
    assert layer["W_i"] == layer.kernel[0, 3] == Interval(1, "1/2")
    assert layer.recurrent_kernel.tolist() == [[1, Interval("1/10", "1/100"), 1, 1]]


@pytest.mark.parametrize(
    "ask",
    [
        lambda layer: layer.run([1]),
        lambda layer: layer.run([1], algebra="float"),
        lambda layer: layer.reference([1]),
        lambda layer: layer.fit([[1]], [1], loss="half_squared_error", learning_rate=1),
        lambda layer: layer.run([1], algebra="ball").check(),
        lambda layer: layer.run([1], algebra="ball").backward().check(),
    ],
)
def test_where_numbers_are_needed_the_interval_is_named_with_what_takes_it(ask):
    layer = SimpleRNN(1).bind(kernel="1 ± 1/2", recurrent_kernel=1, bias=0)
    with pytest.raises(NotExactError, match=r"W has the interval 1 ± 1/2.*algebra='ball'"):
        ask(layer)


def test_inputs_and_states_are_named_too():
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=1, bias=0)
    with pytest.raises(NotExactError, match="inputs has the interval"):
        layer.run(["1 ± 1"])
    with pytest.raises(NotExactError, match="initial_state h has the interval"):
        layer.run([1], initial_state=["1 ± 1"])
    with pytest.raises(NumberError, match="grad_sequence is 1 ± 1, an interval"):
        layer.run([1]).backward(grad_sequence="1 ± 1")
