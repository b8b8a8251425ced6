"""What pages tell of a loss: its equations, its lines with numbers, its total."""

import re
from fractions import Fraction

import pytest

from symlstm import Cell, Dense, Equation, SimpleRNN, hand_calculation, headed
from symlstm.equations import multiply, scale
from symlstm.losses.table import LOSSES, OF_LOGITS

EVERY = [(name, False) for name in LOSSES] + [(name, True) for name in OF_LOGITS]


def scalar(**options):
    return SimpleRNN(1, activation=None).bind(kernel="1/2", recurrent_kernel=1, bias=0, **options)


def section(page):
    """Return what stands between the forward and the backward pass, a line for each line."""
    found = page.partition("The loss\n")[2].partition("The backward pass\n")[0]
    return [" ".join(line.split()) for line in found.splitlines() if line.strip()]


@pytest.mark.parametrize(("name", "from_logits"), EVERY)
def test_every_loss_is_told_in_every_format(name, from_logits):
    activation = None if from_logits or "error" in name else "softmax"
    cell = headed(SimpleRNN(1), Dense(2, activation=activation))
    layer = cell.bind(kernel="1/2", recurrent_kernel=1, bias=0, W_y=[[1], ["1/4"]], b_y=0)
    options = {"loss": name, "from_logits": from_logits, "algebra": "ball", "digits": 6}
    gradients = layer.loss([1, 2], [[1, 0], [0, 1]], **options).backward()
    for written, language, said in (
        ("latex", "de", "Zielwert"),
        ("terminal", "en", "that has a target"),
    ):
        page = hand_calculation(gradients, written, language=language, figures=False)
        assert said in " ".join(page.split())
        assert gradients.loss.value.str(6, radius=False) in page


def test_every_line_of_a_loss_has_its_numbers():
    """Of the outputs 1/2 and 3/2, with the targets 1 and 0."""
    page = section(hand_calculation(scalar().loss([1, 2], [1, 0]).backward()))
    assert page[-8:] == [
        "y_1 = 1, y_2 = 0",
        "e_1 = h_1 - y_1 = 1/2 - 1 = -1/2",
        "L_1 = e_1² = (-1/2)² = 1/4",
        "e_2 = h_2 - y_2 = 3/2 - 0 = 3/2",
        "L_2 = e_2² = (3/2)² = 9/4",
        "L = 1/2 (L_1 + L_2) = 1/2 (1/4 + 9/4) = 5/4",
        "Δ_{h,1} = e_1 = -1/2",
        "Δ_{h,2} = e_2 = 3/2",
    ]


def test_the_losses_of_several_sequences_are_put_together():
    inputs, targets = [[[1], [2]], [[0], [3]]], [[[1], [0]], [[0], [1]]]
    mask = [[True, True], [True, False]]
    loss = scalar().run(inputs, mask=mask).loss(targets)
    outputs = [Fraction(1, 2), Fraction(3, 2), Fraction(0)]
    errors = [out - target for out, target in zip(outputs, [1, 0, 0], strict=True)]
    value = sum(error**2 for error in errors) / 3
    assert loss.value == value
    page = section(hand_calculation(loss.backward()))
    assert page[-1] == f"L = 1/3 (L_1^(1) + L_2^(1) + L_1^(2)) = 1/3 (1/4 + 9/4 + 0) = {value}"
    assert page.count("Sequence 1:") == page.count("Sequence 2:") == 1
    tabled = section(hand_calculation(loss.backward(), worked=False))
    assert "t h_t y_t e_t L_t Δ_{h,t}" in tabled
    assert "2 3/2 0 3/2 9/4 1" in tabled
    assert tabled[-1] == page[-1]


def test_a_sum_is_told_as_that():
    page = hand_calculation(scalar().loss([1, 1], [1, 0], reduction="sum"))
    assert "L = L_1 + L_2 = 1/4 + 1 = 5/4" in page
    assert "sends into" not in page


def test_a_single_target_has_the_loss_of_the_sequence():
    page = section(hand_calculation(scalar().loss([1, 1], 3).backward()))
    assert "L = e_2² = (-2)² = 4" in page
    assert "Δ_{h,2} = 2 e_2 = 2 · (-2) = -4" in page


def test_lines_that_are_rounded_follow_from_each_other():
    """A logarithm is rounded, and stands in no line of its own: what follows it is not exact."""
    cell = headed(SimpleRNN(1, activation=None), Dense(1, activation="sigmoid"))
    layer = cell.bind(kernel="1/2", recurrent_kernel=1, bias=0, W_y=1, b_y=0)
    trace = layer.run([1, 2], algebra="decimal", decimals=4)
    page = "\n".join(section(hand_calculation(trace.loss([1, 1], loss="binary_crossentropy"))))
    (first,) = re.findall(r"L_1 = .*?(?=L_2)", page, re.S)
    assert first.split()[-2] == "≈"
    assert Fraction(first.split()[-1]) == Fraction("0.4740")  # -log(0.6225) = 0.47401


@pytest.mark.parametrize("lengths", [[0, 2], [0, 1]])
def test_a_sequence_without_any_step_has_no_loss(lengths):
    loss = scalar().loss([[[1], [2]], [[1], [2]]], [[1, 0], [1, 0]], sequence_lens=lengths)
    for written in ("markdown", "latex", "terminal"):
        assert hand_calculation(loss.backward(), written)
    page = section(hand_calculation(loss.backward()))
    value = {2: Fraction(5, 4), 1: Fraction(1, 4)}[lengths[1]]
    assert loss.value == value
    assert [line for line in page if line.startswith("L =") and line.endswith(f"= {value}")]


@pytest.mark.parametrize("name", ["e", "y", "L"])
def test_what_a_loss_computes_has_a_name_of_its_own(name):
    class Own(Cell):
        def define(self):
            inner, h = self.vector(name), self.vector("h")
            return Equation(inner, multiply(self.W(), self.x)), Equation(h, scale(2, inner))

    page = section(hand_calculation(Own(1).bind(W=3).loss([1], [1])))
    assert not [line for line in page if line.startswith(f"{name}_1 =")]
    assert page[-1].endswith("= 25")
