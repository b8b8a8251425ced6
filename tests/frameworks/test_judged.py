"""Frameworks are right without a tolerance, and one weight that is off a little is noticed."""

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
