"""Models of Keras that end in a head: outputs, losses and gradients beside Keras's own."""

import numpy as np
import pytest
from alike import assert_alike

import symlstm
from symlstm import Dense, Network
from symlstm.errors import ModelError
from symlstm.frameworks.keras_runtime import implementation
from symlstm.testing import assert_right

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
SEQUENCES = {"return_sequences": True}
MODELS = {
    "last": lambda L: [L.LSTM(3), L.Dense(2)],
    "each": lambda L: [L.GRU(3, **SEQUENCES), L.Dense(2, activation="sigmoid")],
    "softmax layer": lambda L: [L.SimpleRNN(3), L.Dropout(0.5), L.Dense(4), L.Softmax()],
    "distributed": lambda L: [
        L.Bidirectional(L.LSTM(3, **SEQUENCES), merge_mode="mul"),
        L.TimeDistributed(L.Dense(2, use_bias=False)),
        L.TimeDistributed(L.Activation("softmax")),
    ],
    "bidirectional": lambda L: [
        L.Bidirectional(L.GRU(2, **SEQUENCES)),
        L.SpatialDropout1D(0.1),
        L.Bidirectional(L.GRU(2)),
        L.Dense(3, activation="softmax"),
    ],
    "stacked": lambda L: [L.RNN([L.LSTMCell(2), L.LSTMCell(2)]), L.Dense(2), L.ReLU()],
    "unlike": lambda L: [
        L.GRU(4, **SEQUENCES),
        L.RNN([L.LSTMCell(2), L.GRUCell(3)], **SEQUENCES),
        L.LSTM(2),
        L.Dense(1),
    ],
    "several": lambda L: [
        L.Bidirectional(L.LSTM(3)),
        L.Dense(4, activation="relu"),
        L.Dropout(0.5),
        L.Dense(3),
        L.Activation("tanh"),
        L.Dense(2, activation="softmax"),
    ],
    "several at each step": lambda L: [
        L.Bidirectional(L.GRU(3, **SEQUENCES)),
        L.TimeDistributed(L.Dense(4, activation="relu")),
        L.Dense(2),
    ],
    "backwards": lambda L: [L.LSTM(2, go_backwards=True), L.Dense(1, activation="tanh")],
}


def sequential(keras, layers, shape=(4, 3)):
    model = keras.Sequential([keras.layers.Input(shape), *layers])
    rng = np.random.default_rng(len(model.layers))
    model.set_weights([rng.normal(size=weight.shape) / 2 for weight in model.weights])
    return model


def inputs_for(model, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, *model.input_shape[1:])).astype("float32")


def assert_same(ours, theirs):
    assert (ours.merge, ours.return_sequences) == (theirs.merge, theirs.return_sequences)
    assert list(map(len, ours.levels)) == list(map(len, theirs.levels))
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        assert repr(one) == repr(other)
        assert all((one.weights[name] == other.weights[name]).all() for name in one.weights)


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_is_a_network_with_a_head(keras, tmp_path, kind):
    model = sequential(keras, MODELS[kind](keras.layers))
    network = symlstm.from_keras(model)
    assert isinstance(network, Network)
    assert isinstance(network.head.cell, Dense)
    assert network.return_sequences == (len(model.output_shape) == 3)
    x = inputs_for(model)
    assert_right(model(x).detach().numpy(), network.reference(x))
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"model.{suffix}")
        assert_same(symlstm.from_keras(tmp_path / f"model.{suffix}"), network)


def test_a_functional_model_is_one_too_and_models_in_it(keras, tmp_path):
    L = keras.layers
    inner = keras.Sequential([L.Input((4, 3)), L.LSTM(3, **SEQUENCES)], name="inner")
    x = start = keras.Input((4, 3))
    x = inner(L.Dropout(0.5)(x))
    x, *_ = L.LSTM(3, return_state=True)(x)
    model = keras.Model(start, L.Activation("softmax")(L.Dense(2)(x)))
    network = symlstm.from_keras(model)
    assert list(map(len, network.levels)) == [1, 1]
    given = inputs_for(model)
    assert_right(model(given).detach().numpy(), network.reference(given))
    for suffix in ("keras", "h5"):
        model.save(tmp_path / f"model.{suffix}")
        assert_same(symlstm.from_keras(tmp_path / f"model.{suffix}"), network)


