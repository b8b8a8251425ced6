"""Frameworks are right without a tolerance, and one weight that is off a little is noticed."""

import drawn_keras
import drawn_layers
import numpy as np
import pytest
from components import required
from models import model

from symlstm import from_keras, from_onnx, from_torch
from symlstm.testing import assert_right, judge


@pytest.fixture
def onnxruntime():
    return required("onnx and onnxruntime", "onnx", "onnxruntime")[1]


@pytest.mark.parametrize("seed", range(12))
def test_pytorch_is_right_and_one_weight_off_is_not(seed):
    module, x = drawn_layers.drawn(seed, most_units=8, most_steps=20)
    reference = from_torch(module).reference(x.transpose(0, 1).numpy(), dtype="float32")
    assert_right(drawn_layers.computed(module, x), reference)
    drawn_layers.put_off(module, seed, 1e-2)
    assert judge(drawn_layers.computed(module, x), reference).verdict != "right"


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("seed", range(6))
def test_keras_is_right_in_levels_and_directions_and_one_weight_off_is_not(seed):
    layers, x, states = drawn_keras.drawn(seed, most_units=4, most_steps=12)
    network, initial = drawn_keras.taken_over(layers, states)
    reference = network.reference(x, dtype="float32", initial_state=initial)
    assert_right(drawn_keras.computed(layers, x, states), reference)
    drawn_keras.put_off(layers, seed, 1e-2)
    assert judge(drawn_keras.computed(layers, x, states), reference).verdict != "right"


@pytest.mark.parametrize("recurrent_activation", ["sigmoid", "hard_sigmoid"])
def test_keras_is_right(keras, recurrent_activation):
    keras.utils.set_random_seed(0)
    layer = keras.layers.LSTM(
        5, return_sequences=True, return_state=True, recurrent_activation=recurrent_activation
    )
    x = np.random.default_rng(0).normal(size=(2, 15, 3)).astype(np.float32)
    actual = tuple(keras.ops.convert_to_numpy(one) for one in layer(x))
    assert_right(actual, from_keras(layer).reference(x, dtype="float32"))


def test_onnx_runtime_is_approximated_with_a_figure(onnxruntime):
    """Its σ is off by hundreds of ulps where it is small."""
    rng = np.random.default_rng(1)
    network = model(rng, units=2)
    x = 3 * rng.normal(size=(20, 1, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(network.SerializeToString())
    out = session.run(None, {"X": x})[0]
    reference = from_onnx(network).reference(x.transpose(1, 0, 2), dtype="float32")
    verdict = judge(out[:, 0].transpose(1, 0, 2), reference)
    assert verdict.verdict == "approximated"
    assert 16 <= verdict.activation_ulp <= 2**18
    assert "ulps of float32 explain every difference" in str(verdict).replace("\n", " ")


def test_onnx_runtime_is_approximated_where_its_gates_are_closed(onnxruntime):
    """Of a σ of 1e-9 it has no digit right, and is off by less than the last one of 1."""
    rng = np.random.default_rng(1)
    closed = np.repeat([0, -20, 0, 0], 3), np.zeros(12)
    network = model(rng, units=3, stored={"B": np.concatenate(closed).astype("f4")[None]})
    x = rng.normal(size=(6, 1, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(network.SerializeToString())
    out = session.run(None, {"X": x})[0][:, 0].transpose(1, 0, 2)
    reference = from_onnx(network).reference(x.transpose(1, 0, 2), dtype="float32")
    relative = abs(out / reference.sequence_out - 1)
    assert (relative > 0.1).any()
    assert judge(out, reference).verdict == "approximated"
    assert judge(out + np.float32(1e-5), reference).verdict == "unexplained"
