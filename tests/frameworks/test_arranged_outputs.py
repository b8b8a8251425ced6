"""What frameworks return in their own layouts is taken, or recognised, as it comes."""

import numpy as np
import pytest
from components import required
from models import model

from symlstm import from_keras, from_onnx, from_torch
from symlstm.errors import ShapeError
from symlstm.testing import assert_right, assert_ulp, judge


def inputs(*shape):
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


@pytest.fixture
def both_ways(keras):
    keras.utils.set_random_seed(0)

    def made(**options):
        layer = keras.layers.LSTM(3, return_sequences=True)
        return keras.layers.Bidirectional(layer, **options)

    return made


def test_keras_leaves_directions_apart(both_ways):
    layer, x = both_ways(merge_mode=None), inputs(2, 5, 3)
    apart = layer(x)
    reference = from_keras(layer).reference(x, dtype="float32")
    assert_right(apart, reference)
    assert_ulp(apart, reference, max_ulp=64, of="largest")


def test_backward_outputs_of_keras_are_in_the_order_of_processing(both_ways, keras):
    layer, x = both_ways(), inputs(2, 5, 3)
    out = layer(x)
    reference = from_keras(layer).reference(x, dtype="float32")
    parts = [layer.forward_layer(x), layer.backward_layer(x)]
    joined = np.concatenate([keras.ops.convert_to_numpy(part) for part in parts], axis=-1)
    assert judge(joined, reference).arrangement.name == "reverse-output-order"
    assert_right(out, reference)


def test_keras_gives_the_last_step_alone(keras):
    layer, x = keras.layers.LSTM(3), inputs(2, 5, 3)
    out = layer(x)
    reference = from_keras(layer).reference(x, dtype="float32")
    with pytest.raises(ShapeError, match="as the last step alone"):
        assert_right(out, reference)
    assert_right({"state_h": out}, reference)


def test_pytorch_has_time_in_front():
    (torch,) = required("torch", "torch")
    torch.manual_seed(0)
    module, x = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True), torch.randn(5, 5, 3)
    out, states = module(x)
    reference = from_torch(module).reference(x.transpose(0, 1).numpy(), dtype="float32")
    assert_right((out.transpose(0, 1), states), reference)
    assert judge((out, states), reference).arrangement.name == "batch-time-swapped"
    two = out.transpose(0, 1).unflatten(-1, (2, 4))
    assert judge(two.flip(2).flatten(2), reference).arrangement.name == "directions-swapped"
    h = states[0].unflatten(0, (2, 2))
    swapped = {"state_h": h.transpose(0, 1).flatten(0, 1)}
    assert judge(swapped, reference).arrangement.name == "directions-before-levels"
    with pytest.raises(ShapeError, match="as the last level alone"):
        assert_right({"state_h": h[1]}, reference)


def test_onnx_has_an_axis_for_the_directions():
    onnxruntime = required("onnx and onnxruntime", "onnx", "onnxruntime")[1]
    network = model(np.random.default_rng(0), units=2)
    x = inputs(4, 1, 3)
    session = onnxruntime.InferenceSession(network.SerializeToString())
    out = session.run(None, {"X": x})[0]
    reference = from_onnx(network).reference(x.transpose(1, 0, 2), dtype="float32")
    with pytest.raises(ShapeError, match="in front of the batch, as ONNX has it"):
        assert_right(out, reference)


def test_packed_outputs_are_taken_as_they_are():
    (torch,) = required("torch", "torch")
    torch.manual_seed(0)
    module = torch.nn.LSTM(3, 3, bidirectional=True, batch_first=True)
    pack = torch.nn.utils.rnn.pack_padded_sequence
    packed = pack(torch.randn(3, 6, 3), [3, 6, 5], batch_first=True, enforce_sorted=False)
    reference = from_torch(module).reference(packed)
    out, (h, c) = module(packed)
    for actual in (out, (out, (h, c)), {"sequence_out": out, "state_c": c}):
        assert_right(actual, reference)
    wrong = out._replace(data=out.data + 1e-3)
    assert judge(wrong, reference).first.place.startswith("step 1, forward, unit 0")
