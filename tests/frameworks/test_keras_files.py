"""Files of Keras that are broken, or meant to do harm: one clear error each, and nothing is run."""

import contextlib
import json
import zipfile
from fractions import Fraction

import numpy as np
import pytest
from components import required

from symlstm import budget, from_keras, layers_of
from symlstm.errors import ModelError, SymlstmError, TooLargeError

OWN = {"units": 1, "activation": "tanh", "recurrent_activation": "sigmoid", "name": "lstm"}
GROUPS = ("kernel", "recurrent_kernel", "bias")
SHAPES = {"0": (3, 4), "1": (1, 4), "2": (4,)}


@pytest.fixture(scope="module")
def h5py():
    return required("h5py", "h5py")[0]


@pytest.fixture
def write(tmp_path, h5py):
    """Write a .keras archive; ``arrays`` makes the weights, ``others`` are further members."""

    def write_(layer=None, arrays=None, others=(), left_out=(), version="3.9.0", **changed):
        layer = {"class_name": "LSTM", "config": {**OWN, **changed}} if layer is None else layer
        model = {"class_name": "Sequential", "config": {"layers": [layer]}}
        weights = tmp_path / "weights.h5"
        with h5py.File(weights, "w") as file:
            group = file.create_group("layers/lstm/cell/vars")
            for name, shape in SHAPES.items():
                group[name] = np.ones(shape, "f")
            if arrays:
                arrays(group)
        metadata = json.dumps({"keras_version": version})
        members = {"config.json": json.dumps(model), "metadata.json": metadata}
        members["model.weights.h5"] = weights.read_bytes()
        path = tmp_path / "model.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in [*members.items(), *others]:
                if name not in left_out:
                    archive.writestr(name, content)
        return path

    return write_


def test_a_file_is_read_without_keras(write):
    assert from_keras(write()).kernel.tolist() == [[1] * 4] * 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"activation": {"class_name": "__lambda__", "config": {"code": "4wEA"}}}, "no name of k"),
        ({"activation": "os.system"}, "activation is 'os.system'"),
        ({"activation": None}, "activation of lstm is None, and no name"),
        ({"units": "2"}, "units"),
        ({"units": 10**12}, "units"),
        ({"units": 2}, "kernel has shape"),
        ({"layer": {"class_name": "Dense", "config": OWN}}, "no layer that can be taken over"),
        ({"layer": {"class_name": "GRU", "config": OWN}}, "no 'layers/gru/cell/vars/0' of its own"),
        ({"layer": {"class_name": "LSTM", "config": OWN, "module": "evil"}}, "'evil' is not Keras"),
        ({"layer": {"class_name": "LSTM", "config": OWN, "registered_name": "a>b"}}, "no code is"),
        ({"layer": {"class_name": "RNN", "config": {"cell": {"class_name": "A"}}}}, "config"),
        ({"layer": {"class_name": "LSTM"}}, "configuration is not that of a model of Keras"),
        ({"left_out": ["config.json"], "others": [("config.json ", "3")]}, "has no config.json"),
        ({"layer": [1]}, "configuration is not that of a model of Keras"),
        ({"left_out": ["config.json"]}, "the archive has no config.json"),
        ({"left_out": ["model.weights.h5"]}, "the archive has no model.weights.h5"),
        ({"others": [("../evil.py", "x")]}, "'../evil.py' twice, or leads out of itself"),
        ({"others": [("/etc/evil", "x")]}, "'/etc/evil' twice, or leads out of itself"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(write, tmp_path, changed, message):
    path = write(**changed)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SymlstmError, match=message) as caught:
        layers_of(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["external link", "soft link", "external", "virtual", "text"])
def test_numbers_elsewhere_are_not_read(write, h5py, tmp_path, kind):
    def arrays(group):
        del group["0"]
        if kind == "external link":
            group["0"] = h5py.ExternalLink("/etc/passwd", "/x")
        elif kind == "soft link":
            group["0"] = h5py.SoftLink("/layers/lstm/cell/vars/1")
        elif kind == "external":
            outside = [("/etc/passwd", 0, 48)]
            group.create_dataset("0", (3, 4), "f", external=outside)
        elif kind == "virtual":
            layout = h5py.VirtualLayout((3, 4), "f")
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (3, 4))
            group.create_virtual_dataset("0", layout)
        else:
            group["0"] = "text"

    with pytest.raises(ModelError, match=r"of its own|itself holds|no floats"):
        layers_of(write(arrays=arrays))


