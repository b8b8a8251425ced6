"""The command ``symlstm audit``, with an implementation in NumPy in place of an ONNX model."""

import json
import sys
from importlib.util import find_spec
from inspect import signature

import numpy as np
import pytest
from audited import NumpyLSTM
from components import missing

import symlstm
from symlstm.auditing import run as auditing
from symlstm.auditing import several
from symlstm.auditing.files import load_inputs, load_weights
from symlstm.command import cli
from symlstm.command.audit import audit
from symlstm.errors import SymlstmError


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return its exit code, output and errors."""

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", "audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code or 0, captured.out, captured.err

    return run_


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """What was asked for of the model; the model is one in NumPy."""
    asked = []

    def implementation_of(module, **options):
        asked.append((module, options))
        return NumpyLSTM()

    for module in (auditing, several):
        monkeypatch.setattr(module, "implementation_of", implementation_of)
    return asked


def test_it_prints_a_table_and_writes_a_record(run, asked, tmp_path):
    record = tmp_path / "record.json"
    options = ("--cases", 3, "--steps", 4, "--batch", 2, "--seed", 5, "--workers", 1)
    code, out, err = run("model.onnx", "--node", "first", *options, "--record", record)
    assert (code, err) == (0, "")
    assert str(asked[0][0]) == "model.onnx"
    assert asked[0][1]["node"] == "first"
    assert "NumPy: 3 cases of 2 sequences and 4 steps, in ulps of float32" in out
    assert max(map(len, out.splitlines())) <= 80
    whole = json.loads(record.read_text())
    assert (whole["seed"], whole["shape"], len(whole["cases"])) == (5, [2, 4, 2], 3)
    assert run("model.onnx", *options, "--record", record)[1] == out


def test_several_models_stand_side_by_side(run, asked, tmp_path):
    weights = tmp_path / "w.npz"
    np.savez(weights, W=np.ones(3, np.float32), R=np.zeros((2, 1)))
    options = ("--cases", 2, "--workers", 1, "--weights", weights)
    code, out, err = run("a.onnx", "b.onnx", *options)
    assert (code, err) == (0, "")
    assert [str(module) for module, _ in asked] == ["a.onnx", "b.onnx"]
    for _, given in asked:
        assert {name: array.tolist() for name, array in given["weights"].items()} == {
            "W": [1, 1, 1],
            "R": [[0], [0]],
        }
    assert out.startswith("a.onnx and b.onnx: 2 cases")
    assert [line.strip() for line in out.splitlines()].count("b.onnx:") == 2
    assert run("a.onnx", *options)[1].startswith("NumPy: 2 cases")
    assert "\nright: rounding in float32 explains every difference" in out


def test_weights_are_read_by_name(tmp_path):
    path = tmp_path / "w.npy"
    np.save(path, np.ones(3))
    with pytest.raises(SymlstmError, match="holds one array without a name; give a"):
        load_weights(path)
    np.savez(tmp_path / "w.npz", a=np.array([{}], dtype=object))
    with pytest.raises(SymlstmError, match=r"cannot be read as a \.npy or \.npz file"):
        load_weights(tmp_path / "w.npz")


def test_it_writes_a_plot(run, tmp_path):
    if find_spec("matplotlib") is None:
        missing("matplotlib")
    plot = tmp_path / "plot.svg"
    code, _, err = run("model.onnx", "--cases", 2, "--workers", 1, "--plot", plot)
    assert (code, err) == (0, "")
    assert plot.read_text().startswith("<?xml")


def test_its_options_have_the_defaults_of_the_function():
    command, function = (signature(one).parameters for one in (audit, symlstm.audit))
    shared = [name for name in function if name in command and name != "progress"]
    assert len(shared) >= 10
    assert [command[name].default for name in shared] == [function[n].default for n in shared]


def test_it_exits_with_1_when_something_is_further_off(run, tmp_path):
    inputs = tmp_path / "inputs.npy"
    np.save(inputs, np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32))
    assert run("model.onnx", "--inputs", inputs, "--workers", 1, "--max-ulp", 1e6)[0] == 0
    code, out, _ = run("model.onnx", "--inputs", inputs, "--workers", 1, "--max-ulp", 0)
    assert code == 1
    assert "1 case of 1 sequence and 5 steps" in out
    assert "sequence_out is up to " in out
    assert " off, more than --max-ulp 0" in out


def test_what_is_wrong_is_one_line(run, tmp_path):
    thesis = tmp_path / "thesis.json"
    thesis.write_text("mine")
    for arguments, message in (
        (("--plot", tmp_path / "plot.txt"), "its suffix tells the format"),
        (("--record", thesis), "is no record of an audit"),
        (("--inputs", thesis), "cannot be read as a .npy or .npz file"),
        (("--cases", "-1"), "cases is -1"),
        (("--workers", "0"), "workers is 0"),
    ):
        code, out, err = run("model.onnx", *arguments)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert message in err
    assert thesis.read_text() == "mine"


def test_inputs_are_read_and_nothing_is_unpickled(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(1, 3, 2)
    single, several, other = (tmp_path / name for name in ("a.npy", "b.npz", "c.npz"))
    np.save(single, array)
    np.savez(several, inputs=array, other=array + 1)
    np.savez(other, whatever=array)
    for path in (single, several, other):
        assert np.array_equal(load_inputs(path), array)
    np.savez(other, a=array, b=array)
    with pytest.raises(SymlstmError, match="holds a, b; call one array 'inputs'"):
        load_inputs(other)
    np.save(single, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(SymlstmError, match=r"cannot be read as a \.npy or \.npz file"):
        load_inputs(single)
    np.savez(other, inputs=np.array([{}], dtype=object))
    with pytest.raises(SymlstmError, match=r"cannot be read as a \.npy or \.npz file"):
        load_inputs(other)
    whole = several.read_bytes()
    for end in (0, 1, 40, len(whole) // 2, len(whole) - 1):
        several.write_bytes(whole[:end])
        with pytest.raises(SymlstmError, match=r"cannot be read as a \.npy or \.npz file"):
            load_inputs(several)
    with pytest.raises(SymlstmError, match="cannot be read"):
        load_inputs(tmp_path / "none.npy")
