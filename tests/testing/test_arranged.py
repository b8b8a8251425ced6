"""Outputs in another layout are recognised, also when their shape is the right one."""

import re
from dataclasses import replace

import numpy as np
import pytest

from symlstm import Network, ProjectedLSTM
from symlstm.errors import NumberError, ShapeError
from symlstm.testing import assert_right, assert_ulp, judge
from symlstm.testing.layer_case import random_case


def told(error):
    return " ".join(str(error.value).split())


@pytest.fixture(scope="module")
def square():
    """As many steps as sequences, and as units."""
    return random_case(units=4, steps=4, batch=4, seed=3)


@pytest.fixture(scope="module")
def both_ways():
    case, other = (random_case(units=3, input_dim=3, steps=3, batch=3, seed=k) for k in (1, 2))
    network = Network([[case.layer, replace(other.layer, go_backwards=True)]])
    return network.reference(case.inputs, dtype="float32")


ONE_WAY = {
    "with time and batch exchanged": lambda out: out.swapaxes(0, 1),
    "with time and units exchanged": lambda out: out.swapaxes(1, 2),
    "with its axes in the opposite order": lambda out: out.T,
    "with the steps in the opposite order": lambda out: out[:, ::-1],
}
BOTH_WAYS = {
    "with time and batch exchanged": lambda f, b: np.concatenate([f, b], -1).swapaxes(0, 1),
    "with the directions exchanged": lambda f, b: np.concatenate([b, f], -1),
    "with the backward outputs in the order of processing": lambda f, b: np.concatenate(
        [f, b[:, ::-1]], -1
    ),
    "with the directions exchanged, and the backward": lambda f, b: np.concatenate(
        [b[:, ::-1], f], -1
    ),
    "with the units of the directions in turn": lambda f, b: np.stack([f, b], -1).reshape(3, 3, 6),
    "with the forward direction twice": lambda f, b: np.concatenate([f, f], -1),
}


@pytest.mark.parametrize("said", ONE_WAY)
def test_of_equal_shapes(square, said):
    wrong = ONE_WAY[said](square.reference.sequence_out)
    verdict = judge(wrong, square.reference)
    assert verdict.verdict == "unexplained"
    assert said in verdict.arrangement.sentence
    for assertion in (assert_right, lambda *given: assert_ulp(*given, max_ulp=0)):
        with pytest.raises(AssertionError) as caught:
            assertion(wrong, square.reference)
        assert f"it agrees {said}" in told(caught).replace("It", "it")


@pytest.mark.parametrize("said", BOTH_WAYS)
def test_of_directions(both_ways, said):
    out = both_ways.sequence_out
    wrong = BOTH_WAYS[said](out[..., :3], out[..., 3:])
    assert said in judge(wrong, both_ways).arrangement.sentence
    with pytest.raises(AssertionError) as caught:
        assert_ulp(wrong, out, max_ulp=0)
    assert f"It agrees {said}" in told(caught)


def test_numbers_that_are_reshaped(square):
    case = random_case(units=2, steps=4, batch=2)
    out = case.reference.sequence_out
    wrong = out.swapaxes(0, 1).reshape(out.shape)
    assert judge(wrong, case.reference).arrangement.name == "reshape-for-transpose"


def test_other_numbers_are_in_no_layout(square):
    out = square.reference.sequence_out
    for wrong in (-out, out + np.float32(1e-3), np.roll(out, 1), np.full_like(out, np.nan)):
        assert judge(wrong, square.reference).arrangement is None
        with pytest.raises(AssertionError) as caught:
            assert_ulp(wrong, square.reference, max_ulp=4)
        assert not re.search("It agrees (with|as) ", told(caught))


def test_states_exchanged_and_layers_behind_the_batch():
    layers = [random_case(units=2, input_dim=n, batch=2, seed=n).layer for n in (3, 2)]
    reference = Network([[layers[0]], [layers[1]]]).reference(random_case().inputs)
    out, h, c = reference.sequence_out, reference.state_h, reference.state_c
    assert judge((out, c, h), reference).arrangement.name == "h-c-swapped"
    assert judge({"state_h": c}, reference).arrangement.name == "h-c-swapped"
    verdict = judge((out, h.swapaxes(0, 1), c.swapaxes(0, 1)), reference)
    assert verdict.arrangement.name == "batch-first-state"


