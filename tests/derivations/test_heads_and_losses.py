"""Derivation files with a head and a loss, against NumPy, exact fractions and PyTorch."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from components import required

from symlstm import figure, hand_calculation, load
from symlstm.errors import SpecError
from symlstm.exercises import mark, sheets, variation

CELL = """
[cell]
type = "SimpleRNN"
units = 2
activation = "linear"
[weights]
kernel = [["1/2", 1]]
recurrent_kernel = [[1, 0], ["1/2", -1]]
bias = 0
[head]
units = 2
[head.weights]
kernel = [[1, 2], [3, "1/2"]]
bias = [0, 1]
[run]
inputs = [1, -2, 3]
[loss]
type = "mean_squared_error"
targets = [[0, 1], [1, 1], [2, 0]]
[backward]
"""
HEAD_WEIGHTS = """[head.weights]
kernel = [[1, 2], [3, "1/2"]]
bias = [0, 1]
"""
NETWORK = """
[[layers]]
type = "SimpleRNN"
units = 1
bidirectional = true
[layers.weights]
kernel = 1
recurrent_kernel = "1/2"
bias = 0
[layers.backward_weights]
kernel = -1
recurrent_kernel = "1/4"
bias = 0
[head]
units = 3
return_sequences = false
[head.weights]
kernel = [[1, 2, 0], [3, "1/2", -1]]
bias = [0, 1, 0]
[run]
inputs = [1, "1/2", -1]
algebra = "ball"
digits = 12
[loss]
type = "categorical_crossentropy"
targets = [[1, 0, 0]]
from_logits = true
[backward]
"""


@pytest.fixture
def spec(tmp_path):
    def spec_(text, old="", new=""):
        assert old in text
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text.replace(old, new) if old else text, "utf-8")
        return load(path)

    return spec_


def by_hand():
    """Return the loss of the file's run and its gradient by the head's kernel and the inputs."""
    W, U = np.array([[0.5], [1]]), np.array([[1, 0.5], [0, -1]])
    V, b = np.array([[1, 3], [2, 0.5]]), np.array([0, 1])
    x, targets = np.array([1, -2, 3]), np.array([[0, 1], [1, 1], [2, 0]])
    h, states = np.zeros(2), []
    for one in x:
        h = W[:, 0] * one + U @ h
        states.append(h)
    errors = np.array(states) @ V.T + b - targets
    sent, back, inputs = errors / 3, np.zeros(2), []
    for one in sent[::-1]:
        back = V.T @ one + U.T @ back
        inputs.append(W[:, 0] @ back)
    return (errors**2).mean(), sent.T @ np.array(states), inputs[::-1]


def test_a_cell_with_a_head_and_a_loss_is_what_numpy_comes_to(spec):
    made = spec(CELL)
    loss, weights, inputs = by_hand()
    assert float(made.loss.value) == pytest.approx(loss)
    assert np.allclose(np.array(made.subject["W_y"], dtype=float), weights)
    assert np.allclose(np.array(made.subject.inputs, dtype=float)[:, 0], inputs)
    assert all(check.agrees for check in made.checks())


def test_what_a_file_expects_of_a_loss_is_checked(spec):
    value = spec(CELL).loss.value
    expected = CELL + f'[expect]\nloss = "{value}"\n'
    assert spec(expected).mismatches() == []
    (wrong,) = spec(CELL + "[expect]\nloss = 7\n").mismatches()
    assert str(wrong) == f"loss: expected 7, got {value}"
    with pytest.raises(SpecError, match=r"\[expect\] loss is expected of \[loss\]; give that"):
        spec(re.sub(r"\[loss\].*\[backward\]", "", CELL, flags=re.S) + "[expect]\nloss = 7\n")


def test_without_a_backward_pass_the_page_ends_with_the_loss(spec):
    made = spec(CELL, "[backward]", "")
    page = made.write("terminal")
    assert "L = 1/3 (L_1 + L_2 + L_3)" in page
    assert "Δ" not in page
    assert "The backward pass" not in page
    assert all(check.agrees for check in made.checks())


@pytest.mark.parametrize("format", ["latex", "markdown", "terminal"])
@pytest.mark.parametrize("kind", ["page", "summary"])
def test_the_loss_stands_on_every_kind_of_page(spec, format, kind):
    made = spec(CELL)
    page = made.write(format, kind=kind, language="de")
    assert page.index("Der Verlust") > 0
    assert "64.7917" in page if kind == "summary" else re.search(r"1555\W+24", page)


def test_slides_have_the_loss(spec):
    page = spec(CELL).write("latex", kind="slides")
    assert page.count(r"\begin{frame}{The loss}") >= 2


def test_a_page_names_a_cell_by_what_it_is_made_of(spec):
    made = spec(CELL)
    page = hand_calculation(made.subject)
    assert "Stepping through SimpleRNN with a Dense layer" in page
    german = hand_calculation(made.loss, language="de")
    assert "SimpleRNN mit einer Dense-Schicht, Schritt für Schritt" in german
    assert "The cell SimpleRNN with a Dense layer" in figure(made.trace.cell).svg()


@pytest.mark.parametrize(
    "run",
    ["", 'algebra = "ball"\ndigits = 8\n', 'rounding = "each line"\ndigits = 5\n'],
)
def test_the_code_of_a_notebook_runs_and_holds(spec, tmp_path, run):
    made = spec(CELL, "[loss]", f"{run}[loss]")
    path = tmp_path / "mine.ipynb"
    made.page(path).write()
    cells = json.loads(path.read_text("utf-8"))["cells"]
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["loss"].value == made.loss.value or run.startswith("algebra")
    assert "headed(" in "".join(map(str, cells))


def test_symbols_have_a_head_and_no_loss(spec):
    symbols = """
