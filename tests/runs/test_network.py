"""Networks against layers that are run one after the other, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import rationals

from symlstm import LSTM, Network, hand_calculation
from symlstm.algebras.floating import FloatAlgebra
from symlstm.errors import CellError, NotExactError, OutputError, ShapeError
from symlstm.numbers.arrays import interval

HARD = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}


def layer(draw, units, input_dim, **options):
    cell = LSTM(units, input_dim, **{**HARD, **options})
    count = 4 * units * (input_dim + units + 1)
    numbers = np.array(draw(st.lists(rationals, min_size=count, max_size=count)), dtype=object)
    ends = np.cumsum([input_dim, units]) * 4 * units
    kernel, recurrent, bias = np.split(numbers, ends)
    kernel, recurrent = kernel.reshape(input_dim, -1), recurrent.reshape(units, -1)
    return cell.bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)


def numbers(draw, *shape):
    count = int(np.prod(shape))
    drawn = draw(st.lists(rationals, min_size=count, max_size=count))
    return np.array(drawn, dtype=object).reshape(shape)


@given(st.data())
@settings(max_examples=15)
def test_a_network_is_its_layers_run_by_hand(data):
    draw = data.draw
    first = [layer(draw, 2, 2), replace(layer(draw, 2, 2), go_backwards=True)]
    second = layer(draw, 2, 4)
    x, h, c = numbers(draw, 2, 3, 2), numbers(draw, 3, 2, 2), numbers(draw, 3, 2, 2)
    network = Network([first, [second]])
    trace = network.run(x, initial_state=[h, c])
    forward = first[0].run(x, initial_state=[h[0], c[0]])
    backward = replace(first[1], go_backwards=False).run(x[:, ::-1], initial_state=[h[1], c[1]])
    between = np.concatenate([forward.sequence_out, backward.sequence_out[:, ::-1]], axis=2)
    above = second.run(between, initial_state=[h[2], c[2]])
    assert trace.sequence_out.tolist() == above.sequence_out.tolist()
    states = [forward.state_c, backward.state_c, above.state_c]
    assert trace.state_c.tolist() == np.stack(states).tolist()

    seeds = numbers(draw, 2, 3, 2), numbers(draw, 3, 2, 2), numbers(draw, 3, 2, 2)
    gradients = trace.backward(grad_sequence=seeds[0], grad_state_h=seeds[1], grad_state_c=seeds[2])
    top = above.backward(grad_sequence=seeds[0], grad_state_h=seeds[1][2], grad_state_c=seeds[2][2])
    left, right = np.split(top.inputs, 2, axis=2)
    below = forward.backward(grad_sequence=left, grad_state_h=seeds[1][0], grad_state_c=seeds[2][0])
    beside = backward.backward(
        grad_sequence=right[:, ::-1], grad_state_h=seeds[1][1], grad_state_c=seeds[2][1]
    )
    assert gradients.inputs.tolist() == (below.inputs + beside.inputs[:, ::-1]).tolist()
    assert gradients.layers[1].kernel.tolist() == beside.kernel.tolist()
    first_states = [below.initial_state[0], beside.initial_state[0], top.initial_state[0]]
    assert gradients.initial_state[0].tolist() == np.stack(first_states).tolist()


def network(activation):
    rng = np.random.default_rng(3)

    def one(units, dim):
        cell = LSTM(units, dim, activation=activation, recurrent_activation="hard_sigmoid")
        shapes = (dim, 4 * units), (units, 4 * units), (4 * units,)
        kernel, recurrent, bias = (rng.integers(-9, 10, shape) / 8 for shape in shapes)
        return cell.bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)

    levels = [[one(2, 1), replace(one(2, 1), go_backwards=True)], [one(2, 4)]]
    return Network(levels), rng.integers(-9, 10, (4, 1)) / 4


def test_balls_and_floats_enclose_the_exact_values():
    stacked, x = network("hard_tanh")
    exact, balls = stacked.run(x), stacked.run(x, algebra="ball", digits=25)
    floats = stacked.run(x, algebra="float")
    pairs = [
        (exact.sequence_out, balls.sequence_out, floats.sequence_out),
        (exact.state_c, balls.state_c, floats.state_c),
        (exact.backward().inputs, balls.backward().inputs, floats.backward().inputs),
        *(
            (one.kernel, two.kernel, three.kernel)
            for one, two, three in zip(
                exact.backward().layers,
                balls.backward().layers,
                floats.backward().layers,
                strict=True,
            )
        ),
    ]
    for true, enclosed, approximate in pairs:
        assert true.shape == enclosed.shape == approximate.shape
        for number, ball, float_ in zip(true.flat, enclosed.flat, approximate.flat, strict=True):
            fraction = arb(int(number.p)) / int(number.q)
            assert ball.overlaps(fraction)
            assert ball.rad() < 1e-24
            assert float_ == pytest.approx(float(number), abs=1e-14)


def test_references_round_what_balls_enclose():
    stacked, x = network("tanh")
    reference, balls = stacked.reference(x, dtype="float64"), stacked.run(x, algebra="ball")
    assert reference.sequence_out.tolist() == [
        [float(b) for b in row] for row in balls.sequence_out
    ]
    gradients, true = reference.backward(grad_sequence=1), balls.backward(grad_sequence=1)
    assert gradients.inputs.tolist() == [[float(ball) for ball in row] for row in true.inputs]
    assert gradients.layers[2].bias.tolist() == [float(ball) for ball in true.layers[2].bias]
    assert reference.layers[2]["c"].tolist() == [
        [float(ball) for ball in row] for row in balls.layers[2]["c"]
    ]


def test_balls_of_any_size_pass_through():
    """A gate of e^(-10^15) has no fraction that could be written down."""
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    reference = Network([[layer], [layer]]).reference([-1e15, 1])
    first, second = reference.sequence_out.ravel()
    assert first == 0
    assert second == pytest.approx(0.12190238, rel=1e-6)
    wide = LSTM(1, activation="exponential").bind(kernel=1, recurrent_kernel=1, bias=0)
    for stacked in (wide, Network([[wide], [wide]])):
        trace = stacked.run(interval([1, 1], 100), algebra="ball")
        assert not np.ravel(trace.state_h)[0].is_finite()
    linear = LSTM(1, activation=None, recurrent_activation=None)
    many = Network([[linear.bind(kernel=1, recurrent_kernel=1, bias=0)]] * 2)
    trace = many.run([1e30] * 12, algebra="float")
    assert np.isinf(trace.state_h.astype(float)).all()
    assert not np.isfinite(trace.backward().inputs.astype(float)).all()


def test_intervals_of_every_layer_count():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    stacked = Network([[layer], [layer]])
    states = [[[interval("1/2", "1/4")], [0]], 0]
    wide, narrow = (
        stacked.run([1], initial_state=given, algebra="ball").state_h
        for given in (states, [[["1/2"], [0]], 0])
    )
    assert all(map(arb.contains, wide.flat, narrow.flat))
    assert wide.item(0).rad() > 0.01
    with pytest.raises(NotExactError, match=r"layers\[0\] initial_state h has the interval 1/2 ±"):
        stacked.reference([1], initial_state=states)


@pytest.mark.parametrize("activation", ["hard_tanh", "tanh"])
def test_every_layer_is_checked_against_float64(activation, monkeypatch):
    stacked, x = network(activation)
    trace = stacked.run(x, algebra="ball")
    assert trace.check().agrees
    right = FloatAlgebra.hadamard
    monkeypatch.setattr(FloatAlgebra, "hadamard", lambda self, *v: right(self, *v) * (1 + 1e-14))
    assert not trace.check().agrees


@pytest.mark.parametrize(
    ("activation", "algebra"),
    [("hard_tanh", "exact"), ("hard_tanh", "ball"), ("tanh", "float"), ("tanh", "ball")],
)
def test_the_gradients_of_every_layer_are_checked_against_float64(activation, algebra, monkeypatch):
    stacked, x = network(activation)
    gradients = stacked.run(x, algebra=algebra).backward(grad_sequence=1)
    checked = gradients.check()
    assert checked.agrees
    assert 0 < checked.worst_error < 1e-12
    right = FloatAlgebra.hadamard
    monkeypatch.setattr(FloatAlgebra, "hadamard", lambda self, *v: right(self, *v) * (1 + 1e-13))
    assert not stacked.run(x, algebra=algebra).backward(grad_sequence=1).check().agrees


def test_a_layer_is_the_only_one_of_its_run():
    layer = LSTM(units=1).bind(kernel=1, recurrent_kernel="1/2", bias=0)
    trace = layer.run([1, 2], algebra="ball")
    gradients, reference = trace.backward(), layer.reference([1, 2])
    (only,), (of_gradients,) = trace.layers, gradients.layers
    assert (only, of_gradients) == (trace, gradients)
    for one in (reference, *reference.layers, *reference.layers[0].layers):
        assert one.sequence_out.tolist() == reference.sequence_out.tolist()
        assert one["f"].tolist() == reference["f"].tolist()
        (backward,) = one.backward().layers
        assert backward.kernel.tolist() == reference.backward().kernel.tolist()


def test_the_reference_of_a_layer_has_its_own_layers():
    layer = LSTM(units=1).bind(kernel=1, recurrent_kernel="1/2", bias=0)
    reference = Network([[layer], [layer]]).reference([1, 2])
    for k, one in enumerate(reference.layers):
        assert one.layers[0].state_h == one.state_h == reference.state_h[k]


def test_boxes_pass_through_all_layers():
    stacked, x = network("tanh")
    box = stacked.run(interval(x, "1/50"), algebra="ball")
    for corner in (-1, 1):
        inside = stacked.run(x + corner / 64, algebra="ball")
        for wide, narrow in zip(box.sequence_out.flat, inside.sequence_out.flat, strict=True):
            assert wide.contains(narrow)
        for wide, narrow in zip(
            box.backward().inputs.flat, inside.backward().inputs.flat, strict=True
        ):
            assert wide.contains(narrow)


def test_a_network_of_one_layer_has_its_shapes():
    only = LSTM(2, **HARD).bind(kernel=1, recurrent_kernel="1/2", bias=0)
    backward = Network([[replace(only, go_backwards=True)]])
    forward = only.run([3, 2, 1], initial_state=[[1, 0], "1/3"])
    trace = backward.run([1, 2, 3], initial_state=[[1, 0], "1/3"])
    assert trace.sequence_out.tolist() == forward.sequence_out[::-1].tolist()
    assert trace.state_h.tolist() == forward.state_h.tolist()
    assert trace.backward().inputs.tolist() == forward.backward().inputs[::-1].tolist()


def test_what_does_not_fit_is_refused():
    one = LSTM(2, 3, **HARD).bind(kernel=1, recurrent_kernel=0, bias=0)
    other = LSTM(2, 2, **HARD).bind(kernel=1, recurrent_kernel=0, bias=0)
    small = LSTM(1, 3, **HARD).bind(kernel=1, recurrent_kernel=0, bias=0)
    with pytest.raises(CellError, match=r"input_dim=2.* is given inputs of size 4; make that its"):
        Network([[one, one], [other]])
    with pytest.raises(
        CellError, match=r"merge is 'ave', and outputs of a level have sizes \[2, 1"
    ):
        Network([[one, small]], merge="ave")
    with pytest.raises(CellError, match="no layers, or a level without"):
        Network([[]])
    stacked = Network([[one], [other]])
    with pytest.raises(OutputError, match=r"state_jacobian is of a single layer; leave it out"):
        hand_calculation(stacked.run([[1, 2, 3]]), state_jacobian="c")
    with pytest.raises(ShapeError, match="inputs have shape"):
        stacked.run([[1, 2]])
    with pytest.raises(ShapeError, match=r"initial_state takes \[h, c\], each for all 2 layers"):
        stacked.run([[1, 2, 3]], initial_state=[0])
    with pytest.raises(ShapeError, match="an entry for each of the 2 layers along the first axis"):
        stacked.run([[1, 2, 3]], initial_state=[[1, 2, 3], 0])
    with pytest.raises(ShapeError, match=r"grad_state_h has shape \(3,\); give a number or shape"):
        stacked.run([[1, 2, 3]]).backward(grad_state_h=[1, 2, 3])
