"""The command ``symlstm probe``: from its file through an implementation to a diagnosis."""

import sys

import numpy as np
import pytest
from own_cells import IndRNN

from symlstm import Network, SimpleRNN, probe
from symlstm.command import cli
from symlstm.diagnosis.probes.file import packed, read_probe
from symlstm.errors import SymlstmError

DERIVATION = """
[cell]
type = "SimpleRNN"
units = 2
input_dim = 2
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
algebra = "ball"
inputs = [[1, 1]]
"""


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command in this process; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.derivation.toml").write_text(DERIVATION)

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code or 0, captured.out, captured.err

    return run_


def rnn(probe, bias=1):
    """Return the outputs of a recurrent network, written by hand, for a file's numbers."""
    h, found = probe["initial_h"], []
    for x in np.moveaxis(probe["inputs"], 1, 0):
        h = np.tanh(x @ probe["kernel"] + h @ probe["recurrent_kernel"] + bias * probe["bias"])
        found.append(h)
    return np.stack(found, axis=1)


def test_from_a_file_through_an_implementation_to_its_mistake(run):
    code, out, err = run("probe", "mine.derivation.toml", "-o", "probe.npz", "--pairs")
    assert (code, err) == (0, "")
    assert "proven by certified values" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    with np.load("probe.npz") as opened:
        file = dict(opened)
    assert str(file["about"]) in out
    assert all(file[name].dtype == np.float32 for name in ("kernel", "inputs", "initial_h"))
    np.save("y.npy", rnn(file))
    code, out, err = run("diagnose", "probe.npz", "--actual", "y.npy")
    assert (code, err) == (0, "")
    shown = " ".join(out.split())
    assert "4 mistakes cannot show" in shown  # the numbers are exact in every format
    assert "weights-in-bfloat16; inputs-in-bfloat16" in shown
    np.save("y.npy", rnn(file, bias=2))
    code, out, err = run("diagnose", "probe.npz", "--actual", "y.npy")
    assert (code, err) == (1, "")
    assert "if all biases are added twice" in " ".join(out.split())
    assert run("probe", "mine.derivation.toml", "-o", "probe.npz")[0] == 0


def test_weights_stand_as_a_program_has_them(run):
    options = ("--layout", "torch", "--steps", 2, "--batch", 1)
    code, _, err = run("probe", "mine.derivation.toml", "-o", "probe.npz", *options)
    assert (code, err) == (0, "")
    with np.load("probe.npz") as opened:
        file = dict(opened)
    assert file["inputs"].shape == (1, 2, 2)
    numbers = {
        "inputs": file["inputs"],
        "initial_h": file["initial_h"],
        "kernel": file["weight_ih_l0"].T,
        "recurrent_kernel": file["weight_hh_l0"].T,
        "bias": file["bias_ih_l0"],
    }
    np.save("y.npy", rnn(numbers))
    code, out, _ = run("diagnose", "probe.npz", "--actual", "y.npy")
    assert code == 1
    assert "the second, of the recurrent weights, is left out" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.derivation.toml", "-o", "probe.npz"], "none.derivation.toml"),
        (["mine.derivation.toml", "-o", "probe.npy"], "end it in .npz"),
        (["mine.derivation.toml", "-o", "taken.npz"], "symlstm did not make it"),
        (["mine.derivation.toml", "-o", "p.npz", "--layout", "none"], "layout is 'none'"),
        (["mine.derivation.toml", "-o", "p.npz", "--steps", "0"], "steps is 0"),
        (["taken.npz", "-o", "p.npz"], "taken.npz: is no probe"),
    ],
)
def test_bad_input_is_one_line(run, arguments, message):
    np.savez("taken.npz", a=[1])
    code, out, err = run("probe", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("symlstm: ")
    assert len(err.splitlines()) == 1
    assert message in err


def test_a_network_and_two_biases_come_back(tmp_path):
    terms = {"W": [[1.0, 2.0], [3.0, 4.0]], "b": [0.5, 0.5]}
    layer = SimpleRNN(2, 2).bind(
        layout="torch",
        weight_ih_l0=terms["W"],
        weight_hh_l0=terms["W"],
        bias_ih_l0=terms["b"],
        bias_hh_l0=terms["b"],
    )
    found = probe(Network([[layer, layer]]), steps=2, batch=1)
    path = tmp_path / "probe.npz"
    path.write_bytes(packed(found))
    again = read_probe(path)
    inputs, states = again.inputs, again.states
    true = found.layer.reference(found.inputs, initial_state=found.initial_state)
    assert (
        again.layer.reference(inputs, initial_state=states).sequence_out == true.sequence_out
    ).all()
    for one, other in zip(again.layer.layers, found.layer.layers, strict=True):
        for ours, theirs in zip(one.bias_parts["b"], other.bias_parts["b"], strict=True):
            assert (ours.ravel() == theirs.ravel()).all()


def test_a_cell_of_ones_own_has_no_file():
    with pytest.raises(SymlstmError, match="a cell of your own, which no file can say"):
        packed(probe(IndRNN(2, 2), steps=2, batch=1))