[cell]
type = "SimpleRNN"
units = 1
[head]
units = 1
activation = "sigmoid"
[run]
steps = 2
"""
    page = spec(symbols).write("terminal")
    assert "y_1 = σ(W_y h_1 + b_y)" in page
    with pytest.raises(SpecError, match=r"\[loss\] needs numbers; give \[weights\], or leave"):
        spec(symbols + '[loss]\ntype = "mean_squared_error"\ntargets = 1\n')


def test_a_cell_with_a_head_is_trained_and_varied(spec):
    trained = spec(
        re.sub(r"\[loss\].*", "", CELL, flags=re.S).replace("[1, -2, 3]", "[[1, -2, 3]]")
        + '[training]\ntargets = [[1, 1]]\nloss = "half_squared_error"\nlearning_rate = "1/10"\n'
    )
    assert "head_kernel" in trained.subject[0].layer.cell.groups
    assert "W_y ←" in trained.write("terminal")


def test_an_exercise_of_a_head_has_copies_with_other_numbers(spec, tmp_path):
    made = spec(
        CELL + "[exercise]\nvary = {W_y = [-2, 2], inputs = [-2, 2]}\nbounds = {size = 10000}\n"
    )
    copy = variation(made, seed=1)
    assert copy.loss.value != made.loss.value
    before, after = (one.trace.given.weights for one in (made, copy))
    assert {name for name in after if (after[name] != before[name]).any()} == {"W_y"}
    blank = sheets(made).sheet(tmp_path / "sheet.md").text
    key = sheets(made).key(tmp_path / "key.md").text
    assert "The loss" in blank
    assert [r"\Delta_{y,1} &= " in page for page in (blank, key)] == [False, True]


def test_a_network_ends_with_a_head_of_the_last_outputs(spec):
    (torch,) = required("torch", "torch")
    made = spec(NETWORK)
    rnn = torch.nn.RNN(1, 1, bidirectional=True, bias=False, dtype=torch.float64)
    head = torch.nn.Linear(2, 3, dtype=torch.float64)
    numbers = {"weight_ih_l0": 1, "weight_hh_l0": 0.5}
    numbers |= {"weight_ih_l0_reverse": -1, "weight_hh_l0_reverse": 0.25}
    with torch.no_grad():
        for name, number in numbers.items():
            getattr(rnn, name).fill_(number)
        head.weight.copy_(torch.tensor([[1, 3], [2, 0.5], [0, -1]]))
        head.bias.copy_(torch.tensor([0, 1, 0]))
    x = torch.tensor([[1.0], [0.5], [-1]], dtype=torch.float64, requires_grad=True)
    _, last = rnn(x)
    loss = torch.nn.functional.cross_entropy(head(last[:, 0]), torch.tensor(0))
    loss.backward()
    assert float(made.loss.value.mid()) == pytest.approx(loss.item(), rel=1e-12)
    inputs = np.array([float(one.mid()) for one in made.subject.inputs.flat])
    assert inputs == pytest.approx(x.grad.numpy().ravel(), rel=1e-11)
    of_head = np.array([float(one.mid()) for one in made.subject.layers[-1]["W_y"].flat])
    assert of_head == pytest.approx(head.weight.grad.numpy().ravel(), rel=1e-11)
    assert all(check.agrees for check in made.checks())


def test_a_network_says_what_flows_to_its_head_and_back(spec):
    page = " ".join(spec(NETWORK).write("terminal").split())
    said = (
        "The outputs that the layers 1, 2 of level 1 end with are the only input of level 2",
        "x_1 = (h_3^(1), h_3^(2))",
        "The loss of the run is the cross-entropy, of logits.",
        "L = -sum(d_1 ⊙ logsoftmax(y_1))",
        "softmax(z)_k = exp(z_k) / Σ_j exp(z_j)",
        "get their parts of it as Δ_{v,t} at their last time steps",
        "(Δ_{h,3}^(1), Δ_{h,3}^(2)) = x̄_1^(3)",
        "x̄_3 = x̄_3^(1) + x̄_1^(2)",
    )
    found = [page.index(one) for one in said]
    assert found == sorted(found)


def test_a_head_of_every_output_is_another_level(spec):
    every = NETWORK.replace("return_sequences = false\n", "")
    every = every.replace("[[1, 0, 0]]", "[0, 2, 1]")
    made = spec(every).subject
    assert np.shape(made.adjoints.sequence_out) == (3, 3)
    first, *_ = spec(every + "[head.expect]\ny = 0\n").mismatches()
    assert str(first).startswith("step 1, the head, y[0]: expected exactly 0, got ")
    page = spec(every).write("terminal")
    assert "From level 1 to level 2" in page
    assert "L = 1/3 (L_1 + L_2 + L_3)" in page


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (CELL, "units = 2\n[head.weights]", "[head.weights]", r"\[head\] units is missing"),
        (CELL, "[head]", '[head]\ntype = "GRU"', r"\[head\].* remembers; give a head that does"),
        (CELL, "[head]", "[head]\nreturn_sequences = false", "return_sequences is for"),
        (CELL, "[head]", "[head]\nsize = 3", r"\[head\] has no key 'size'"),
        (CELL, "kernel = [[1, 2], [3", "kernel = [[1], [3", r"\[head.weights\] "),
        (CELL, HEAD_WEIGHTS, "weights = 3\n", r"toml: \[head.weights\] is 3; make it a table"),
        (CELL, HEAD_WEIGHTS, "", r"\[head\] weights is missing; give numbers in"),
        (CELL, '"mean_squared_error"', '"mse"', r"\[loss\] type is 'mse'; 'mse' is called"),
        (CELL, 'type = "mean_squared_error"\n', "", r"\[loss\] type is missing; give one of"),
        (CELL, "targets = [[0, 1], [1, 1], [2, 0]]", "", r"\[loss\] targets is missing"),
        (CELL, "[[0, 1], [1, 1], [2, 0]]", "[1, 2, 3]", r"\[loss\] targets have shape \(3,\)"),
        (
            CELL,
            "[loss]",
            "[loss]\nreduction = 'most'",
            r"\[loss\] reduction is 'most'; give 'mean'",
        ),
        (CELL, "[loss]", "[loss]\nfrom_logits = 1", r"\[loss\] from_logits is 1; give true"),
        (CELL, "[loss]", "[loss]\nweight = 1", r"\[loss\] has no key 'weight'"),
        (CELL, '"mean_squared_error"', '"binary_crossentropy"', r"\[loss\] log "),
        (CELL, "[backward]", "[backward]\ngrad_sequence = 1", "beside .loss., whose gradients"),
        (
            CELL,
            "[backward]",
            '[training]\ntargets = 1\nloss = "a"',
            "is part of .training. already",
        ),
        (NETWORK, "return_sequences = false", "return_sequences = 0", "give true or false"),
        (NETWORK, "[head]", '[head]\ntype = "GRU"', r"\[head\] .*remembers; give a type that"),
    ],
)
def test_what_makes_no_sense_is_one_clear_sentence(spec, text, old, new, message):
    with pytest.raises(SpecError, match=message) as caught:
        spec(text, old, new)
    assert "\n" not in str(caught.value)


def test_what_a_wrong_output_sends_back_follows_from_it(spec):
    """Someone whose h_3 is wrong, and all else right: the gradients are those of that h_3."""
    made = spec(CELL)
    right = [str(one) for one in np.ravel(made.trace[3].h)]
    wrong = [str(Fraction(right[0]) + 1), right[1]]
    y = np.array([[1, 3], [2, Fraction(1, 2)]]) @ [Fraction(one) for one in wrong] + [0, 1]
    back = (y - [2, 0]) / 3
    marks = mark(
        made, {"h_3": wrong, "y_3": [*map(str, y)], "gradients": {"y_3": [*map(str, back)]}}
    )
    verdicts = {one.name: one.verdict for one in marks.answers if one.verdict != "missing"}
    assert [*verdicts.values()] == ["slip", "carried on", "carried on"]
