"""Training, against Keras's own stochastic gradient descent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CURVED, OF_KERAS

from symlstm import LSTM, SimpleRNN

seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module", autouse=True)
def _float64(keras):
    """Have Keras compute in float64.

    On every backend but TensorFlow its matmul rounds float64 to float32, by a table:
    https://github.com/keras-team/keras/issues/23223
    """
    from keras.src.backend.common import dtypes

    usual = keras.config.floatx(), keras.config.dtype_policy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        yield
        keras.config.set_floatx(usual[0])
        keras.config.set_dtype_policy(usual[1])


def dyadic(rng, *shape, largest):
    """Numbers that float64 holds, too many to meet a corner of an activation by chance."""
    return rng.integers(-256 * largest, 256 * largest + 1, shape) / 256


def random_cell(rng, kind, activations, *, max_units=3):
    units, input_dim = int(rng.integers(1, max_units + 1)), int(rng.integers(1, 3))
    return kind(units, input_dim, use_bias=bool(rng.integers(2)), **activations)


def random_layer(rng, cell):
    columns = cell.units * (4 if isinstance(cell, LSTM) else 1)
    shapes = {"kernel": (cell.input_dim, columns), "recurrent_kernel": (cell.units, columns)}
    if cell.use_bias:
        shapes["bias"] = (columns,)
    largest = rng.choice([1, 3])
    return cell.bind(**{name: dyadic(rng, *shapes[name], largest=largest) for name in shapes})


def random_data(rng, cell, sequences, steps, *, return_sequences):
    over_time = (steps,) if return_sequences else ()
    inputs = dyadic(rng, sequences, steps, cell.input_dim, largest=2)
    return inputs, dyadic(rng, sequences, *over_time, cell.units, largest=1)


def floats(layer):
    return [layer.stacked(group).astype(float) for group in layer.cell.groups]


OPTIMIZERS = {
    "sgd": lambda optimizers, rate: optimizers.SGD(rate),
    "momentum": lambda optimizers, rate: optimizers.SGD(rate, momentum=0.75),
    "nesterov": lambda optimizers, rate: optimizers.SGD(rate, momentum=0.75, nesterov=True),
    "adam": lambda optimizers, rate: optimizers.Adam(rate, beta_1=0.75, beta_2=0.875, epsilon=0.5),
}
SETTINGS = {
    "sgd": {},
    "momentum": {"momentum": 0.75},
    "nesterov": {"momentum": 0.75},
    "adam": {"beta_1": 0.75, "beta_2": 0.875, "epsilon": 0.5},
}


def trained_by_keras(keras, layer, data, *, name, learning_rate, return_sequences, **options):
    cell = layer.cell
    settings_of_cell = {name: getattr(cell, name) for name in ("use_bias", *cell.activations)}
    kind = getattr(keras.layers, type(cell).__name__)
    theirs = kind(cell.units, return_sequences=return_sequences, **settings_of_cell)
    model = keras.Sequential([keras.Input(data[0].shape[1:]), theirs])
    theirs.set_weights(floats(layer))
    optimizer = OPTIMIZERS[name](keras.optimizers, learning_rate)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    model.fit(*data, shuffle=False, verbose=0, **options)
    return [weight.value.detach().numpy() for weight in theirs.weights]


def assert_keras_agrees(keras, layer, data, *, algebra, name="sgd", **options):
    options = {"learning_rate": 0.125, "epochs": 1, **options}
    used = {"algebra": algebra, "optimizer": name, **SETTINGS[name]}
    training = layer.fit(*data, loss="mean_squared_error", **used, **options)
    theirs = trained_by_keras(keras, layer, data, name=name, **options)
    ours = floats(training.layer)
    # PyTorch's slope of hard_sigmoid is one sixth in float32.
    rounded = "hard_sigmoid" in [getattr(layer.cell, name) for name in layer.cell.activations]
    rtol, atol = (1e-6, 1e-6) if rounded else (1e-9, 1e-12)
    largest = max(1, *(np.abs(weight).max() for weight in theirs))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=atol * largest)


@pytest.mark.parametrize("activation", OF_KERAS)
@pytest.mark.parametrize("kind", [LSTM, SimpleRNN])
@given(seed=seeds, count=st.integers(1, 3), return_sequences=st.booleans())
@settings(max_examples=4)
def test_an_exact_update_is_that_of_keras(keras, kind, activation, seed, count, return_sequences):
    rng = np.random.default_rng(seed)
    activations = {"activation": activation}
    if kind is LSTM:
        activations["recurrent_activation"] = str(rng.choice(OF_KERAS))
    cell = random_cell(rng, kind, activations)
    steps = int(rng.integers(1, 4 if CURVED & set(activations.values()) else 5))
    layer = random_layer(rng, cell)
    data = random_data(rng, cell, count, steps, return_sequences=return_sequences)
    options = {"batch_size": count, "return_sequences": return_sequences}
    assert_keras_agrees(keras, layer, data, algebra="exact", **options)


@given(seed=seeds, batch_size=st.integers(1, 3), return_sequences=st.booleans())
@settings(max_examples=8)
def test_exact_batches_in_order_are_those_of_keras(keras, seed, batch_size, return_sequences):
    rng = np.random.default_rng(seed)
    activations = {"activation": "hard_tanh", "recurrent_activation": "sparse_sigmoid"}
    cell = random_cell(rng, LSTM, activations, max_units=2)
    layer = random_layer(rng, cell)
    data = random_data(rng, cell, 3, 2, return_sequences=return_sequences)
    options = {"batch_size": batch_size, "return_sequences": return_sequences}
    assert_keras_agrees(keras, layer, data, algebra="exact", **options)


@pytest.mark.parametrize("kind", [LSTM, SimpleRNN])
@given(
    seed=seeds,
    steps=st.integers(1, 4),
    batch_size=st.integers(1, 3),
    epochs=st.integers(1, 2),
    return_sequences=st.booleans(),
)
@settings(max_examples=12)
def test_float_batches_in_order_are_those_of_keras(keras, kind, seed, steps, **options):
    rng = np.random.default_rng(seed)
    names = kind(1).activations
    cell = random_cell(rng, kind, {name: str(rng.choice(["sigmoid", "tanh"])) for name in names})
    layer = random_layer(rng, cell)
    data = random_data(rng, cell, 3, steps, return_sequences=options["return_sequences"])
    assert_keras_agrees(keras, layer, data, algebra="float", **options)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("seed", range(3))
def test_every_optimizer_in_floats_is_that_of_keras(keras, name, seed):
    rng = np.random.default_rng(seed)
    layer = random_layer(rng, random_cell(rng, LSTM, {"activation": "tanh"}))
    data = random_data(rng, layer.cell, 3, 3, return_sequences=True)
    options = {"batch_size": 2, "epochs": 3, "return_sequences": True}
    assert_keras_agrees(keras, layer, data, name=name, algebra="float", **options)
