"""The first wrong equation of a backward pass is named, from the last step back."""

import backpropagated
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import Network
from symlstm.testing import assert_right, judge
from symlstm.testing.layer_case import random_case

STEPS = 7


@pytest.fixture(scope="module")
def case():
    return random_case(units=3, input_dim=2, steps=STEPS, batch=None, seed=5)


@pytest.fixture(scope="module")
def true(case):
    return case.reference.backward(grad_sequence=1)


def by_hand(case, mistake=None):
    weights = (case.kernel, case.recurrent_kernel, case.bias)
    return backpropagated.backward(case.inputs, *weights, mistake=mistake)


def test_a_backward_pass_by_hand_is_right(case, true):
    assert_right(by_hand(case), true)


@pytest.mark.parametrize("mistake", backpropagated.MISTAKES)
def test_the_first_wrong_equation_is_named(case, true, mistake):
    name, step = backpropagated.MISTAKES[mistake]
    first = judge(by_hand(case, mistake), true).first
    assert first.name == name
    if step is not None:
        assert first.place.startswith(f"step {STEPS + 1 + step}, ")


@pytest.mark.parametrize("given", [("c",), ("z_i", "z_f", "z_c_tilde", "z_o"), ("h", "c")])
def test_what_follows_from_what_was_given_is_right(case, true, given):
    """Only a step that is computed wrong is wrong, and not all before it in time."""
    mine = by_hand(case)
    gradients = {name: mine[name].copy() for name in given}
    gradients[given[0]][3, 1] *= np.float32(1.5)
    verdict = judge(gradients, true)
    assert verdict.first.name == given[0]
    assert verdict.first.place == "step 4, unit 1"
    gradients[given[0]][3, 1] = mine[given[0]][3, 1]
    assert judge(gradients, true).verdict == "right"


def test_long_sequences_have_bounds_that_do_not_grow(case):
    long = random_case(units=3, input_dim=2, steps=60, batch=None, seed=5)
    true = long.reference.backward(grad_sequence=1)
    mine = by_hand(long)
    assert_right(mine, true)
    mine["c"][10, 0] *= np.float32(1 + 1e-5)
    assert judge(mine, true).first.place == "step 11, unit 0"


def test_the_layers_of_a_network_go_their_own_ways():
    below, above = random_case(units=2, seed=1), random_case(units=2, input_dim=2, seed=2)
    true = Network([[below.layer], [above.layer]]).reference(below.inputs).backward()
    names = [f"layers[{k}].{name}" for k in (0, 1) for name in ("c", "z_i")]
    mine = {name: np.array(true.layers[int(name[7])][name[10:]]) for name in names}
    assert_right(mine, true)
    mine["layers[0].c"][1, 4, 0] *= 2
    first = judge(mine, true).first
    assert first.place == "step 5, unit 0, sequence 1"


def test_masked_steps_have_no_gradients():
    case = random_case(units=2, steps=5, batch=1)
    mask = [[True, False, True, True, False]]
    true = case.layer.reference(case.inputs, mask=mask).backward(grad_sequence=1)
    assert_right({"inputs": true.inputs, "kernel": true.kernel}, true)


@given(
    seed=st.integers(0, 2**32 - 1),
    units=st.integers(2, 5),
    steps=st.integers(2, 15),
    dtype=st.sampled_from(["float64", "float32", "float16"]),
    mistake=st.sampled_from([None, *backpropagated.MISTAKES]),
)
@settings(max_examples=15)
def test_no_false_alarm_and_no_mistake_that_is_not_named(seed, units, steps, dtype, mistake):
    case = random_case(units=units, steps=steps, batch=None, dtype=dtype, seed=seed)
    verdict = judge(by_hand(case, mistake), case.reference.backward(grad_sequence=1))
    assert (verdict.first and verdict.first.name) == backpropagated.MISTAKES.get(mistake, [None])[0]
