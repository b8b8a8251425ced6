"""Tensors that an ONNX model stores beside its file: those in its folder, and no other bytes."""

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from models import model

from symlstm import audit, budget
from symlstm.errors import ModelError, SymlstmError, TooLargeError
from symlstm.files.reading import read_part
from symlstm.frameworks.onnx import from_onnx

with contextlib.suppress(ImportError):
    import onnx

pytestmark = pytest.mark.usefixtures("onnx")


def saved(folder, proto, **options):
    """Save a model with all its weights beside it, as PyTorch's exporter does; return its path."""
    path = folder / "model.onnx"
    options = {"location": "model.onnx.data", "size_threshold": 0, **options}
    onnx.save(proto, path, save_as_external_data=True, **options)
    return path


def same(layer, other):
    return all((layer.weights[n] == weight).all() for n, weight in other.weights.items())


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("one_file", [True, False])
def test_weights_in_the_folder_of_the_model_are_its_own(tmp_path, dtype, one_file):
    proto = model(np.random.default_rng(0), peepholes=True, dtype=dtype)
    plain = from_onnx(proto)
    path = saved(tmp_path, proto, all_tensors_to_one_file=one_file)
    assert same(from_onnx(path), plain)
    assert same(from_onnx(str(path)), plain)
    assert same(from_onnx(onnx.load(path)), plain)


