"""Masks, lengths and directions, against runs on the steps that count."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases

from symlstm import LSTM, hand_calculation
from symlstm.errors import CellError, ShapeError, SymlstmError

EXACT = {"max_units": 2, "max_steps": 4, "peephole": False}


@given(cases(**EXACT), st.data())
@settings(max_examples=40)
def test_a_masked_step_holds_the_states(case, data):
    """A masked run is the run on the steps that count; gradients go where these are."""
    steps = len(case.inputs)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=steps, max_size=steps)))
    layer, states = case.layer(), list(case.state)
    masked = layer.run(case.inputs, initial_state=states, mask=mask)
    seeds = [data.draw(st.integers(-3, 3)) for _ in range(steps)]
    grad = np.array(seeds)[:, None] * np.ones((1, case.units), dtype=int)
    gradients = masked.backward(grad_sequence=grad, grad_state_c=2)
    counted = np.cumsum(mask)
    if not mask.any():
        assert masked.state_h.tolist() == list(case.state[0])
        assert not masked.sequence_out.any()
        assert gradients.initial_state[1].tolist() == [2] * case.units
        assert not gradients.kernel.any()
        return
    plain = layer.run(case.inputs[mask], initial_state=states)
    shown = [plain.sequence_out[k - 1].tolist() if k else [0] * case.units for k in counted]
    assert masked.sequence_out.tolist() == shown
    assert masked.state_c.tolist() == plain.state_c.tolist()
    gathered = np.zeros((len(plain), case.units), dtype=int)
    for k, row in zip(counted, grad, strict=True):
        gathered[k - 1] += row if k else 0
    expected = plain.backward(grad_sequence=gathered, grad_state_c=2)
    assert gradients.kernel.tolist() == expected.kernel.tolist()
    assert gradients["b_f"].tolist() == expected["b_f"].tolist()
    assert gradients.inputs[mask].tolist() == expected.inputs.tolist()
    assert not gradients.inputs[~mask].any()
    assert gradients.initial_state[0].tolist() == expected.initial_state[0].tolist()
    assert masked.check().agrees
    assert gradients.check().agrees


@given(cases(**EXACT))
@settings(max_examples=15)
def test_a_backward_layer_takes_the_steps_from_the_last(case):
    layer, states = case.layer(), list(case.state)
    reverse = replace(layer, go_backwards=True).run(case.inputs, initial_state=states)
    plain = layer.run(case.inputs[::-1], initial_state=states)
    assert reverse.sequence_out.tolist() == plain.sequence_out.tolist()
    assert reverse.backward().inputs.tolist() == plain.backward().inputs[::-1].tolist()


def layer():
    cell = LSTM(1, activation="hard_tanh", recurrent_activation="hard_sigmoid")
    return cell.bind(kernel=1, recurrent_kernel="1/2", bias="1/3")


def test_outputs_past_a_length_are_zero_and_a_length_of_zero_ends_in_zeros():
    batch = [[[1], [2], [3]]] * 3
    trace = layer().run(batch, initial_state=[1, 1], sequence_lens=[3, 1, 0])
    whole = layer().run([1, 2, 3], initial_state=[1, 1])
    assert trace.sequence_out[0, :, 0].tolist() == whole.sequence_out.tolist()
    assert trace.sequence_out[1, :, 0].tolist() == [whole[1].h, 0, 0]
    assert not trace.sequence_out[2].any()
    assert trace.state_c[:, 0].tolist() == [whole.state_c, whole[1].c, 0]
    gradients = trace.backward(grad_state_h=1, grad_state_c=1)
    assert gradients.initial_state[0][:, 0].tolist()[2] == 0 != gradients.initial_state[0][1, 0]
    gradients = trace.backward(grad_sequence=1)
    assert gradients.inputs[1:, 1:].tolist() == np.zeros((2, 2, 1), int).tolist()
    assert not gradients.inputs[2].any()


def test_lengths_and_masks_of_keras_differ_in_the_outputs():
    inputs, mask = [[1], [2], [3]], [True, False, True]
    shown = layer().run(inputs, mask=mask).sequence_out[:, 0].tolist()
    hidden = replace(layer(), zero_output_for_mask=True).run(inputs, mask=mask)
    assert shown[1] == shown[0] != 0
    assert hidden.sequence_out[:, 0].tolist() == [shown[0], 0, shown[2]]


def test_what_is_not_computed_is_not_made_up():
    trace = layer().run([1, 2], mask=[True, False])
    with pytest.raises(CellError, match="step 2 is masked and has no 'i'; known: x, h, c"):
        _ = trace["i"]
    assert trace[2].h == trace[1].h
    with pytest.raises(CellError, match="this trace has masked ones; run its sequences apart"):
        trace.state_jacobian("c")
    assert "i_2" not in hand_calculation(trace)
    with pytest.raises(CellError, match="step 2"):
        _ = trace.backward()["c"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"mask": [1, 2]}, SymlstmError, "other entries than truth values; give True for what"),
        ({"mask": ["1", "0"]}, SymlstmError, "other entries than truth values"),
        ({"mask": [True]}, ShapeError, r"mask has shape \(1,\); give a truth value for each step"),
        ({"mask": [True, True], "sequence_lens": [1]}, SymlstmError, "both given"),
        ({"sequence_lens": [3]}, SymlstmError, "give lengths from 0 to 2 steps"),
        ({"sequence_lens": [-1]}, SymlstmError, "give lengths from 0"),
        ({"sequence_lens": [1, 2]}, ShapeError, "a whole number for each sequence"),
        ({"sequence_lens": [1.0]}, ShapeError, "a whole number for each sequence"),
    ],
)
def test_masks_and_lengths_that_do_not_fit_are_named(options, error, message):
    with pytest.raises(error, match=message):
        layer().run([1, 2], **options)
