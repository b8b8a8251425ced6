"""Derivation files of networks: the tables [[layers]]."""

import re
import sys

import numpy as np
import pytest
from components import required

from symlstm import load
from symlstm.command import cli
from symlstm.errors import SpecError

FILE = """
[[layers]]
type = "SimpleRNN"
units = 1
activation = "linear"
bidirectional = true
merge_mode = "sum"
[layers.weights]
kernel = 1
recurrent_kernel = 2
bias = 0
[layers.backward_weights]
kernel = 3
recurrent_kernel = 1
bias = 0
[layers.expect]
h = [[1], [4], [11]]
[layers.backward_expect]
h = [[9], [15], [18]]
[layers.backward_expect.gradients]
W = 5

[[layers]]
type = "SimpleRNN"
units = 1
activation = "linear"
[layers.weights]
kernel = 1
recurrent_kernel = 0
bias = 1
[layers.expect]
x = [[19], [19], [20]]

[run]
inputs = [1, 2, 3]
[backward]
grad_sequence = [[0], [1], [0]]
[expect]
sequence_out = [[20], [20], [21]]
state_h = [[11], [18], [21]]
[expect.gradients]
x = [[2], [4], [3]]
"""


@pytest.fixture
def spec(tmp_path):
    def spec_(old="", new="", text=FILE):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text.replace(old, new) if old else text, "utf-8")
        assert old in text
        return path

    return spec_


@pytest.fixture
def command(monkeypatch, capsys):
    def command_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        output = capsys.readouterr()
        return caught.value.code or 0, " ".join((output.out + output.err).split())

    return command_


def by_hand():
    """Return what those two levels compute, and the gradient of the second output by the inputs."""
    forward = np.array([[1, 0, 0], [2, 1, 0], [4, 2, 1]])
    backward = 3 * np.array([[1, 1, 1], [0, 1, 1], [0, 0, 1]])
    x = np.array([1, 2, 3])
    return (forward + backward) @ x + 1, (forward + backward)[1]


def test_what_a_file_expects_of_layers_holds(spec):
    derivation = load(spec())
    outputs, gradients = by_hand()
    assert derivation.trace.sequence_out[:, 0].tolist() == outputs.tolist() == [20, 20, 21]
    assert derivation.subject.inputs[:, 0].tolist() == gradients.tolist()
    assert len(derivation.expectations) == 7
    assert derivation.mismatches() == []
    assert all(check.agrees for check in derivation.checks())


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("[[9], [15], [18]]", "[[9], [16], [18]]", "step 2, layer 2, h[0]: expected 16, got 15"),
        ("W = 5", "W = 7", "layer 2, gradient by W[0][0]: expected 7, got 5"),
        ("[[11], [18], [21]]", "[[11], [18], [22]]", "step 3, state_h[2][0]: expected 22, got 21"),
        ("[[2], [4], [3]]", "[[2], [4], [5]]", "step 3, gradient by x[0]: expected 5, got 3"),
    ],
)
def test_what_is_wrong_is_said_with_its_layer(spec, command, old, new, wrong):
    path = spec(old, new)
    assert [str(one) for one in load(path).mismatches()] == [wrong]
    code, said = command("check", path)
    assert code == 1
    assert wrong in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[run]", "[cell]\nunits = 1\n[run]", r"\[cell\] and \[\[layers\]\] are both given; each"),
        ("[run]", "[exercise]\n[run]", r"\[exercise\] is of a single \[cell\], and not of"),
        ("[run]", "[actual]\nsequence_out = 1\n[run]", r"\[actual\] is of a single \[cell\]"),
        ("[run]", '[document]\nstate_jacobian = "h"\n[run]', "state_jacobian is not for"),
        ("units = 1", "unit = 1", r"\[layers\[0\]\] has no key 'unit'; did you mean 'units'"),
        ("bidirectional = true", "bidirectonal = true", "'bidirectonal'.*'bidirectional'"),
        ("bidirectional = true", "bidirectional = 1", "bidirectional is 1; give true or false"),
        ("bidirectional = true", "", "merge_mode is for bidirectional = true; give it, too"),
        ('merge_mode = "sum"', 'merge_mode = "max"', "merge_mode is 'max'; .*concat"),
        ('merge_mode = "sum"', "", r"\[layers\[1\]\] .*inputs of size 2"),
        ("kernel = 3\n", "", r"\[layers\[0\]\.backward_weights\] kernel is missing"),
        ("h = [[9]", "g = [[9]", r"\[layers\[0\]\.backward_expect\] has no key 'g'"),
        ("W = 5", "V = 5", r"\[layers\[0\]\.backward_expect\.gradients\] has no key 'V'"),
        ("sequence_out = [[20]", "h = [[20]", r"'h'.*\[layers\.expect\]"),
        ("inputs = [1, 2, 3]", "steps = 3", r"\[run\] .*steps"),
        ('activation = "linear"\n[', 'activation = "tanh"\n[', r"\[layers\] activation is 'tanh'"),
    ],
)
def test_what_does_not_fit_names_the_table_and_the_mend(spec, old, new, message):
    if "inputs of size 2" in message:
        text = FILE.replace('units = 1\nactivation = "linear"\n[', "units = 1\ninput_dim = 1\n[")
        path = spec(old, new, text)
    else:
        path = spec(old, new)
    with pytest.raises(SpecError, match=message):
        load(path)