LOSSES = {
    "MeanSquaredError": ("each", None),
    "MeanAbsoluteError": ("last", None),
    "BinaryCrossentropy": ("each", None),
    "SparseCategoricalCrossentropy": ("softmax layer", 4),
    "CategoricalCrossentropy": ("distributed", None),
}


def gradients_of(loss, model, x):
    """Return Keras's gradients of a loss by its inputs and by its weights."""
    import torch

    return [g.numpy() for g in torch.autograd.grad(loss, [x, *(w.value for w in model.weights)])]


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_compiled_loss_and_its_gradients_are_those_of_keras(keras, name, reduction):
    kind, classes = LOSSES[name]
    model = sequential(keras, MODELS[kind](keras.layers))
    theirs = getattr(keras.losses, name)(reduction=reduction)
    model.compile(loss=theirs)
    options = symlstm.loss_options(model)
    assert options["reduction"] == {"sum": "sum"}.get(reduction, "mean")
    rng = np.random.default_rng(3)
    x = keras.ops.convert_to_tensor(inputs_for(model)).requires_grad_()
    y = model(x)
    targets = rng.uniform(size=y.shape).astype("float32")
    if classes:
        targets = rng.integers(classes, size=y.shape[:-1])
    loss = model.compute_loss(y=keras.ops.convert_to_tensor(targets), y_pred=y)
    network = symlstm.from_keras(model)
    reference = network.reference(x.detach().numpy()).loss(targets, **options)
    np.testing.assert_allclose(loss.item(), reference.value, rtol=1e-5)
    by_inputs, *by_weights = gradients_of(loss, model, x)
    backward = reference.backward()
    np.testing.assert_allclose(by_inputs, backward.inputs, rtol=1e-3, atol=1e-6)
    stacked = (layer.stacked(group) for layer in backward.layers for group in layer.cell.groups)
    for given, true in zip(by_weights, stacked, strict=False):
        if given.shape == true.shape:  # not the two rows of a GRU's bias
            np.testing.assert_allclose(given, true, rtol=1e-3, atol=1e-6)


def test_masked_steps_are_left_out_of_the_loss_as_keras_does(keras):
    L = keras.layers
    layers = [L.Masking(), L.Bidirectional(L.LSTM(2, **SEQUENCES)), L.Dense(1)]
    model = sequential(keras, layers)
    model.compile(loss="mse")
    x = inputs_for(model)
    x[0, 2:] = x[1, 1] = 0
    mask = (x != 0).any(axis=-1)
    targets = np.random.default_rng(5).normal(size=(2, 4, 1)).astype("float32")
    y = model(x)
    network = symlstm.from_keras(model)
    reference = network.reference(x, mask=mask)
    np.testing.assert_allclose(y.detach().numpy(), reference.sequence_out, atol=1e-6)
    loss = model.compute_loss(y=keras.ops.convert_to_tensor(targets), y_pred=y).item()
    value = reference.loss(targets, **symlstm.loss_options(model)).value
    np.testing.assert_allclose(value, loss, rtol=1e-5)


def test_a_stateful_model_goes_on_from_where_keras_is(keras):
    L, rng = keras.layers, np.random.default_rng(4)
    options = {"stateful": True, "return_sequences": True}
    model = keras.Sequential([L.Input((3, 2), batch_size=2)])
    for layer in (L.GRU(2, **options), L.GRU(2, **options), L.Dense(1)):
        model.add(layer)
    parts = rng.normal(size=(2, 2, 3, 2)).astype("float32")
    model(parts[0])
    network = symlstm.from_keras(model)
    reference = network.reference(parts[1], stateful=True)
    np.testing.assert_allclose(model(parts[1]).detach().numpy(), reference.sequence_out, atol=1e-6)


