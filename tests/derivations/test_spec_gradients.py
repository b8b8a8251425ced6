"""Derivation files that ask for gradients, for training, and for a chapter beside."""

import pytest

from symlstm.derivations.spec import load
from symlstm.errors import SpecError

GRADIENTS = """
title = "A title"
[cell]
type = "LSTM"
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1, 1]
[backward]
[expect]
state_h = 3211
[expect.gradients]
W_i = 17602
bias = [17602, 1573, 17602, 15678]
x = [40339, 11453, 663]
c = [14443, 1495, 13]
"""

TRAINING = """
[cell]
type = "SimpleRNN"
units = 1
activation = "relu"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [[1, 1], [1, 0]]
[training]
targets = [1, 2]
loss = "half_squared_error"
learning_rate = 0.5
batch_size = [1, 2]
[expect.weights]
W = [0, "3/4"]
bias = [[-1], [0]]
"""


@pytest.fixture
def write(tmp_path):
    def write_(text, name="mine"):
        path = tmp_path / f"{name}.derivation.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_


@pytest.mark.parametrize("text", [GRADIENTS, TRAINING])
def test_what_holds_has_no_mismatches(write, text):
    derivation = load(write(text))
    assert derivation.expect
    assert derivation.mismatches() == []
    assert all(check.agrees for check in derivation.checks())


