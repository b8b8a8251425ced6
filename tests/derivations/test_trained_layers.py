"""Derivation files that train a network: [training] beside [[layers]] and [head]."""

import json
import sys

import pytest
from components import required

from symlstm import load
from symlstm.command import cli
from symlstm.errors import SpecError

FILE = """
[[layers]]
type = "LSTM"
units = 1
bidirectional = true
[layers.weights]
kernel = [[0.5, -0.25, 1, 0.75]]
recurrent_kernel = [[0.25, 0.5, -0.5, 1]]
bias = [0, 1, 0, -0.5]
[layers.expect.weights]
kernel = KERNEL
[layers.backward_weights]
kernel = [[-0.5, 1, 0.5, 0.25]]
recurrent_kernel = [[1, -0.25, 0.5, 0.5]]
bias = [0.5, 1, 0, 0]
[layers.backward_expect.weights]
bias = BIAS

[head]
units = 3
activation = "softmax"
return_sequences = false
[head.weights]
W_y = [[1, 0.5], [-0.5, 1], [0.25, -1]]
b_y = [0, 0.25, -0.25]
[head.expect.weights]
b_y = HEAD

[run]
inputs = [[1, -0.5], [0.5, 2]]
algebra = "ball"
digits = 8

[training]
targets = [1, 2]
loss = "categorical_crossentropy"
learning_rate = "1/2"
batch_size = 2
epochs = 2
optimizer = "torch_adam"
"""
GATES = [0, 1, 2, 3]  # PyTorch has i, f, g, o, too


def by_torch():
    """Return the kernel of the first layer, the bias of the second, and the head's, trained."""
    (torch,) = required("PyTorch", "torch")
    lstm = torch.nn.LSTM(1, 1, bidirectional=True, batch_first=True).double()
    linear = torch.nn.Linear(2, 3).double()
    numbers = {
        "weight_ih_l0": [0.5, -0.25, 1, 0.75],
        "weight_hh_l0": [0.25, 0.5, -0.5, 1],
        "bias_ih_l0": [0, 1, 0, -0.5],
        "weight_ih_l0_reverse": [-0.5, 1, 0.5, 0.25],
        "weight_hh_l0_reverse": [1, -0.25, 0.5, 0.5],
        "bias_ih_l0_reverse": [0.5, 1, 0, 0],
    }
    for name, parameter in lstm.named_parameters():
        given = torch.tensor(numbers.get(name, [0.0] * 4)).double()
        parameter.data = given.reshape(parameter.shape)
    linear.weight.data = torch.tensor([[1, 0.5], [-0.5, 1], [0.25, -1]]).double()
    linear.bias.data = torch.tensor([0, 0.25, -0.25]).double()
    # Here is one bias; of PyTorch's two, both would take the step.
    trained = [p for name, p in lstm.named_parameters() if not name.startswith("bias_hh")]
    descent = torch.optim.Adam([*trained, *linear.parameters()], lr=0.5)
    x = torch.tensor([[[1], [-0.5]], [[0.5], [2]]]).double()
    for _ in range(2):
        descent.zero_grad()
        _, (h, _) = lstm(x)
        logits = linear(torch.cat([h[0], h[1]], -1))
        torch.nn.functional.cross_entropy(logits, torch.tensor([1, 2])).backward()
        descent.step()
    return lstm.weight_ih_l0.T.tolist(), lstm.bias_ih_l0_reverse.tolist(), linear.bias.tolist()


def rounded(numbers):
    return [f"{n:.6f}" for n in numbers]


@pytest.fixture(scope="module")
def text():
    kernel, bias, head = by_torch()
    made = FILE.replace("KERNEL", json.dumps([rounded(kernel[0])]))
    return made.replace("BIAS", json.dumps(rounded(bias))).replace(
        "HEAD", json.dumps(rounded(head))
    )