@pytest.mark.parametrize("kind", ["bidirectional", "softmax layer", "unlike", "several"])
def test_a_model_is_audited_with_its_gradients(keras, kind):
    ours = implementation(sequential(keras, MODELS[kind](keras.layers)))
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 4, 3)).astype("float32")
    grad = rng.normal(size=(2, 1, ours.layer.output_dim)).astype("float32")
    computed = assert_alike(ours, x, None, grad, 1e-5)
    assert len(computed) == 2 + sum(len(layer.cell.groups) for layer in ours.layer.layers)


def test_what_of_a_model_cannot_be_audited_is_named(keras):
    L = keras.layers
    for layers in ([L.Masking(), L.LSTM(2), L.Dense(1)], [L.LSTM(2)]):
        with pytest.raises(ModelError, match=r"of a model all is audited, .*; audit one of"):
            implementation(sequential(keras, layers))
    dense = sequential(keras, [L.LSTM(2), L.Dense(1)]).layers[-1]
    with pytest.raises(ModelError, match="a Dense layer alone has no states; audit"):
        implementation(dense)
    whole = implementation(sequential(keras, [L.LSTM(2), L.Dense(1)]))
    with pytest.raises(ModelError, match="takes no initial states; leave initial_state out"):
        whole.run(np.ones((1, 4, 3), "f"), [np.ones((1, 2), "f")] * 2, None)


def test_layers_of_a_model_have_the_heads_where_there_is_something_to_head(keras):
    model = sequential(keras, [keras.layers.LSTM(2, name="a"), keras.layers.Dense(1, name="b")])
    assert list(symlstm.layers_of(model)) == ["a", "b"]
    assert symlstm.from_keras(model, "a").cell == symlstm.LSTM(2, 3)
    head = symlstm.from_keras(model, "b")
    assert head.cell == Dense(1, 2)
    assert head.run([[3, 0]]).sequence_out == 3 * head.kernel[0] + head.bias
    both = sequential(keras, [keras.layers.LSTM(2), keras.layers.Lambda(lambda x: x)])
    assert symlstm.from_keras(both).cell == symlstm.LSTM(2, 3)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            lambda L: [L.LSTM(2), L.Dense(2), L.ReLU(), L.Softmax(name="s"), L.Dense(1)],
            "Softmax s is no part",
        ),
        (
            lambda L: [L.LSTM(2), L.LayerNormalization(name="n"), L.Dense(1)],
            "Normalization n is",
        ),
        (
            lambda L: [L.LSTM(2), L.Dense(2, activation="tanh"), L.Softmax(name="s")],
            "has the activation tanh, and s is another one",
        ),
        (lambda L: [L.LSTM(2), L.Dense(2), L.ReLU(max_value=6, name="r")], "ReLU r has an option"),
        (lambda L: [L.LSTM(2), L.Dense(2, activation=lambda x: x)], "none of keras.activations"),
        (
            lambda L: [L.LSTM(2, go_backwards=True, name="l", **SEQUENCES), L.Dense(2)],
            "l has go_backwards=True, and hands on its outputs last step first",
        ),
        (
            lambda L: [
                L.Bidirectional(L.LSTM(2, **SEQUENCES), merge_mode="sum"),
                L.Bidirectional(L.LSTM(2), merge_mode="ave"),
                L.Dense(2),
            ],
            "merge_mode 'ave' and 'sum'; give them the same one",
        ),
        (lambda L: [L.LSTM(2, activation="sparsemax"), L.Dense(1)], "sparsemax"),
    ],
    ids=range(8),
)
def test_what_is_no_network_with_a_head_is_named(keras, layers, message):
    with pytest.raises(ModelError, match=message):
        symlstm.from_keras(sequential(keras, layers(keras.layers)))


def test_what_branches_is_no_chain(keras):
    L = keras.layers
    x = keras.Input((4, 3))
    low, other = L.LSTM(2, name="low")(x), L.LSTM(2, name="other")(x)
    model = keras.Model(x, L.Dense(1)(L.Concatenate()([low, other])))
    with pytest.raises(
        ModelError, match="has 2 layers that can be taken over: 'low', 'other'; say"
    ):
        symlstm.from_keras(model)