def test_only_what_is_in_another_layout_is_put_right(square):
    reference = square.reference
    values = {"sequence_out": reference.sequence_out.swapaxes(0, 1), "c": reference["c"]}
    assert judge(values, reference).arrangement.name == "batch-time-swapped"
    values["c"] = values["c"] + np.float32(0.01)
    assert judge(values, reference).arrangement is None


def test_gradients_over_time(square):
    true = square.reference.backward(grad_sequence=1)
    wrong = {"z_i": true["z_i"][:, ::-1], "kernel": true.kernel}
    assert judge(wrong, true).arrangement.name == "time-reversed"


SHAPES = {
    "with time and batch exchanged": lambda out: out.swapaxes(0, 1),
    "as the last step alone": lambda out: out[:, -1],
    "as the forward direction alone": lambda out: out[..., :3],
    "as the backward direction alone": lambda out: out[..., 3:],
    "as the backward direction alone, in the order": lambda out: out[:, ::-1, 3:],
    "as the last step of each direction": lambda out: np.concatenate(
        [out[:, -1, :3], out[:, 0, 3:]], -1
    ),
    "with axes for time and directions in front of the batch": lambda out: out.reshape(
        2, 5, 2, 3
    ).transpose(1, 2, 0, 3),
    "with the directions in an axis in front": lambda out: np.stack([out[..., :3], out[..., 3:]]),
}


@pytest.mark.parametrize("said", SHAPES)
def test_an_error_says_which_layout_fits(said):
    case, other = (random_case(units=3, input_dim=3, steps=5, seed=k) for k in (1, 2))
    network = Network([[case.layer, replace(other.layer, go_backwards=True)]])
    reference = network.reference(case.inputs, dtype="float32")
    with pytest.raises(ShapeError, match=f"it would fit {said}"):
        assert_right(SHAPES[said](reference.sequence_out), reference)


def test_a_sequence_with_a_batch_of_one_behind_the_time():
    case = random_case(steps=5, batch=None)
    with pytest.raises(ShapeError, match="with time and batch exchanged"):
        case.assert_right(case.reference.sequence_out[:, None])


def test_of_layouts_that_differ_in_axes_of_one_the_nearest_shape_is_said():
    one_step = random_case(units=4, steps=1, batch=2).reference
    with pytest.raises(ShapeError, match=r"it would fit as the last step alone; give .* state_h"):
        assert_right(one_step.sequence_out[:, 0], one_step)
    several = random_case(units=4, steps=5, batch=2).reference
    with pytest.raises(ShapeError, match="as ONNX has it"):
        assert_right(several.sequence_out.swapaxes(0, 1)[:, None], several)


def test_states_are_told_their_name_where_that_is_what_they_are():
    case, other = (random_case(units=3, input_dim=3, steps=5, seed=k) for k in (1, 2))
    levels = [[case.layer, replace(other.layer, go_backwards=True)]]
    reference = Network(levels).reference(case.inputs, dtype="float32")
    states = np.concatenate(list(reference.state_h), -1)
    with pytest.raises(ShapeError, match="each direction alone; give it as state_h, by name"):
        assert_right(states, reference)
    assert_right({"state_h": states}, reference)
    merged = Network(levels, merge="sum").reference(case.inputs, dtype="float32")
    with pytest.raises(ShapeError, match=r"fit as the last step alone$"):
        assert_right(merged.sequence_out[:, -1], merged)


def test_nothing_and_a_transpose_are_errors_of_shape(square):
    for nothing in ([], np.zeros((0, 4))):
        with pytest.raises(ShapeError, match=r"sequence_out has shape \(0,.*; give that$"):
            assert_right(nothing, square.reference)
    with pytest.raises(NumberError, match=r"sequence_out is no array: .*; give one array"):
        assert_right([[[0.5]], [[0.5], [0.25]]], square.reference)
    gradients = square.reference.backward()
    with pytest.raises(ShapeError, match="this is that of its transpose"):
        assert_right({"kernel": gradients.kernel.T}, gradients)


def test_states_of_other_sizes_are_not_taken_for_each_other():
    cell = ProjectedLSTM(units=4, input_dim=3, proj_size=2)
    reference = random_case(cell=cell, steps=3).reference
    wrong = reference.state_h + np.float32(0.1)
    for actual in ({"state_h": wrong}, (reference.sequence_out, wrong, reference.state_c + 1)):
        assert judge(actual, reference).verdict == "unexplained"
