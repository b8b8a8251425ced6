"""Derivation files that train: in balls, and with an optimizer's settings."""

import pytest

from symlstm.derivations.spec import load
from symlstm.errors import SpecError

TRAINING = """
[cell]
units = 1
input_dim = 2
[weights]
kernel = { c = [["1/2"], ["1/4"]], i = [[1], ["3/4"]], f = [["3/4"], ["1/2"]], o = [["1/2"], [1]] }
recurrent_kernel = { c = "1/8", i = "3/4", f = "1/8", o = "1/4" }
bias = { c = "1/4", i = "1/2", f = "1/8", o = "1/8" }
[run]
inputs = [[[1, 2], ["1/2", 3]]]
algebra = "ball"
digits = 7
[training]
targets = [[["1/2"], ["5/4"]]]
loss = "half_squared_error"
learning_rate = "1/10"
return_sequences = true
epochs = 2
optimizer = "momentum"
momentum = 0.75
"""


@pytest.fixture
def write(tmp_path):
    def write_(text):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text, "utf-8")
        return path

    return write_


def test_a_training_in_balls_is_told_in_certified_digits(write):
    derivation = load(write(TRAINING))
    updates = derivation.subject[0].updates
    assert all(check.agrees and check.certified for check in derivation.checks())
    page = derivation.write("terminal")
    assert "η = 0.1, μ = 0.75" in page
    assert "V_{W_i} ← μ V_{W_i} - η W̄_i^(1)" in page
    for update in updates:
        shown = update.after["W_i"][0, 0].str(7, radius=False)
        assert f"≈ [{shown} " in page
    assert "Every weight W has a velocity V_W" in " ".join(page.split())


@pytest.mark.parametrize("format", ["markdown", "latex"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_optimizer_is_told_in_every_language_and_format(write, format, language):
    page = load(write(TRAINING)).write(format, language=language)
    assert r"\gets \mu V_{W_i} - \eta \bar W_i^{(1)}" in page
    assert ("velocity" if language == "en" else "Geschwindigkeit") in page


def test_what_comes_of_a_training_in_balls_is_expected_in_decimals(write):
    layer = load(write(TRAINING)).subject[0].layer
    shown = [entry.str(5, radius=False) for entry in layer["W_o"][0]]
    right = f"{TRAINING}[expect.weights]\nW_o = [[{', '.join(shown)}]]\n"
    assert not load(write(right)).mismatches()
    wrong = right.replace("W_o = [[0.", "W_o = [[0.1")
    (mismatch,) = load(write(wrong)).mismatches()
    assert str(mismatch).startswith("W_o after training[0][0]: expected 0.1")


def test_adam_is_for_balls(write):
    adam = TRAINING.replace('optimizer = "momentum"\nmomentum = 0.75', 'optimizer = "torch_adam"')
    page = load(write(adam)).write("latex")
    assert r"(\bar W_i^{(1)})^2" in page
    assert r"\hat m_{W_i} \oslash (\hat v_{W_i}^{1/2} + \epsilon)" in page
    linear = 'units = 1\nactivation = "linear"\nrecurrent_activation = "linear"'
    exact = adam.replace("units = 1", linear).replace('algebra = "ball"\ndigits = 7', "")
    with pytest.raises(SpecError, match=r"\[training\] optimizer 'torch_adam' has a square_root"):
        load(write(exact))


@pytest.mark.latex
def test_a_page_with_adam_compiles(write, compile_latex):
    adam = TRAINING.replace('optimizer = "momentum"\nmomentum = 0.75', 'optimizer = "adam"')
    for worked in ("true", "false"):
        text = f"{adam}[document]\nworked = {worked}\n"
        compile_latex(load(write(text)).write("latex"))


def test_a_table_of_updates_has_what_the_optimizer_keeps(write):
    page = load(write(f"{TRAINING}[document]\nworked = false\n")).write("terminal")
    rows = [line.split()[0] for line in page.splitlines() if line.split()]
    assert rows.count("V") == rows.count("before") - page.count("batch size   ") > 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('optimizer = "momentum"', 'optimizer = "sgd"', "optimizer 'sgd' has no momentum"),
        ('optimizer = "momentum"', "optimizer = 1", "optimizer is 1; known: sgd, momentum"),
        ('optimizer = "momentum"', 'optimizer = "adam"', "'adam' has no momentum; those that"),
        ("momentum = 0.75", "momentum = 2", "momentum is 2; give less than 1"),
        (
            'algebra = "ball"\ndigits = 7',
            "",
            r"\[cell\] .*give algebra = \"ball\" in \[run\] for c",
        ),
        ('algebra = "ball"', "stateful = true", r"\[run\] has no key 'stateful' for training"),
        ('algebra = "ball"', 'algebra = "float"', r"\[run\] algebra is 'float'"),
    ],
)
def test_what_is_wrong_names_the_mend(write, old, new, message):
    with pytest.raises(SpecError, match=message):
        load(write(TRAINING.replace(old, new)))


SEEDED = """
[cell]
units = 1
[weights]
kernel = "1/2"
recurrent_kernel = "1/4"
bias = "1/8"
[run]
inputs = [1, 2]
algebra = "ball"
[backward]
seeds = { c = { 1 = "1/2" }, i = [0, 1] }
"""


def test_a_file_has_seeds_by_any_value_at_any_step(write):
    derivation = load(write(SEEDED))
    trace = derivation.trace
    expected = trace.backward(seeds={"c": {1: "1/2"}, "i": [0, 1]})
    assert derivation.subject["W_i"].overlaps(expected["W_i"])
    assert "Δ_{c,1} = 0.5" in derivation.write("terminal")
    assert derivation.checks()[0].agrees
    with pytest.raises(SpecError, match=r"\[backward\] seeds has 'c' at 'one'"):
        load(write(SEEDED.replace("{ 1 =", "{ one =")))