def test_a_path_may_be_relative_and_the_folder_a_link(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    saved(tmp_path / "real", model(np.random.default_rng(0)))
    monkeypatch.chdir(tmp_path / "real")
    layer = from_onnx("model.onnx")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert same(from_onnx(tmp_path / "link" / "model.onnx"), layer)
    (tmp_path / "real" / "inside").mkdir()
    data = Path("model.onnx.data").replace("inside/data")
    Path("model.onnx.data").symlink_to(data)
    assert same(from_onnx("model.onnx"), layer)


def test_a_model_that_is_saved_so_is_audited(tmp_path):
    path = saved(tmp_path, model(np.random.default_rng(0)))
    with ThreadPoolExecutor(1) as executor:
        assert audit(path, cases=1, steps=2, executor=executor).worst < 10_000


def changed(folder, **entries):
    """Save a model whose W says that it is elsewhere."""
    path = saved(folder, model(np.random.default_rng(0)))
    proto = onnx.load(path, load_external_data=False)
    (tensor,) = (one for one in proto.graph.initializer if one.name == "W")
    where = {entry.key: entry.value for entry in tensor.external_data}
    del tensor.external_data[:]
    for key, value in {**where, **entries}.items():
        if value is not None:
            tensor.external_data.add(key=key, value=value)
    path.write_bytes(proto.SerializeToString())
    return path


LEAVES = ["../secret", "/etc/passwd", "a/../../secret", "..", "", "C:\\secret", "..\\secret",
          "\\\\host\\secret", "C:secret", "\\secret", "a\\..\\..\\secret"]  # fmt: skip


@pytest.mark.parametrize("location", LEAVES)
def test_nothing_outside_the_folder_is_read(tmp_path, location):
    (tmp_path / "secret").write_bytes(bytes(10_000))
    (tmp_path / "folder").mkdir()
    path = changed(tmp_path / "folder", location=location, offset="0")
    with pytest.raises(ModelError, match=r"W is stored in .*, outside the folder of the model"):
        from_onnx(path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_no_link_leads_outside(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(10_000))
    (tmp_path / "folder" / "a").mkdir(parents=True)
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "folder" / "up").symlink_to(tmp_path)
    (tmp_path / "folder" / "circle").symlink_to("circle")
    for location in ("link", "up/secret"):
        with pytest.raises(ModelError, match="where a link leads; put the file itself beside"):
            from_onnx(changed(tmp_path / "folder", location=location))
    with pytest.raises(ModelError, match=r"circle.*cannot be read"):
        from_onnx(changed(tmp_path / "folder", location="circle"))


WRONG = {
    "file": ({"location": "nowhere"}, "nowhere: cannot be read: No such file"),
    "folder": ({"location": "."}, "cannot be read: it is a folder"),
    "zero": ({"location": "model\0"}, "cannot be read"),
    "long": ({"location": "a" * 5000}, "cannot be read"),
    "negative": ({"offset": "-4"}, "the offset of W is '-4'; it is a whole number of bytes"),
    "no number": ({"offset": "1e3"}, "the offset of W is '1e3'"),
    "digits": ({"offset": "٤"}, "the offset of W is"),
    "huge": ({"offset": "9" * 5000}, "the offset of W is '99"),
    "past the end": ({"offset": str(2**60)}, "bytes, and .* are asked for; it is cut off"),
    "short": ({"length": "95"}, "that it has 95 bytes outside the model; of FLOAT, that is 96"),
    "long length": ({"length": str(2**50)}, "of FLOAT, that is 96"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_about_the_place_is_one_clear_error(tmp_path, what):
    entries, message = WRONG[what]
    with pytest.raises(SymlstmError, match=message):
        from_onnx(changed(tmp_path, **entries))


def test_a_length_may_be_left_out(tmp_path):
    layer = from_onnx(changed(tmp_path))
    assert same(from_onnx(changed(tmp_path, length=None)), layer)


def test_a_file_that_is_cut_off_is_said(tmp_path):
    path = saved(tmp_path, model(np.random.default_rng(0)))
    data = tmp_path / "model.onnx.data"
    whole = data.read_bytes()
    for end in (0, 1, len(whole) // 2, len(whole) - 1):
        data.write_bytes(whole[:end])
        with pytest.raises(ModelError, match=r"onnx\.data: has [\d,]+ bytes, and .* is cut off"):
            from_onnx(path)


def external(proto, name, **fields):
    (tensor,) = (one for one in proto.graph.initializer if one.name == name)
    for field, value in fields.items():
        if field == "dims":
            tensor.dims[:] = value
        else:
            setattr(tensor, field, value)
    return tensor


def test_tensors_that_say_what_cannot_be_take_nothing(tmp_path):
    path = saved(tmp_path, model(np.random.default_rng(0)))
    for fields, message in [
        ({"dims": [2**62] * 8}, "says that its shape is"),
        ({"dims": [-1, 8, 3]}, "says that its shape is"),
        ({"dims": [1] * 9}, "has 9 dimensions"),
        ({"data_type": 8}, "W holds STRING, which is not read from outside"),
        ({"data_type": 99}, "W holds 99, which is not read"),
        ({"raw_data": b"1234"}, "W gives its numbers twice, in the model and outside of it"),
    ]:
        proto = onnx.load(path, load_external_data=False)
        external(proto, "W", **fields)
        (tmp_path / "other.onnx").write_bytes(proto.SerializeToString())
        with pytest.raises(SymlstmError, match=message):
            from_onnx(tmp_path / "other.onnx")


def test_a_place_that_is_given_twice_is_an_error(tmp_path):
    path = saved(tmp_path, model(np.random.default_rng(0)))
    proto = onnx.load(path, load_external_data=False)
    external(proto, "W").external_data.add(key="offset", value="4")
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelError, match="W says twice where it is stored"):
        from_onnx(path)


def test_a_model_without_a_path_has_no_folder(tmp_path):
    path = saved(tmp_path, model(np.random.default_rng(0)))
    with pytest.raises(ModelError, match=r"W is stored outside the model; .*, or its path"):
        from_onnx(onnx.load(path, load_external_data=False))


def test_bytes_are_counted_before_they_are_read(tmp_path):
    path = saved(tmp_path, model(np.random.default_rng(0), dim=100))
    with budget(data_bytes=3300), pytest.raises(TooLargeError, match="with what is read already"):
        from_onnx(path)  # W has 3200 bytes


def test_a_part_of_a_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    assert read_part(tmp_path / "file", 3, 4, ModelError) == b"3456"
    assert read_part(tmp_path / "file", 10, 0, ModelError) == b""
    with pytest.raises(ModelError, match="has 10 bytes, and 11 are asked for"):
        read_part(tmp_path / "file", 8, 3, ModelError)
