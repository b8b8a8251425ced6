"""Keras's own runs against references of the layers taken over from it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from alike import assert_alike

from symlstm import GRU, LSTM, Network, SimpleRNN
from symlstm.errors import ModelError
from symlstm.frameworks.keras import from_keras
from symlstm.frameworks.keras_runtime import implementation

SEQUENCES = {"return_sequences": True}
LAYERS = {
    "plain": lambda layers: layers.LSTM(4),
    "no bias": lambda layers: layers.LSTM(4, use_bias=False, unit_forget_bias=False),
    "backwards": lambda layers: layers.LSTM(4, go_backwards=True, return_state=True),
    "bidirectional": lambda layers: layers.Bidirectional(layers.LSTM(4, **SEQUENCES)),
    "two layers": lambda layers: layers.Bidirectional(
        layers.LSTM(4, activation="relu"),
        backward_layer=layers.LSTM(4, use_bias=False, go_backwards=True),
    ),
    "cell": lambda layers: layers.LSTMCell(4),
    "stacked": lambda layers: layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)]),
    **{
        f"merged by {merge}": lambda layers, merge=merge: layers.Bidirectional(
            layers.LSTM(4), merge_mode=merge
        )
        for merge in ("sum", "mul", "ave", None)
    },
    "RNN": lambda layers: layers.RNN(layers.LSTMCell(4), go_backwards=True),
    "GRU": lambda layers: layers.GRU(4),
    "GRU before": lambda layers: layers.GRU(4, reset_after=False, go_backwards=True),
    "GRU no bias": lambda layers: layers.GRU(4, use_bias=False, recurrent_activation="softsign"),
    "GRU cell": lambda layers: layers.GRUCell(4),
    "GRU both": lambda layers: layers.Bidirectional(
        layers.GRU(4), backward_layer=layers.GRU(4, reset_after=False, go_backwards=True)
    ),
    "GRU stacked": lambda layers: layers.RNN(
        [layers.GRUCell(4), layers.GRUCell(4, reset_after=False)]
    ),
    "simple both": lambda layers: layers.Bidirectional(layers.SimpleRNN(4), merge_mode="sum"),
}
ACTIVATIONS = [
    *(
        "relu",
        "leaky_relu",
        "relu6",
        "celu",
        "elu",
        "selu",
        "softplus",
        "softsign",
        "silu",
        "swish",
    ),
    *("gelu", "tanh", "sigmoid", "exponential", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "linear", "mish", "log_sigmoid"),
    *("squareplus", "sparse_plus", "sparse_sigmoid", None),
]


def built(layer, rng, dim=3):
    """Give a layer random weights, biases too."""
    cells = type(layer).__name__.endswith("Cell")
    layer.build((None, dim) if cells else (None, None, dim))
    layer.set_weights([rng.normal(size=weight.shape) / 2 for weight in layer.weights])
    return layer


@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_states_and_gradients_are_those_of_keras(keras, kind):
    rng = np.random.default_rng(5)
    layer = built(LAYERS[kind](keras.layers), rng)
    ours = implementation(layer)
    both = (2,) * isinstance(ours.layer, Network)
    of_cell = ours.layer.layers[0].cell.states
    states = [rng.normal(size=(*both, 2, 4)).astype("float32") for _ in of_cell]
    inputs = rng.normal(size=(2, 5, 3))
    grad = rng.normal(size=ours.layer.reference(inputs).sequence_out.shape)
    given = inputs.astype("float32"), states, grad.astype("float32")
    computed = assert_alike(ours, *given, 1e-5)
    groups = sum(len(one.cell.groups) for one in ours.layer.layers)
    assert len(computed) == 2 + len(states) + groups


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_elementwise_activation_is_known(keras, name):
    rng = np.random.default_rng(3)
    # Exponentials of exponentials leave what any format, and Arb, can hold.
    gate = "sigmoid" if name == "exponential" else name
    layer = keras.layers.LSTM(2, activation=name, recurrent_activation=gate)
    inputs = rng.normal(size=(2, 3, 3)).astype("float32")
    assert_alike(implementation(built(layer, rng)), inputs, None, np.ones((2, 3, 2), "f"), 2e-5)


@pytest.mark.parametrize("zero_output", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_masks_hold_states_and_repeat_outputs(keras, zero_output, go_backwards):
    rng = np.random.default_rng(11)
    options = {"go_backwards": go_backwards, "return_sequences": True, "return_state": True}
    layer = keras.layers.LSTM(3, **options, zero_output_for_mask=zero_output)
    built(layer, rng)
    inputs = rng.normal(size=(4, 5, 3)).astype("float32")
    mask = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)
    states = [rng.normal(size=(4, 3)).astype("float32") for _ in range(2)]
    computed = layer(inputs, initial_state=states, mask=mask)
    reference = from_keras(layer).reference(inputs, initial_state=states, mask=mask)
    true = reference.sequence_out, reference.state_h, reference.state_c
    for floats, expected in zip(computed, true, strict=True):
        np.testing.assert_allclose(floats.detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_bidirectional_masks_are_reversed_too(keras):
    rng = np.random.default_rng(12)
    inner = keras.layers.LSTM(3, return_sequences=True, return_state=True)
    layer = built(keras.layers.Bidirectional(inner), rng)
    inputs = rng.normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[1, 1, 0, 0], [0, 1, 1, 0]], bool)
    out, *states = (part.detach().numpy() for part in layer(inputs, mask=mask))
    reference = from_keras(layer).reference(inputs, mask=mask)
    np.testing.assert_allclose(out, reference.sequence_out, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(states[::2], reference.state_h, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_weights_are_those_of_the_layer_bit_for_bit(keras, dtype):
    options = {"recurrent_initializer": "glorot_uniform", "dtype": dtype}
    layer = built(keras.layers.LSTM(2, **options), np.random.default_rng(0))
    kernel = np.array([[float(value) for value in row] for row in from_keras(layer).kernel])
    assert kernel.tolist() == layer.cell.kernel.value.detach().to(float).tolist()


def test_simple_layers_are_known_too(keras):
    rng = np.random.default_rng(2)
    layer = built(keras.layers.SimpleRNN(3, activation="softsign"), rng)
    ours = implementation(layer)
    assert ours.layer.cell == SimpleRNN(3, 3, activation="softsign")
    assert_alike(ours, rng.normal(size=(2, 3, 3)).astype("f"), None, np.ones((2, 3, 3), "f"), 1e-5)


@pytest.mark.parametrize("reset_after", [True, False])
def test_a_gru_is_that_of_keras_with_masks_and_kept_states(keras, reset_after):
    rng = np.random.default_rng(4)
    options = {"return_sequences": True, "return_state": True, "stateful": True}
    layer = keras.layers.GRU(3, reset_after=reset_after, **options)
    layer.build((2, None, 3))
    layer.set_weights([rng.normal(size=weight.shape) / 2 for weight in layer.get_weights()])
    inputs = rng.normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[1, 1, 0, 1], [0, 1, 1, 0]], bool)
    layer(inputs)
    ours = from_keras(layer)
    assert ours.cell == GRU(3, 3, reset_after=reset_after)
    out, h = (part.detach().numpy() for part in layer(inputs, mask=mask))
    reference = ours.reference(inputs, mask=mask, stateful=True)
    np.testing.assert_allclose(out, reference.sequence_out, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(h, reference.state_h, rtol=1e-5, atol=1e-6)


def test_options_that_change_no_number_are_fine(keras):
    layer = keras.layers.LSTM(2, unroll=True, dropout=0.5, return_sequences=True, implementation=1)
    assert from_keras(built(layer, np.random.default_rng(0))).cell == LSTM(2, 3)


def test_what_is_not_supported_is_named(keras):
    layers = keras.layers

    class Tripled(layers.LSTM):
        def call(self, *given, **options):
            return 3 * super().call(*given, **options)

    class TripledCell(layers.LSTMCell):
        pass

    for layer, message in [
        (layers.LSTM(2, activation="sparsemax"), "sparsemax"),
        (layers.LSTM(2, activation=lambda x: x), "activation is <function .* none of keras.activ"),
        (layers.LSTM(2, recurrent_activation=layers.LeakyReLU(0.1)), "recurrent_activation is <Le"),
        (layers.Embedding(2, 1), "Embedding is not supported; give a layer of Keras: LSTM, GRU"),
        (Tripled(2), "Tripled is not supported; .* and not made of one"),
        (layers.RNN(TripledCell(2)), "TripledCell is not supported"),
        (
            layers.Bidirectional(layers.LSTM(2, go_backwards=True), backward_layer=layers.LSTM(2)),
            "a forward layer with go_backwards=True is not supported",
        ),
        (
            layers.RNN([layers.LSTMCell(2), layers.LSTMCell(2)], go_backwards=True),
            "go_backwards=True of StackedRNNCells is not supported; make it False, and flip",
        ),
        (
            layers.Bidirectional(layers.RNN([layers.LSTMCell(2), layers.LSTMCell(2)])),
            "Bidirectional around StackedRNNCells is not supported; take over its cells one",
        ),
        (layers.Conv1D(2, 1), "Conv1D is not supported"),
    ]:
        layer.build((None, None, 3))
        with pytest.raises(ModelError, match=message):
            from_keras(layer)
    with pytest.raises(ModelError, match=r"has no weights yet; call it on an input"):
        from_keras(layers.LSTM(2))


def test_a_backend_that_is_not_installed_is_named(tmp_path):
    (tmp_path / "keras.py").write_text("import a_backend_that_is_not_there")
    program = "import symlstm; symlstm.from_keras(object())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    error = done.stderr.splitlines()[-1]
    assert "MissingExtraError: Keras's backend, a_backend_that_is_not_there, is not" in error
    assert "set KERAS_BACKEND=" in error or "pip install 'symlstm[keras]'" in error