@pytest.fixture
def spec(tmp_path):
    def spec_(text):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text, "utf-8")
        return path

    return spec_


def test_the_weights_of_each_layer_are_those_of_pytorch(spec, text, monkeypatch, capsys):
    path = spec(text)
    derivation = load(path)
    assert derivation.mismatches() == []
    assert len(derivation.expectations) == 3
    assert len(derivation.checks()) == 2
    assert all(check.agrees for check in derivation.checks())
    monkeypatch.setattr(sys, "argv", ["symlstm", "check", str(path)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert not caught.value.code
    assert "holds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ("[layers.expect.weights]\nkernel", "layer 1, kernel after training[0][0]"),
        ("[layers.backward_expect.weights]\nbias", "layer 2, bias after training[0]"),
        ("[head.expect.weights]\nb_y", "the head, b_y after training[0]"),
    ],
)
def test_what_is_wrong_is_said_with_its_layer(spec, text, table, where):
    begin = text.index(table) + len(table)
    end = text.index("\n", begin)
    wrong = [str(one) for one in load(spec(f"{text[:begin]} = 7{text[end:]}")).mismatches()]
    assert wrong[0].startswith(f"{where}: expected exactly 7, got ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[training]", "[backward]\n[training]", r"\[backward\] is part of \[training\] already"),
        ("[training]", "[loss]\n[training]", r"\[loss\] is part of \[training\] already"),
        ("epochs = 2", "return_sequences = true", "'return_sequences' for .*whose targets say"),
        ("epochs = 2", "epoch = 2", "'epoch'; did you mean 'epochs'"),
        ("[training]", "[expect.weights]\nkernel = 1\n[training]", r"belongs in \[layers.expect\]"),
        ("expect.weights]\nkernel", "expect.gradients]\nkernel", r"of \[backward\], and not of"),
        ("expect.weights]\nkernel", "expect.weights]\nk", r"expect.weights\] has no key 'k'"),
        ("[layers.expect.weights]\nkernel", "[layers.expect]\nh", r"has no key 'h'"),
        (
            'algebra = "ball"\ndigits = 8',
            "",
            r"\[layers\] activation is 'tanh'.*algebra = \"ball\"",
        ),
        ("targets = [1, 2]", "targets = [1]", r"\[training\] targets have shape \(1,\)"),
        ("inputs =", "mask = [true, true]\ninputs =", "'mask' for training"),
        ("[training]", "[exercise]\n[training]", r"\[exercise\]"),
    ],
)
def test_what_does_not_fit_names_the_table_and_the_mend(spec, text, old, new, message):
    assert old in text
    path = spec(text.replace(old, new, 1))
    with pytest.raises(SpecError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_without_a_head_each_batch_size_has_its_weights(spec):
    layer = 'type = "SimpleRNN"\nunits = 1\nactivation = "linear"\n'
    path = spec(
        f"[[layers]]\n{layer}[layers.weights]\nkernel = 1\nrecurrent_kernel = 0\nbias = 0\n"
        '[layers.expect.weights]\nkernel = [[[2]], [["3/2"]]]\nbias = [[-5], ["1/2"]]\n'
        f"[[layers]]\n{layer}[layers.weights]\nkernel = 1\nrecurrent_kernel = 0\nbias = 0\n"
        '[layers.expect.weights]\nW = [-1, "3/2"]\nbias = [[-2], ["1/2"]]\n'
        "[run]\ninputs = [[1], [0]]\n[training]\ntargets = [[2], [0]]\n"
        'loss = "half_squared_error"\nlearning_rate = 1\nbatch_size = [1, 2]\n'
    )
    # One by one: the error is -1, and every W and b becomes 2 and 1; then 0 leads to 2 · 1 + 1 = 3,
    # for b of the first layer 1 - 3 · 2. Both at once: the mean of what -1 and 0 lead to.
    derivation = load(path)
    assert derivation.mismatches() == []
    assert len(derivation.expectations) == 4
