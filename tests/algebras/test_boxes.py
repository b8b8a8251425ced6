"""Boxes: no point of one escapes, and enclosures are about as narrow as what they enclose."""

import pickle
from copy import copy, deepcopy
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import own_cells
import pytest
from every_cell import every_cell
from flint import arb, arb_mat, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from sampled import Sampled

from symlstm import (
    GRU,
    LSTM,
    MGU,
    Dense,
    IndRNN,
    Network,
    PeepholeLSTM,
    SimpleRNN,
    interval,
)
from symlstm.algebras.affine import boxes, zonotope
from symlstm.algebras.affine.zonotope import ZonotopeAlgebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.equations.activations import ACTIVATIONS, activation
from symlstm.gradients.gradients import differentiated
from symlstm.numbers.exact import Interval
from symlstm.numbers.precision import precision

ROWS = [
    *ACTIVATIONS,
    "leaky_relu(negative_slope=2)",
    "elu(alpha=2)",
    "threshold(threshold=1/2)",
    "hard_shrink(threshold=0)",
]
WIDTHS = [1e-12, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 4.0, 50.0]
seeds = st.integers(0, 2**32)


def exactly(number):
    return fmpq(*float(number).as_integer_ratio())


def at(middle, radius, where):
    return exactly(middle) + exactly(radius) * exactly(where)


