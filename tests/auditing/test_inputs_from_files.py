"""Inputs from files: what the head of one says is believed no further than the file goes."""

import io
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from symlstm.auditing.files import load_inputs
from symlstm.errors import SymlstmError


def saved(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def headed(head):
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (), **head})
    return file.getvalue()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2"])
def test_arrays_come_as_they_were_saved(tmp_path, dtype, order):
    array = np.asarray(np.arange(12).reshape(1, 4, 3), dtype=dtype, order=order)
    path = tmp_path / "inputs"
    path.write_bytes(saved(array))
    plain = load_inputs(path)
    np.savez(tmp_path / "packed.npz", inputs=array, other=[1])
    packed = load_inputs(tmp_path / "packed.npz")
    for loaded in (plain, packed):
        assert loaded.dtype == array.dtype
        assert (loaded == array).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_file_is_one_error_or_an_array(tmp_path, seed):
    rng = np.random.default_rng(seed)
    path = tmp_path / "inputs"
    for content in (saved(np.ones((1, 2, 3))), zipped({"inputs.npy": saved(np.ones((1, 2, 3)))})):
        refused = 0
        for _ in range(100):
            damaged = bytearray(content)
            damaged[rng.integers(len(content))] = rng.integers(256)
            path.write_bytes(damaged)
            try:
                assert load_inputs(path).size <= 100
            except SymlstmError:
                refused += 1
        assert refused > 5


HOSTILE = {
    "huge": headed({"shape": (10**6, 10**6, 10**6)}),
    "overflowing": headed({"shape": (2**62, 2**62)}),
    "negative": headed({"shape": (-1, 3)}),
    "objects": saved(np.array([{}], dtype=object), allow_pickle=True),
    "no head": b"\x93NUMPY\x01\x00\xff\xff",
    "a bomb": zipped({"inputs.npy": headed({"shape": (10**8,)}) + b"\0" * (8 * 10**8 // 8)}),
    "two": zipped({"a.npy": saved([1]), "b\x1b[31m.npy": saved([1])}),
    "nothing": zipped({}),
    "no array": zipped({"inputs.npy": b"text"}),
    "method": zipped({"inputs.npy": saved([1])}).replace(b"\x08\x00", b"\x63\x00"),
    "text": b"1, 2, 3",
    "empty": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_one_error(tmp_path, kind):
    path = tmp_path / "inputs.npz"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(SymlstmError) as caught:
        load_inputs(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()