def test_weights_that_are_missing_are_asked_for(spec):
    start = FILE.index("[layers.backward_weights]")
    path = spec(FILE[start : FILE.index("[layers.expect]")], "")
    with pytest.raises(SpecError, match=r"backward_weights is missing; give numbers in \[layers"):
        load(path)


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        *(("page", ".tex"), ("page", ".md"), ("summary", ".tex"), ("summary", ".md")),
        *(("slides", ".tex"), ("fragment", ".tex")),
    ],
)
def test_every_kind_of_document_tells_of_each_layer(spec, tmp_path, kind, suffix):
    page = load(spec()).page(tmp_path / f"mine{suffix}", kind=kind)
    for words in ("Layer 1", "Layer 2, from the last", "From level 1", "The outputs"):
        assert words in page.text
    assert "Back through layer 2" in page.text
    if suffix == ".md" and kind == "page":
        assert {name.partition("-s")[0] for name in page.figures} >= {"chapter-2", "chapter-3"}


def test_a_layer_is_drawn_by_its_number(spec, command, tmp_path):
    path, drawing = spec(), tmp_path / "mine.svg"
    code, said = command("draw", path, "-o", drawing)
    assert code == 2
    assert "--layer is missing; give a number from 1 to 3" in said
    assert command("draw", path, "-o", drawing, "--layer", 2, "--what", "step", "--step", 2)[0] == 0
    assert 'data-quantity="h" data-step="2" data-value="15"' in drawing.read_text("utf-8")


def test_masks_and_lengths_are_those_of_all_layers(spec):
    text = re.sub(r"\[(layers\.\w*)?expect(\.\w+)?\]\n.*\n(\w.*\n)*", "", FILE)
    text = re.sub(r"\[layers\.backward_expect.*\n.*\n", "", text)
    text = text.replace("inputs = [1, 2, 3]", "inputs = [1, 2, 3]\nmask = [true, true, false]")
    derivation = load(spec(text=text))
    assert derivation.trace.sequence_out[:2, 0].tolist() == [1 + 9 + 1, 4 + 6 + 1]
    assert " ".join(derivation.write("terminal").split()).count("does not count") == 3


def test_the_gallery_expects_what_pytorch_computes(root):
    (torch,) = required("PyTorch", "torch")
    derivation = load(next(root.glob("derivations/stacked*/*.toml")))
    levels = derivation.tables["layers"]
    module = torch.nn.LSTM(1, 1, num_layers=2, bidirectional=True).double()
    for level, table in enumerate(levels):
        for suffix, key in (("", "weights"), ("_reverse", "backward_weights")):
            of = {name: np.array(value, dtype=float).T for name, value in table[key].items()}
            names = {"ih": of["kernel"], "hh": of["recurrent_kernel"]}
            for name, value in names.items():
                weight = getattr(module, f"weight_{name}_l{level}{suffix}")
                weight.data = torch.tensor(value)
            getattr(module, f"bias_ih_l{level}{suffix}").data = torch.tensor(of["bias"])
            getattr(module, f"bias_hh_l{level}{suffix}").data.zero_()
    x = torch.tensor([[1], [-0.5]]).double().requires_grad_()
    y, _ = module(x)
    y.sum().backward()
    expected = derivation.tables["expect"]
    wanted = np.array(expected["sequence_out"], dtype=float)
    assert np.abs(y.detach().numpy() - wanted).max() < 6e-5
    wanted = np.array(expected["gradients"]["x"], dtype=float)
    assert np.abs(x.grad.numpy() - wanted).max() < 6e-5