class Boxed:
    """A random cell whose weights, or some of them, and inputs lie in a box."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        units, dim = int(self.rng.integers(1, 4)), int(self.rng.integers(1, 3))
        kind = [LSTM, GRU, MGU, PeepholeLSTM, SimpleRNN][self.rng.integers(5)]
        gated = [] if kind is SimpleRNN else ["recurrent_activation"]
        drawn = self.rng.random() < 0.8
        options = {one: str(self.rng.choice(ROWS)) for one in ["activation", *gated] if drawn}
        self.cell = kind(units, dim, **options)
        self.width = float(self.rng.choice(WIDTHS))
        shapes = {name: shape_of(weight) for name, weight in self.cell.weights.items()}
        shapes["inputs"] = (int(self.rng.integers(1, 5)), dim)
        self.middles = {name: self.numbers(shape) for name, shape in shapes.items()}
        boxed = {name: name == "inputs" or self.rng.random() < 0.4 for name in shapes}
        self.radii = {
            name: self.rng.random(shape) * self.width * boxed[name]
            for name, shape in shapes.items()
        }

    def numbers(self, shape):
        whole = self.rng.random() < 0.5  # corners are at whole numbers, or halves
        return self.rng.integers(-4, 5, shape) / 2 if whole else self.rng.normal(size=shape)

    def run(self, numbers, algebra):
        layer = self.cell.bind(**{k: v for k, v in numbers.items() if k != "inputs"})
        return layer.run(numbers["inputs"], algebra=algebra)

    def box(self):
        return self.run({k: interval(self.middles[k], self.radii[k]) for k in self.middles}, "ball")

    def point(self, corner):
        draw = partial(self.rng.choice, [-1, 1]) if corner else partial(self.rng.uniform, -1, 1)
        exact = np.vectorize(at, otypes=[object])
        numbers = {
            k: exact(middle, self.radii[k], draw(size=middle.shape))
            for k, middle in self.middles.items()
        }
        return self.run(numbers, "float").given.run(BallAlgebra(300))


def shape_of(weight):
    """Return the shape in which a weight is given."""
    rows, columns = map(int, weight.shape)
    return (rows,) if columns == 1 and weight.name[0] not in "WUV" else (rows, columns)


def entries(trace):
    """Return all balls of a trace by name, step and place."""
    return {
        (name, step, k): ball
        for step, values in trace.histories[0].items()
        for name, value in values.items()
        for k, ball in enumerate(value.entries())
    }


def assert_inside(outer, inner):
    wide, narrow = entries(outer), entries(inner)
    assert wide.keys() == narrow.keys()
    assert not [place for place in wide if not wide[place].overlaps(narrow[place])]


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_no_point_of_a_box_escapes_forward_or_backward(seed):
    boxed = Boxed(seed)
    trace = boxed.box()
    gradients = trace.backward()
    plain = trace.given.run(BallAlgebra(trace.algebra.precision))
    for enclosed, balls in (
        (trace, plain),
        (gradients.adjoints, differentiated(plain).adjoints),
    ):
        found, known = entries(enclosed), entries(balls)
        wider = [place for place in known if found[place].rad() > known[place].rad()]
        assert not wider
    for k in range(4):
        point = boxed.point(corner=k % 2)
        assert_inside(trace, point)
        assert_inside(gradients.adjoints, differentiated(point).adjoints)


@pytest.mark.parametrize("row", ROWS)
def test_no_value_of_a_function_or_its_derivatives_escapes(row):
    rng = np.random.default_rng(len(row))
    algebra, fine = ZonotopeAlgebra(80, 15), BallAlgebra(200)
    for function in (activation(row), activation(row).prime):
        for width in WIDTHS:
            middles = np.round(rng.normal(size=12) * 3, 1)
            box = np.array([[Interval(exactly(m), exactly(width))] for m in middles], dtype=object)
            with algebra.context():
                form = algebra.convert(box)
                hull = algebra.apply(function, form).entries()
            for e in (-1, 1, 0, *rng.uniform(-1, 1, 5)):
                points = np.array([[at(m, width, e)] for m in middles], dtype=object)
                with fine.context():
                    true = fine.apply(function, fine.convert(points)).entries()
                assert all(h.overlaps(v) for h, v in zip(hull, true, strict=True))


@pytest.mark.parametrize("steps", [10, 40])
@pytest.mark.parametrize("scale", [0.35, 0.6])
def test_enclosures_are_hardly_wider_than_what_is_reached(scale, steps):
    sampled = Sampled(scale, steps)
    widths = np.array([2 * float(ball.rad()) for ball in sampled.boxed().state_h])
    assert (widths <= 1.2 * (sampled.high - sampled.low)).all()


def test_gradients_are_hardly_wider_than_what_is_reached():
    sampled = Sampled(0.35, 10, units=3, dim=2)
    layer, rng = sampled.layer(), np.random.default_rng(0)
    away = rng.choice([-1, 1], (80, *sampled.inputs.shape))
    each = [
        layer.run(sampled.inputs + sampled.radius * one, algebra="float").backward().inputs
        for one in away
    ]
    slopes = np.array(each) - np.mean(each, axis=0)
    # What is linear in the corners drawn, whose sum is the range: by least squares.
    linear = np.linalg.lstsq(away.reshape(80, -1), slopes.reshape(80, -1), rcond=None)[0]
    reached = 2 * abs(linear).sum(axis=0)
    found = np.array([2 * float(ball.rad()) for ball in sampled.boxed().backward().inputs.flat])
    assert (found <= 1.3 * reached).all()


def test_errors_that_are_put_together_still_enclose(monkeypatch):
    monkeypatch.setattr(zonotope, "MOST_ERRORS", 60)
    monkeypatch.setattr(zonotope, "MOST_KEPT", 3000)
    sampled = Sampled(0.35, 40)
    balls = sampled.boxed().state_h
    assert all(arb(low) >= ball.lower() for low, ball in zip(sampled.low, balls, strict=True))
    assert all(arb(high) <= ball.upper() for high, ball in zip(sampled.high, balls, strict=True))
    widths = np.array([2 * float(ball.rad()) for ball in balls])
    assert (widths <= 2 * (sampled.high - sampled.low)).all()


OWN = [own_cells.TwoStates(2, 2), own_cells.Highway(2, 2), own_cells.IndRNN(2, 2)]


@pytest.mark.parametrize("cell", [*every_cell(2, 2), *OWN], ids=repr)
def test_any_cell_has_boxes(cell):
    rng = np.random.default_rng(3)
    layer = cell.bind(
        **{name: rng.normal(size=shape_of(weight)) for name, weight in cell.weights.items()}
    )
    inputs = rng.normal(size=(4, cell.input_dim))
    trace = layer.run(interval(inputs, 1e-3), algebra="ball")
    corner = inputs + 1e-3 * rng.choice([-1, 1], inputs.shape)
    point = layer.run(corner, algebra="float").given.run(BallAlgebra(200))
    assert_inside(trace, point)
    assert_inside(trace.backward().adjoints, differentiated(point).adjoints)


def drawn_network(rng):
    """Return a network of some layers, of which some run both ways, and its middle inputs."""
    kinds = [LSTM, GRU, PeepholeLSTM, SimpleRNN]
    merge = str(rng.choice(["concat", "sum", "mul", "ave"]))
    levels, dim = [], 2
    for _ in range(rng.integers(2, 4)):
        units, both = int(rng.integers(1, 4)), bool(rng.random() < 0.4)
        kind = kinds[rng.integers(4)]
        level = []
        for backwards in (False, True)[: 1 + both]:
            cell = kind(units, dim)
            weights = {name: rng.normal(size=shape_of(w)) for name, w in cell.weights.items()}
            level.append(replace(cell.bind(**weights), go_backwards=backwards))
        levels.append(level)
        dim = units * (2 if both and merge == "concat" else 1)
    head = Dense(2, dim).bind(kernel=rng.normal(size=(dim, 2)), bias=0)
    network = Network(levels, merge=merge, head=head)
    return network, rng.normal(size=(int(rng.integers(2, 5)), 2))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_no_point_of_a_box_escapes_through_the_layers_of_a_network(seed):
    rng = np.random.default_rng(seed)
    network, inputs = drawn_network(rng)
    width = float(rng.choice(WIDTHS[:6]))
    trace = network.run(interval(inputs, width), algebra="ball")
    gradients = trace.backward()
    for _ in range(3):
        away = rng.choice([-1, 1], inputs.shape) * rng.choice([1, rng.random()])
        moved = np.vectorize(at, otypes=[object])(inputs, width, away)
        point = network.run(moved, algebra="ball")
        for wide, narrow in (
            *zip(trace.layers, point.layers, strict=True),
            *zip(gradients.layers, point.backward().layers, strict=True),
        ):
            assert_inside(getattr(wide, "adjoints", wide), getattr(narrow, "adjoints", narrow))


@pytest.mark.parametrize("scale", [0.35, 0.6])
def test_a_layer_above_knows_what_the_one_below_depends_on(scale):
    network = Network([Sampled(scale, 10).layer(), Sampled(scale, 10, dim=8).layer()])
    inputs = np.random.default_rng(2).normal(size=(10, 4))

    def last(given):
        return network.run(given, algebra="float").sequence_out[:, -1]

    moved = np.eye(inputs.size).reshape(-1, *inputs.shape) * 1e-6
    signs = np.sign(last(inputs + moved) - last(inputs - moved)).T.reshape(-1, *inputs.shape)
    reached = np.diagonal(last(inputs + 1e-3 * signs) - last(inputs - 1e-3 * signs))
    outputs = network.run(interval(inputs, 1e-3), algebra="ball").sequence_out[-1]
    widths = np.array([2 * float(ball.rad()) for ball in outputs])
    assert (widths <= 1.2 * reached).all()


def test_what_is_handed_out_is_an_ordinary_ball_elsewhere():
    layer = Sampled(0.35, 3).layer()
    ball = layer.run(interval(np.ones((3, 4)), 1e-3), algebra="ball").state_h[0]
    for copied in (pickle.loads(pickle.dumps(ball)), copy(ball), deepcopy(ball)):
        assert type(copied) is arb
        assert (copied.mid(), copied.rad()) == (ball.mid(), ball.rad())


def test_errors_of_one_run_are_not_those_of_another():
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=-1, bias=0)
    for _ in range(2):
        trace = layer.run([interval(0, 1)], algebra="ball", stateful=True)
    assert trace.state_h.contains(2)
    assert trace.state_h.contains(-2)


def test_the_narrower_of_two_enclosures_is_their_intersection():
    with pytest.raises(ValueError, match="empty"):
        boxes.narrower(arb(0, 1), arb(5, 1))
    assert boxes.narrower(arb.nan(), arb(1, 1)).contains(2)


def test_a_radius_too_small_for_a_product_of_floats_is_not_lost():
    """The second unit has no error of its own, but a number that is no ball's middle."""
    quarter = IndRNN(units=2, activation="affine(alpha=1/4)")
    layer = quarter.bind(W=0, u=1, b=0)
    for power in (941, 950, 990):
        third = Fraction(1, 3 * 2**power)
        state = ["0 ± 1/1000000", f"{third.numerator}/{third.denominator}"]
        trace = layer.run([0, 0], initial_state=[state], algebra="ball")
        with precision(4000):
            for step in (1, 2):
                assert trace[step].h[1].contains(arb(fmpq(1, 3 * 2**power * 4**step)))


def test_a_slope_that_is_hardly_a_float_is_none():
    function = activation(f"scaled_tanh(alpha=1/{2**373}, beta=1/{2**700})")
    algebra, wide = ZonotopeAlgebra(64, 10), 2.0**700
    with algebra.context():
        form = algebra.form(arb_mat([[0]]), np.array([[[wide]]]), np.array([0]))
        found = algebra.apply(function, form)
        for e in np.linspace(-1, 1, 41):
            value = algebra.balls.scalar(function)(arb(e) * arb(wide))
            moved = arb(found.generators[0, 0, 0]) * arb(e)
            assert found.ball[0, 0].overlaps(value - moved)