@pytest.mark.parametrize(
    ("text", "old", "new", "mismatch"),
    [
        (GRADIENTS, "W_i = 17602", "W_i = 1", "gradient by W_i: expected 1, got 17602"),
        (GRADIENTS, "1495, 13]", "0, 13]", "step 2, gradient by c: expected 0, got 1495"),
        (GRADIENTS, "1573,", "0,", r"gradient by bias[1]: expected 0, got 1573"),
        (GRADIENTS, "3211", "0", "step 3, state_h: expected 0, got 3211"),
        (TRAINING, '"3/4"', "0", "W after training[1]: expected 0, got 3/4"),
        (TRAINING, "[-1]", "[1]", "bias after training[0][0]: expected 1, got -1"),
    ],
)
def test_what_does_not_hold_is_named(write, text, old, new, mismatch):
    assert old in text
    assert [str(m) for m in load(write(text.replace(old, new, 1))).mismatches()] == [mismatch]


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (GRADIENTS, "[backward]", "[backward]\ngrad_h = 1", r"\[backward\] has no key 'grad_h'"),
        (GRADIENTS, "[backward]", "[backward]\ngrad_sequence = [1]", "grad_sequence has shape"),
        (GRADIENTS, "[backward]\n", "", r"\[expect\] gradients are expected of \[ba"),
        (GRADIENTS, "W_i = 17602", "W_q = 1", r"\[expect.gradients\] has no key 'W_q'"),
        (GRADIENTS, "W_i = 17602", "W_i = [1]", r"gradient by W_i has shape \(1,\), and"),
        (TRAINING, "inputs = [[1, 1], [1, 0]]", "inputs = [[1], [1, 0]]", r"\[run\] the rows of"),
        (TRAINING, "batch_size = [1, 2]", "batch_size = [1, 1]", r"batch_size is \[1, 1\]; give"),
        (TRAINING, "learning_rate = 0.5", "learning_rate = -0.5", "learning_rate is -0.5; give 0"),
        (TRAINING, 'loss = "half_squared_error"\n', "", "loss is missing; give one of half"),
        (GRADIENTS, "state_h = 3211\n[expect.gradients]", "gradients = 3\n[other]", "key 'other'"),
        (GRADIENTS, "[run]", '[document]\nstate_jacobian = "i"\n[run]', "_jacobian is 'i'; .*c"),
        (GRADIENTS, "[run]", "[document]\nworked = 1\n[run]", "worked is 1; give true or false"),
        (TRAINING, "[training]", "[backward]\n[training]", r"\[backward\] is part of \[training\]"),
        (TRAINING, "targets = [1, 2]\n", "", r"\[training\] targets is missing"),
        (TRAINING, "[1, 2]\nloss", "[1, 2, 3]\nloss", r"\[training\] targets have shape \(3,\)"),
        (TRAINING, "half_sq", "half_q", "loss is 'half_quared_error'; did you mean 'half_squared"),
        (TRAINING, "batch_size = [1, 2]", "batch_size = 0", "batch_size is 0"),
        (TRAINING, "batch_size = [1, 2]", "batch_size = []", r"batch_size is \[\]; give a whole"),
        (TRAINING, "inputs = ", "stateful = true\ninputs = ", "no key 'stateful' for training"),
        (TRAINING, "[expect.weights]", "[expect]\nh = 1\n[expect.weights]", "has no key 'h'"),
        (TRAINING, "[expect.weights]\nW", "[expect]\nweights", "make it a table"),
        (TRAINING, '"relu"', '"tanh"', r"\[cell\] activation is 'tanh', which has no exact"),
        (TRAINING, "[run]", '[document]\nstate_jacobian = "h"\n[run]', "is not for .training"),
        (TRAINING, "learning_rate =", "return_sequences = 1\nlearning_rate =", "is 1; give true"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_error(write, text, old, new, message):
    assert old in text
    path = write(text.replace(old, new, 1))
    with pytest.raises(SpecError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_number_fills_what_is_expected(write):
    derivation = load(write(GRADIENTS.replace("c = [14443, 1495, 13]", "o = 1")))
    assert [m.step for m in derivation.mismatches()] == [1, 2, 3]


def test_functions_without_exact_values_are_named_together(write):
    text = GRADIENTS.replace('"linear"', '"tanh"')
    with pytest.raises(SpecError, match="activation is 'tanh' and recurrent_activation is 'tanh'"):
        load(write(text))
    with pytest.raises(SpecError, match=r"thresholded_relu, clip$"):
        load(write(TRAINING.replace('"relu"', '"tanh"')))


def test_a_decimal_learning_rate_is_what_it_says(write):
    (first, _) = load(write(TRAINING.replace("0.5", "0.1"))).subject
    assert first.updates[0].learning_rate * 10 == 1


def test_a_chapter_beside_follows_in_the_document(write, tmp_path):
    write(TRAINING, "other")
    main = GRADIENTS.replace("[run]", '[document]\nbeside = "other.derivation.toml"\n[run]')
    page = load(write(main)).write("markdown")
    assert page.count("## The cell") == 2
    write(TRAINING.replace('"3/4"', "1"), "other")
    assert [str(m) for m in load(tmp_path / "mine.derivation.toml").mismatches()] == [
        "W after training[1]: expected 1, got 3/4"
    ]
    assert page.index("# A title") < page.index("# other\n") < page.index("## Batch size 1")


def test_files_beside_each_other_are_refused(write):
    for mine, other in (("a", "b"), ("b", "a")):
        text = GRADIENTS.replace("[run]", f'[document]\nbeside = "{other}.derivation.toml"\n[run]')
        path = write(text, mine)
    with pytest.raises(SpecError, match=r"a\.derivation\.toml: \[document\] beside is given"):
        load(path)
    missing = (
        r"mine\.derivation\.toml: \[document\] beside: .*none\.derivation\.toml: cannot be read"
    )
    with pytest.raises(SpecError, match=missing):
        load(write(text.replace("a.derivation", "none.derivation")))


@pytest.mark.parametrize("old", ['"half_squared_error"', '"SimpleRNN"', "0.5"])
def test_numbers_that_python_does_not_print_are_one_error(write, old):
    with pytest.raises(SpecError, match="4300 digits has to be written as text"):
        load(write(TRAINING.replace(old, "0x" + "f" * 5000)))


def test_a_long_value_that_is_not_expected_is_shown_in_part(write):
    text = TRAINING.replace("learning_rate = 0.5", f'learning_rate = "{"7" * 5000}"')
    mismatches = load(write(text)).mismatches()
    assert all(len(str(mismatch)) < 200 for mismatch in mismatches)
    assert "digits]" in str(mismatches[0])
