"""Models of Keras, and the files that Keras itself writes of them."""

import zipfile

import numpy as np
import pytest

import symlstm
from symlstm import GRU, LSTM, Dense, Network, SimpleRNN
from symlstm.errors import ModelError

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


def sequential(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((5, 3)),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="ave"),
            layers.RNN([layers.LSTMCell(2), layers.LSTMCell(2)], return_sequences=True),
            layers.SimpleRNN(3, return_sequences=True, activation="softsign"),
            layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="mul"),
            layers.GRU(3, return_sequences=True, reset_after=False),
            layers.LSTM(2, use_bias=False, go_backwards=True, recurrent_activation="hard_sigmoid"),
            layers.Dense(1),
        ]
    )


def randomised(model, seed=1):
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=weight.shape) / 2 for weight in model.weights])
    return model


def same(ours, theirs):
    assert list(ours) == list(theirs)
    for name, one in ours.items():
        other = theirs[name]
        assert type(one) is type(other)
        assert getattr(one, "merge", 0) == getattr(other, "merge", 0)
        for layer, its in zip(one.layers, other.layers, strict=True):
            assert repr(layer) == repr(its)
            assert layer.zero_output_for_mask == its.zero_output_for_mask
            assert all((layer.weights[k] == its.weights[k]).all() for k in its.weights)


def test_a_model_is_run_layer_by_layer(keras):
    model = randomised(sequential(keras))
    found = symlstm.layers_of(model)
    assert len(found) == 7
    bidirectional, stacked, simple, grus, gru, last, head = found.values()
    assert [layer.cell for layer in grus.layers] == [GRU(3, 3)] * 2
    assert gru.cell == GRU(3, 3, reset_after=False)
    assert isinstance(bidirectional, Network)
    assert bidirectional.merge == "ave"
    assert [len(level) for level in stacked.levels] == [1, 1]
    assert simple.cell == SimpleRNN(3, 2, activation="softsign")
    assert head.cell == Dense(1, 2)
    assert last.cell == LSTM(2, 3, recurrent_activation="hard_sigmoid", use_bias=False)
    x = np.random.default_rng(2).normal(size=(2, 5, 3)).astype("float32")
    out = keras.Model(model.inputs[0], model.layers[-2].output)(x).detach().numpy()
    for layer in (bidirectional, stacked, simple, grus, gru):
        x = layer.reference(x).sequence_out
    np.testing.assert_allclose(last.reference(x).state_h, out, atol=1e-5)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_files_hold_what_the_model_has(keras, tmp_path, suffix):
    model = randomised(sequential(keras))
    model.save(tmp_path / f"model.{suffix}")
    same(symlstm.layers_of(tmp_path / f"model.{suffix}"), symlstm.layers_of(model))


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_layers_inside_of_others_go_by_all_the_names_on_the_way(keras, tmp_path, suffix):
    layers = keras.layers
    inner = keras.Sequential(
        [layers.Input((5, 3)), layers.LSTM(2, return_sequences=True, name="same")], name="inner"
    )
    inner.trainable = False
    outer = keras.Sequential(
        [
            layers.Input((4, 5, 3)),
            layers.TimeDistributed(inner, name="apart"),
            layers.TimeDistributed(layers.LSTM(3, name="each"), name="steps"),
            layers.LSTM(3, name="same"),
        ]
    )
    randomised(outer).save(tmp_path / f"model.{suffix}")
    found = symlstm.layers_of(outer)
    assert list(found) == ["apart/inner/same", "steps/each", "same"]
    same(symlstm.layers_of(str(tmp_path / f"model.{suffix}")), found)
    one = symlstm.from_keras(tmp_path / f"model.{suffix}", "same")
    assert (one.kernel == found["same"].kernel).all()


