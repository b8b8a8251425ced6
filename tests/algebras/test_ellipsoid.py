"""Ellipsoids around rounding errors: they contain the truth, and do not grow with time."""

import mpmath
import numpy as np
import own_cells
import pytest
from every_cell import every_cell
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import GRU, LSTM, Cell, Equation, Network, SimpleRNN
from symlstm.algebras.affine.ellipsoid import EllipsoidAlgebra, enclosing
from symlstm.algebras.ball import BallAlgebra
from symlstm.equations.expression import add, hadamard, multiply, ones, scale, subtract
from symlstm.gradients import network_gradients
from symlstm.gradients.gradients import differentiated

seeds = st.integers(0, 2**32)
OWN = [own_cells.TwoStates(3, 2), own_cells.Highway(3, 3), own_cells.IndRNN(3, 2)]


def drawn(cell, steps, seed=0, *, size=0.6):
    """Return a layer of float32 weights, and inputs."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, weight in cell.weights.items():
        rows, columns = map(int, weight.shape)
        flat = columns == 1 and name[0] not in "WUV"
        numbers = rng.normal(size=(rows,) if flat else (rows, columns)) * size
        weights[name] = numbers.astype(np.float32)
    inputs = rng.normal(size=(steps, cell.input_dim)).astype(np.float32)
    return cell.bind(**weights), inputs


def assert_around(found, true):
    """Every ball of one trace contains that of another, which has thousands of bits."""
    for history, other in zip(found.histories, true.histories, strict=True):
        for step, values in history.items():
            for name, value in values.items():
                pairs = zip(value.entries(), other[step][name].entries(), strict=True)
                assert all(one.contains(ball) for one, ball in pairs), (name, step)


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_a_sum_of_an_ellipsoid_and_a_box_is_inside_what_encloses_it(seed):
    rng = np.random.default_rng(seed)
    size, errors = int(rng.integers(1, 9)), int(rng.integers(0, 12))
    scales = 10.0 ** rng.uniform(-20, 3, size)
    L = rng.normal(size=(size, errors)) * scales[:, None]
    radii = rng.random(size) * scales * (rng.random(size) < 0.7)
    found, rest = enclosing(L, radii)
    for direction in rng.normal(size=(50, size)) / scales:
        reached = np.linalg.norm(direction @ L) + abs(direction) @ radii
        assert reached <= np.linalg.norm(direction @ found) + abs(direction) @ rest


def test_an_ellipsoid_of_any_size_is_enclosed():
    for size in (2.0**600, 2.0**-600):
        with np.errstate(all="ignore"):
            found, rest = enclosing(np.array([[size]]), np.zeros(1))
        assert abs(found[0, 0]) + rest[0] >= size


@pytest.mark.parametrize("cell", [*every_cell(3, 2), *OWN], ids=repr)
def test_the_true_values_and_gradients_are_inside(cell):
    layer, inputs = drawn(cell, steps=12)
    given = layer.run(inputs, algebra="float").given
    found, true = given.run(EllipsoidAlgebra(40)), given.run(BallAlgebra(1500))
    assert_around(found, true)
    assert_around(differentiated(found).adjoints, differentiated(true).adjoints)


@pytest.mark.parametrize(
    "options", [{"mask": [1, 1, 0, 1, 0, 0, 1, 1, 0, 1]}, {"sequence_lens": [7]}], ids=str
)
def test_they_are_where_steps_are_left_out(options):
    layer, inputs = drawn(GRU(3, 2), steps=10)
    given = layer.run(inputs, algebra="float", **options).given
    found, true = given.run(EllipsoidAlgebra(40)), given.run(BallAlgebra(1500))
    assert_around(found, true)
    assert_around(differentiated(found).adjoints, differentiated(true).adjoints)


def test_errors_of_before_and_after_a_mask_are_not_taken_for_the_same():
    """Backward, one gate's gradient depends on the cell state before a gap, another's on it after.

    The numbers are such that taking both errors for one cancels them.
    """
    forget, output = 2.0**-40, 8.619066440237127e-13
    layer = LSTM(1, activation=None).bind(
        kernel=[[0, 0, 1, 0]],
        recurrent_kernel=[[0, forget, 0, output]],
        bias=[0.3, 0.2, 0, 0.1],
    )
    inputs = [2.0**40, 0, -604570204318, 0, 0.5]
    given = layer.run(inputs, mask=[1, 1, 1, 0, 1], algebra="float").given
    found, true = given.run(EllipsoidAlgebra(128)), given.run(BallAlgebra(3000))
    assert_around(differentiated(found).adjoints, differentiated(true).adjoints)


def test_values_of_several_vectors_are_not_put_together():
    algebra = EllipsoidAlgebra(64)
    with algebra.context():
        one, other = (
            algebra.form(arb_mat([[0]]), np.array([[[1e-9]]]), np.array([vector]))
            for vector in (1, 2)
        )
        now = {"one": one, "other": other}
        algebra.carry(["one", "other"], now, None)
        apart = algebra.add(now["one"], algebra.scale(arb_mat([[-1]]), now["other"]))
    assert apart.hull[0, 0].contains(arb(2e-9))


def test_nothing_is_lost_of_what_is_exact():
    layer = SimpleRNN(2, activation="linear").bind(kernel=1, recurrent_kernel=1, bias=0)
    trace = layer.run([0, 0, 3], algebra="float").given.run(EllipsoidAlgebra(40))
    assert all(ball.is_exact() for ball in trace.sequence_out.flat)


@pytest.mark.parametrize("cell", [LSTM(8, 2), GRU(8, 2)], ids=repr)
def test_errors_do_not_grow_where_a_cell_forgets(cell):
    layer, inputs = drawn(cell, steps=200, size=0.4)
    trace = layer.run(inputs, algebra="float").given.run(EllipsoidAlgebra(80))
    radii = [max(float(ball.rad()) for ball in step.h) for step in trace]
    assert max(radii[100:]) < 8 * max(radii[50:100])
    balls = trace.given.run(BallAlgebra(80))
    assert max(float(ball.rad()) for ball in balls[200].h) > 2**30 * radii[-1]


def test_a_long_reference_takes_no_more_bits_than_a_short_one():
    """It is what balls of thousands of bits round to, and mpmath without any enclosure."""
    layer, inputs = drawn(LSTM(8, 2), steps=250)
    reference = layer.reference(inputs, dtype="float32")
    outputs, gradient = reference.sequence_out, reference.backward().kernel
    assert reference.proof.endswith("ellipsoids of 128 bits")
    true = layer.run(inputs, algebra="float").given.run(BallAlgebra(3000))
    assert (outputs == np.vectorize(nearest)(true.sequence_out)).all()
    assert (gradient == np.vectorize(nearest)(differentiated(true).kernel)).all()
    trace = layer.run(inputs, algebra="ball", digits=15)
    assert str(trace.algebra).startswith("ellipsoids")
    assert str(trace.backward().adjoints.algebra).startswith("ellipsoids")
    assert trace.state_h[0].overlaps(true.state_h[0])


def nearest(ball):
    with mpmath.workprec(200):
        return np.float32(mpmath.mpf(str(ball.mid().str(40, radius=False))))


class Logistic(Cell):
    """Doubles an error at every step: R. M. May (1976) has it from populations."""

    def define(self):
        h = self.vector("h")
        left = subtract(ones(h), h.previous)
        return (Equation(h, add(scale(4, hadamard(h.previous, left)), multiply(self.W(), self.x))),)


def test_what_does_not_forget_is_left_to_balls():
    layer = Logistic(1).bind(W=0)
    reference = layer.reference([0] * 300, dtype="float32", initial_state=[["0.3"]])
    last = reference.state_h
    assert reference.proof.startswith("after 8 steps, balls of 88 bits are too wide; ")
    assert reference.proof.endswith("balls of 704 bits")
    assert "ellipsoids of 128 bits are too wide, since the errors are not forgotten" in (
        reference.proof
    )
    with mpmath.workdps(200):
        h = mpmath.mpf(3) / 10
        for _ in range(300):
            h = 4 * h * (1 - h)
        assert last == np.float32(h)


class Adding(Cell):
    """Keeps a sum of what comes in, of which it forgets nothing, beside a state that forgets."""

    def define(self):
        c, h = self.vector("c"), self.vector("h")
        new = add(multiply(self.U("h"), h.previous), multiply(self.W("h"), self.x))
        return (
            Equation(c, add(c.previous, self.phi(multiply(self.W("c"), self.x)))),
            Equation(h, self.phi(new)),
        )


def test_errors_that_stay_are_added_up_and_grow_as_the_steps_do():
    """A box that is as large as an ellipsoid would lengthen it in each direction, again and again.

    What forgets is a turn, which intervals lengthen at every step.
    """
    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) * 0.97
    layer = Adding(2, 1).bind(U_h=turn, W={"c": "1/2", "h": "1/20"})
    trace = layer.run(np.sin(np.arange(1200)), algebra="float").given.run(EllipsoidAlgebra(120))
    early, late = (max(float(ball.rad()) for ball in trace[step].c) for step in (300, 1200))
    assert late < 16 * early


def test_they_are_in_networks_and_batches():
    first, inputs = drawn(LSTM(4, 2), steps=20)
    second, _ = drawn(LSTM(4, 8), steps=1)
    network = Network([[first, first], [second]])
    given = network.run(np.stack([inputs, inputs[::-1]]), algebra="float").given
    found, true = given.run(EllipsoidAlgebra(60)), given.run(BallAlgebra(1500))
    for one, other in zip(found.layers, true.layers, strict=True):
        assert_around(one, other)
    gradients = network_gradients.differentiated(found), network_gradients.differentiated(true)
    for one, other in zip(*(both.layers for both in gradients), strict=True):
        assert_around(one.adjoints, other.adjoints)


def test_a_hull_is_as_precise_as_the_run():
    layer, inputs = drawn(LSTM(3, 2), steps=3)
    trace = layer.run(inputs, algebra="float").given.run(EllipsoidAlgebra(300))
    assert all(ball.rad() < arb((1, -270)) for ball in trace.state_h)