def test_what_is_large_is_refused_before_memory_is_taken(write):
    def arrays(group):
        del group["0"]
        group.create_dataset("0", (10**7, 10**5), "f", compression="gzip", chunks=(1000, 1000))

    with pytest.raises(TooLargeError, match="1,000,000,000,000 numbers in an array"):
        layers_of(write(arrays=arrays))
    bomb = write(others=[("more", "x")], name="x" * 3_000_000)
    assert bomb.stat().st_size < 20_000
    with pytest.raises(TooLargeError, match=r"config.json: .*bytes of text.*budget"):
        layers_of(bomb)
    with budget(data_bytes=1000), pytest.raises(TooLargeError, match="bytes of data"):
        layers_of(write())
    deep = {"class_name": "LSTM", "config": OWN}
    for _ in range(200):
        deep = {"class_name": "Sequential", "config": {"name": "a", "layers": [deep]}}
    with pytest.raises(TooLargeError, match="levels of nesting"):
        layers_of(write(layer=deep))


def test_a_file_cut_short_or_changed_is_one_error(write, keras, tmp_path):
    model = keras.Sequential([keras.layers.Input((5, 3)), keras.layers.LSTM(1)])
    model.save(tmp_path / "whole.h5")
    rng = np.random.default_rng(0)
    for path in (write(), tmp_path / "whole.h5"):
        whole = path.read_bytes()
        assert layers_of(path)
        for _ in range(30):
            broken = bytearray(whole)
            broken[rng.integers(len(whole))] ^= 0xFF
            path.write_bytes(broken)
            with contextlib.suppress(SymlstmError):
                layers_of(path)
        for _ in range(30):
            path.write_bytes(whole[: rng.integers(len(whole))])
            with pytest.raises(SymlstmError):
                layers_of(path)


def test_a_file_of_keras_2_is_read_by_its_names(tmp_path, h5py):
    """As tf.keras 2 wrote it: one direction of two, and names that end in :0."""
    own = {**OWN, "recurrent_activation": "sigmoid", "name": "lstm_5"}
    inner = {"class_name": "LSTM", "config": own}
    config = {"name": "both", "layer": inner, "merge_mode": "concat"}
    model = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Bidirectional", "config": config}]}}  # fmt: skip
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model)
        file.attrs["keras_version"] = "2.9.0"
        for k, direction in enumerate(["forward", "backward"]):
            group = file.create_group(f"model_weights/both/both/{direction}_lstm_5/lstm_cell_{k}")
            for name, shape in zip(GROUPS, SHAPES.values(), strict=True):
                group[f"{name}:0"] = np.full(shape, k, "f")
    (network,) = layers_of(path).values()
    assert [layer.kernel[0, 0] for layer in network.layers] == [0, 1]
    assert [layer.go_backwards for layer in network.layers] == [False, True]


@pytest.mark.parametrize(("version", "slope"), [("2.15.0", "1/5"), ("3.9.0", "1/6")])
def test_hard_sigmoid_is_that_of_the_version_that_wrote_the_file(write, version, slope):
    """Keras 2 has np.clip(0.2 * z + 0.5, 0, 1), and Keras 3 np.clip(z / 6 + 0.5, 0, 1)."""
    layer = from_keras(write(recurrent_activation="hard_sigmoid", version=version))
    gate, (a, b) = float(Fraction(slope)), ([-1.0, 0.2, 0.3], [1.0, -0.5, 0.25])
    h = c = 0.0
    for x in (a, b):
        z = sum(x) + h + 1
        open_ = np.clip(gate * z + 0.5, 0, 1)
        c = open_ * c + open_ * np.tanh(z)
        h = open_ * np.tanh(c)
    assert np.isclose(layer.run([a, b], algebra="float").state_h.item(), h, rtol=1e-14)
    assert open_ not in (0, 1)


def test_weights_alone_are_no_model(tmp_path, h5py):
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["x"] = [1.0]
    with pytest.raises(ModelError, match=r"no text model_config, .*; save the whole model"):
        layers_of(tmp_path / "weights.h5")
    (tmp_path / "none.h5").write_bytes(b"no such format")
    with pytest.raises(ModelError, match="cannot be read as HDF5"):
        layers_of(tmp_path / "none.h5")