def test_a_layer_of_several_is_chosen_by_name(keras):
    model = sequential(keras)
    names = list(symlstm.layers_of(model))
    chosen = symlstm.from_keras(model, names[-2])
    assert (chosen.kernel == symlstm.layers_of(model)[names[-2]].kernel).all()
    with pytest.raises(ModelError, match=r"one layer, with name, of 'bidir.*layers_of"):
        symlstm.from_keras(model)
    headless = keras.Sequential(model.layers[:-1])
    with pytest.raises(ModelError, match=r"has 6 layers .*; say which with name, .*layers_of"):
        symlstm.from_keras(headless)
    with pytest.raises(ModelError, match=r"has no layer 'lstn' that can be .*known: bi"):
        symlstm.from_keras(model, "lstn")
    single = keras.Sequential([keras.layers.Input((5, 3)), keras.layers.LSTM(2)])
    assert symlstm.from_keras(single).cell == LSTM(2, 3)


def test_what_cannot_be_taken_over_as_a_whole_is_in_its_parts(keras):
    layers = keras.layers
    cells = [layers.LSTMCell(2, name="low"), layers.LSTMCell(4, name="high")]
    backwards = layers.RNN(cells, go_backwards=True)
    options = {"return_sequences": True}
    around = layers.Bidirectional(
        layers.LSTM(2, go_backwards=True, **options), backward_layer=layers.LSTM(2, **options)
    )
    model = keras.Sequential([layers.Input((5, 3)), around, backwards, layers.Dense(1)])
    found = symlstm.layers_of(model)
    assert [name.rpartition("/")[2] for name in found][2:4] == ["low", "high"]
    assert all(isinstance(layer, symlstm.Layer) for layer in found.values())
    with pytest.raises(ModelError, match="sparsemax"):
        symlstm.layers_of(
            keras.Sequential([layers.Input((5, 3)), layers.LSTM(2, activation="sparsemax")])
        )
    with pytest.raises(ModelError, match="has no layer that can be taken over"):
        symlstm.layers_of(keras.Sequential([layers.Input((3,)), layers.Dense(2)]))


@pytest.mark.parametrize("kind", ["LSTM", "stacked", "bidirectional"])
def test_stateful_layers_go_on_from_where_keras_is(keras, kind):
    layers, rng = keras.layers, np.random.default_rng(4)
    options = {"stateful": True, "return_sequences": True}
    layer = {
        "LSTM": lambda: layers.LSTM(2, **options),
        "stacked": lambda: layers.RNN([layers.LSTMCell(2), layers.LSTMCell(2)], **options),
        "bidirectional": lambda: layers.Bidirectional(layers.LSTM(2, **options)),
    }[kind]()
    x = rng.normal(size=(2, 9, 3)).astype("float32")
    layer(x[:, :3])
    ours = symlstm.from_keras(layer)
    for part in (x[:, 3:5], x[:, 5:9]):
        out = layer(part).detach().numpy()
        reference = ours.reference(part, stateful=True)
        np.testing.assert_allclose(reference.sequence_out, out, atol=1e-6)
    ours.reset_state()
    again = symlstm.from_keras(layer)
    fresh = again.reference(x).sequence_out
    assert (ours.reference(x, stateful=True).sequence_out == fresh).all()
    assert not (again.reference(x, stateful=True).sequence_out == fresh).all()


@pytest.mark.parametrize("merge", ["mul", None])
def test_an_audit_takes_every_merge(keras, audit, merge):
    layer = keras.layers.Bidirectional(keras.layers.LSTM(2), merge_mode=merge)
    layer.build((None, None, 3))
    found = audit(layer, cases=2, steps=4)
    outputs = found.summary
    assert outputs["sequence_out"].totals.count == 2 * 4 * 2 * (2 if merge is None else 1)
    sequence, step, *entry = outputs["sequence_out"].at
    assert sequence == 0
    assert step < 4
    assert len(entry) == (2 if merge is None else 1)


def test_no_code_of_a_file_is_run(keras, tmp_path):
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((5, 3)), layers.LSTM(2), layers.Lambda(lambda x: print(x) or x)]
    )
    path = tmp_path / "lambda.keras"
    model.save(path)
    (found,) = symlstm.layers_of(path).values()
    assert found.cell == LSTM(2, 3)
    with zipfile.ZipFile(path) as archive:
        assert "__lambda__" in archive.read("config.json").decode()
