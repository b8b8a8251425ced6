"""Cells that lack what most have, their gradients against differences, and runs with gaps."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from own_cells import ODD, Deaf, Filter, Fires, Highway, Leaky, LooksBack

from symlstm import Cell, Dense, Equation, Network, SimpleRNN, probe
from symlstm.equations import add, mean, subtract
from symlstm.errors import CellError, ShapeError, SymlstmError
from symlstm.testing import assert_right

ALGEBRAS = ["exact", "ball", "float"]
STEP = 1e-6
RATIONAL = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}


def numbers(cell, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=q.shape) for name, q in cell.weights.items()}


def total(cell, weights, inputs):
    return cell.bind(**weights).run(inputs, algebra="float").sequence_out.sum()


def moved(array, index, by):
    other = array.copy()
    other[index] += by
    return other


def differences(of, array):
    """Return the central differences of a function by each number of an array."""
    found = np.empty_like(array)
    for index in np.ndindex(array.shape):
        ends = (of(moved(array, index, by)) for by in (STEP, -STEP))
        found[index] = (next(ends) - next(ends)) / (2 * STEP)
    return found


@pytest.mark.parametrize("kind", ODD)
def test_gradients_are_what_differences_come_to(kind):
    cell, weights = kind(2, 3), numbers(kind(2, 3))
    inputs = np.random.default_rng(1).normal(size=(4, 3))
    for algebra in ("float", "ball"):
        run = cell.bind(**weights).run(inputs, algebra=algebra)
        gradients = run.backward(grad_sequence=1)
        by_inputs = differences(lambda x: total(cell, weights, x), inputs)
        assert gradients.inputs.astype(float) == pytest.approx(by_inputs, abs=1e-7)
        for name, weight in weights.items():
            of = differences(lambda w, name=name: total(cell, {**weights, name: w}, inputs), weight)
            found = np.asarray(gradients[name], dtype=float).reshape(weight.shape)
            assert found == pytest.approx(of, abs=1e-7)


MASK = np.array([False, True, False, False, True, True, False])
NO_STATES = [Dense, *ODD]


@pytest.mark.parametrize("algebra", ALGEBRAS)
@pytest.mark.parametrize("kind", [Highway, LooksBack, *NO_STATES])
@pytest.mark.parametrize("zero", [False, True])
def test_an_output_that_is_no_state_is_held_as_one_is(kind, algebra, zero):
    options = {name: RATIONAL[name] for name in kind(2, 2).activations}
    cell = kind(2, 2, **options)
    layer = cell.bind(**{n: np.round(8 * w) / 8 for n, w in numbers(cell).items()})
    layer = replace(layer, zero_output_for_mask=zero)
    inputs = np.round(8 * np.random.default_rng(2).normal(size=(len(MASK), 2))) / 8
    seeds = np.arange(1, 2 * len(MASK) + 1).reshape(-1, 2)
    run, alone = (
        layer.run(x, mask=m, algebra=algebra) for x, m in ((inputs, MASK), (inputs[MASK], None))
    )
    last = np.cumsum(MASK) - 1
    shown = MASK if zero else last >= 0
    held = alone.sequence_out.astype(float)[np.maximum(last, 0)] * shown[:, None]
    assert run.sequence_out.astype(float) == pytest.approx(held)
    if cell.output.name not in cell.states:
        assert run[cell.output.name].astype(float) == pytest.approx(held)
    arriving = np.zeros((MASK.sum(), 2), dtype=int)
    np.add.at(arriving, last[shown], seeds[shown])
    gradients, expected = run.backward(grad_sequence=seeds), alone.backward(grad_sequence=arriving)
    by_inputs = gradients.inputs.astype(float)
    assert by_inputs[MASK] == pytest.approx(expected.inputs.astype(float))
    assert not by_inputs[~MASK].any()
    for name in cell.weights:
        found, wanted = (np.asarray(one[name], dtype=float) for one in (gradients, expected))
        assert found == pytest.approx(wanted)


@pytest.mark.parametrize("algebra", ALGEBRAS)
def test_a_sequence_without_any_step_gives_nothing_and_hands_back_nothing(algebra):
    layer = Dense(1).bind(W_y=2, b_y=1)
    run = layer.run([[[1], [2]], [[3], [4]]], sequence_lens=[0, 2], algebra=algebra)
    assert run.sequence_out.tolist() == [[[0], [0]], [[7], [9]]]
    gradients = run.backward(grad_sequence=1)
    assert gradients.inputs.tolist() == [[[0], [0]], [[2], [2]]]
    assert gradients["W_y"] == 7


def plain():
    return SimpleRNN(1, activation="linear").bind(kernel=1, recurrent_kernel=1, bias=0)


@pytest.mark.parametrize("kind", [Deaf, Fires])
def test_nothing_comes_through_a_layer_that_hands_nothing_back(kind):
    cell = kind(1, 1, **dict.fromkeys(kind(1, 1).activations, "linear"))
    gradients = (
        Network([plain(), cell.bind(**dict.fromkeys(cell.weights, 2))]).run([1, 2]).backward()
    )
    assert not gradients.inputs.any()
    assert not gradients.layers[0].kernel.any()


def test_layers_without_weights_are_trained_past():
    data = {"inputs": [[1, 2]], "targets": [[[1], [1]]], "return_sequences": True}
    options = {"loss": "half_squared_error", "learning_rate": "1/10"}
    network = Network([plain(), Filter(1, 1).bind()])
    training = network.fit(**data, **options)
    # h = 1, 3; y = 1/2, 7/4; by y: -1/2, 3/4; by h: -1/4 + 3/16, 3/8 and once more by U
    by_second = Fraction(3, 8)
    by_first = Fraction(-1, 4) + Fraction(3, 16) + by_second
    assert training.layer.layers[0].kernel == 1 - Fraction(1, 10) * (by_first + 2 * by_second)
    with pytest.raises(SymlstmError, match="has no weights, so that there is nothing to train"):
        Filter(1, 1).bind().fit([[1]], [1], **options)


@pytest.mark.parametrize("loss", ["mean_squared_error", "half_squared_error"])
def test_a_loss_of_no_step_is_none(loss):
    for run in (plain().run, plain().reference):
        with pytest.raises(ShapeError, match="every time step is left out"):
            assert run([1, 2], mask=[False, False]).loss([1, 1], loss=loss).value


def test_of_what_a_step_that_is_left_out_has_no_value_there_is_no_gradient():
    layer = Leaky(1, activation=None, recurrent_activation=None).bind(W_c=1, U_y=2, b_c=1)
    run = layer.run([1, 2, 3], mask=[False, True, False])
    assert run.backward().inputs.tolist() == [0, 2, 0]
    assert run.backward(seeds={"y": {3: 1}, "c": {3: 1}}).inputs.tolist() == [0, 3, 0]
    for name, step, why in (
        ("z_y", 3, "which keeps c and y alone"),
        ("y", 1, "the output is zero"),
    ):
        with pytest.raises(CellError, match=f"'{name}' at a step that is masked, .*{why}"):
            run.backward(seeds={name: {step: 1}})
    hidden = layer.run([[[1], [2]]], sequence_lens=[1])
    assert not hidden.backward().inputs.any()


def test_what_remembers_nothing_has_no_say_in_which_steps_count():
    first = Dense(1).bind(kernel=1, bias=0)
    network = Network([first, plain()])
    run = network.run([[[1], [2], [3]]], mask=[[1, 1, 0]])
    assert run.loss([[[0], [0], [0]]]).value == 5  # of 1 and 3; what is left out is none
    with pytest.raises(ShapeError, match="every time step is left out"):
        assert network.run([1, 2], mask=[0, 0]).loss([1, 1]).value


@pytest.mark.parametrize("algebra", ALGEBRAS)
def test_what_does_not_change_a_gradient_by_a_weight_is_zero_without_any_step(algebra):
    dense, rnn = Dense(1).bind(W_y=2, b_y=1), plain()
    run = dense.run([[[1], [2]], [[3], [4]]], sequence_lens=[0, 2], algebra=algebra)
    product = run.backward(grad_sequence=1).hessian_vector_product({"W_y": 1})
    assert product["W_y"] == product["b_y"] == 0
    masked = rnn.run([[[1], [1]], [[1], [1]]], mask=[[0, 0], [0, 1]], algebra=algebra)
    assert masked.backward().hessian_vector_product(inputs=1)["b"] == 0
    assert masked.backward().hessian_vector_product(inputs=1)["W"] == 1


@pytest.mark.parametrize("algebra", ALGEBRAS)
def test_running_sums_are_checked_and_a_step_shows_what_every_sequence_has(algebra):
    run = plain().run([[[1], [2]], [[3], [4]]], mask=[[1, 0], [1, 1]], algebra=algebra)
    assert run.backward().with_running_sums().check().agrees
    assert run[2].names == ("x", "h")
    assert "z_h" in run[1].names
    assert repr(run.backward()[2]).startswith("AdjointStep(2: x=")


def test_weights_that_are_of_no_kernel_are_judged_and_diagnosed():
    class Driven(Cell):
        def define(self):
            return (Equation(self.h, add(self.x, self.h.previous, self.b("h"))),)

    layer, inputs = Driven(2, 2).bind(b_h=1), np.ones((3, 2), np.float32)
    wrong = {"b_h": np.array([7, 7], np.float32)}
    with pytest.raises(AssertionError, match=r"b_h is\sthe first"):
        assert_right(wrong, layer.reference(inputs).backward())
    assert layer.diagnose(inputs, gradients=wrong).verdict == "explained"


def test_a_cell_whose_outputs_are_zero_cannot_be_probed():
    class Level(Cell):
        def define(self):
            return (Equation(self.h, subtract(self.h.previous, mean(self.h.previous))),)

    with pytest.raises(SymlstmError, match="no mistake that is known shows in what Level"):
        probe(Level(1))


def test_a_head_has_no_name_that_the_cell_has():
    class Delayed(Cell):
        def define(self):
            s, y = self.vector("s"), self.vector("y")
            return Equation(s, self.x), Equation(y, s.previous)

    layer, head = Delayed(2, 2).bind(), Dense(1, 2).bind(kernel=1, bias=0)
    with pytest.raises(CellError, match=r"both have y, .* Network\(\[layer\], head=head\)"):
        layer.with_head(head)
    assert Network([layer], head=head).run([[1, 2], [3, 4]]).sequence_out.tolist() == [[0], [3]]
