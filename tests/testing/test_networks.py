"""Networks are judged, and what is wrong in them is told, by level and direction."""

from dataclasses import replace

import numpy as np
import pytest

from symlstm import Network
from symlstm.errors import SymlstmError
from symlstm.testing import assert_right, assert_ulp, judge
from symlstm.testing.layer_case import random_case


def layers(units, input_dim, seed):
    layer, other = (random_case(units=units, input_dim=input_dim, seed=k).layer for k in seed)
    return [layer, replace(other, go_backwards=True)]


@pytest.fixture(scope="module")
def inputs():
    return random_case(steps=5).inputs


@pytest.fixture(scope="module")
def both_ways(inputs):
    network = Network([layers(2, 3, (1, 2)), layers(2, 4, (3, 4))])
    return network.reference(inputs, dtype="float32")


def told(error):
    return " ".join(str(error.value).split())


def test_levels_of_one_layer_have_no_direction(inputs):
    below, above = (random_case(units=2, input_dim=n, seed=n).layer for n in (3, 2))
    reference = Network([[below], [above]]).reference(inputs, dtype="float32")
    c = reference.layers[1]["c"]
    assert_right({"level 2, c": c, "sequence_out": reference.sequence_out}, reference)
    with pytest.raises(AssertionError, match=r"level\s2,\sc\sis\sthe\sfirst:\sat\sstep\s1"):
        assert_right({"level 2, c": c * np.float32(1.01)}, reference)
    h = reference.state_h.copy()
    h[1, 0, 1] = 7
    with pytest.raises(AssertionError, match="step 5, level 2, unit 1"):
        assert_right({"state_h": h}, reference)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "name"),
    [*enumerate(f"level {n}, {way}ward" for n in (1, 2) for way in ("for", "back"))],
)
def test_values_go_by_level_and_direction(both_ways, layer, name):
    f = both_ways.layers[layer]["f"]
    assert_right({f"{name}, f": f}, both_ways)
    assert_right({f"layers[{layer}].f": f}, both_ways)
    wrong = f.copy()
    wrong[1, 2, 0] *= 2
    for assertion in (assert_right, lambda *given: assert_ulp(*given, max_ulp=1)):
        with pytest.raises(AssertionError) as caught:
            assertion({f"layers[{layer}].f": wrong}, both_ways)
        assert f"{name}, f is" in told(caught)
        assert "step 3, unit 0, sequence 1" in told(caught)
    assert "f_t = σ(W_f x_t + U_f h_{t-1} + b_f)" in told(caught)


def test_outputs_and_states_say_whose_they_are(both_ways):
    out, h = both_ways.sequence_out.copy(), both_ways.state_h.copy()
    out[0, 1, 3] += 1
    assert judge(out, both_ways).first.place == "step 2, backward, unit 1, sequence 0"
    h[1, 0, 1] += 1
    first = judge({"state_h": h}, both_ways).first
    assert first.place == "step 5, level 1, backward, unit 1, sequence 0"


def test_gradients_go_by_level_and_direction(both_ways):
    true = both_ways.backward()
    mine = {"level 2, backward, W_f": np.array(true.layers[3]["W_f"])}
    assert_right(mine, true)
    mine["level 2, backward, W_f"][1, 0] += 1
    first = judge(mine, true).first
    assert (first.name, first.place) == ("level 2, backward, W_f", "unit 1, input 0")


def test_a_name_that_is_none_and_one_that_is_given_twice(both_ways):
    f = both_ways.layers[1]["f"]
    with pytest.raises(SymlstmError, match="did you mean 'level 1, backward, f'"):
        judge({"level 1, backwards, f": f}, both_ways)
    with pytest.raises(SymlstmError, match="a value by two names"):
        judge({"level 1, backward, f": f, "layers[1].f": f}, both_ways)


@pytest.mark.parametrize("batch", [True, False])
def test_directions_that_stay_apart(inputs, batch):
    network = Network([layers(2, 3, (1, 2))], merge=None)
    reference = network.reference(inputs if batch else inputs[0], dtype="float32")
    out = reference.sequence_out
    assert_right(out, reference)
    assert_ulp(out, out, max_ulp=0)
    wrong = out.copy()
    wrong[(1, 0, 3, 1) if batch else (1, 3, 1)] += 1
    place = "step 4, backward, unit 1" + ", sequence 0" * batch
    assert judge(wrong, reference).first.place == place
    with pytest.raises(AssertionError) as caught:
        assert_ulp(wrong, reference, max_ulp=1)
    assert place in told(caught)


def test_arrays_of_directions_that_stay_apart_have_places(inputs):
    out = Network([layers(2, 3, (1, 2))], merge=None).reference(inputs).sequence_out
    with pytest.raises(AssertionError) as caught:
        assert_ulp(out + np.eye(2, dtype="float32")[1], out, max_ulp=1)
    assert "step 1, layer 1, unit 1, sequence 0" in told(caught)


def test_layers_of_a_level_that_go_one_way_are_counted(inputs):
    level = [random_case(units=2, input_dim=3, seed=k).layer for k in (1, 2)]
    reference = Network([level]).reference(inputs, dtype="float32")
    c = np.array(reference.layers[1]["c"])
    assert judge({"level 1, layer 2, c": c + 1}, reference).first.name == "level 1, layer 2, c"


def test_sums_of_directions_are_judged(inputs):
    reference = Network([layers(2, 3, (1, 2))], merge="sum").reference(inputs, dtype="float32")
    assert_right(reference.sequence_out, reference)
    wrong = reference.sequence_out.copy()
    wrong[1, 2, 1] += 1
    assert judge(wrong, reference).first.place == "step 3, unit 1, sequence 1"
