"""Derivation files of certified digits: what they ask for, and what they can expect."""

import pytest

from symlstm.derivations.spec import load
from symlstm.errors import SpecError
from symlstm.numbers.exact import Interval

GOOD = """
[cell]
type = "LSTM"
units = 1
[weights]
kernel = 0.5
recurrent_kernel = "1/3"
bias = 0
[run]
inputs = [1, -0.5]
algebra = "ball"
"""
RATIONAL = GOOD.replace(
    "units = 1", 'units = 1\nactivation = "softsign"\nrecurrent_activation = "hard_sigmoid"'
)


@pytest.fixture
def write(tmp_path):
    def write_(text):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_


def test_a_file_asks_for_certified_digits(write):
    derivation = load(write(GOOD))
    assert derivation.trace.algebra.digits == 6
    page = " ".join(derivation.write("terminal").split())
    assert "b_i) = σ(0.5 · 1 + 1/3 · 0 + 0) = σ(0.5) ≈ 0.622459 f_1" in page
    assert load(write(GOOD + "digits = 3\n")).trace.algebra.digits == 3


@pytest.mark.parametrize(
    "expected",
    ["[0.6225, 0.45]", '["0.622459331202", "0.5"]', "[0.6, 5e-1]", '["6e-1", ".5"]'],
)
def test_a_decimal_holds_to_the_last_digit_that_is_written(write, expected):
    assert load(write(f"{GOOD}[expect]\ni = {expected}\n")).mismatches() == []


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("0.6224", "step 1, i: expected 0.6224, got 0.6224593"),
        ("0.62", "step 2, i: expected 0.62, got 0.45"),
        ("0.60", "step 1, i: expected 0.60, got 0.62246"),
        ('"1/2"', "step 1, i: expected exactly 1/2, got 0.622459331202"),
        ("1", "step 1, i: expected exactly 1, got 0.622459331202"),
    ],
)
def test_what_is_another_number_is_shown_with_more_digits(write, expected, message):
    mismatches = load(write(f"{GOOD}[expect]\ni = {expected}\n")).mismatches()
    assert any(str(mismatch).startswith(message) for mismatch in mismatches), mismatches


def test_integers_and_fractions_have_to_be_proven_exactly(write):
    text = GOOD.replace("inputs = [1, -0.5]", "inputs = [0]")
    assert load(write(f'{text}[expect]\nh = 0\nc_tilde = "0/3"\nc = 0.0\n')).mismatches() == []
    (mismatch,) = load(write(f"{text}[expect]\ni = 0\n")).mismatches()
    assert str(mismatch) == "step 1, i: expected exactly 0, got 0.5"


def test_gradients_are_expected_likewise(write):
    text = f"{GOOD}[backward]\n[expect.gradients]\nW_o = 0.00"
    digits = str(load(write(text.partition("[expect")[0])).subject["W_o"].str(5, radius=False))
    text = text.replace("0.00", digits)
    assert load(write(text)).mismatches() == []
    wrong = load(write(text.replace("gradients]", "gradients]\nU_o = 7.5"))).mismatches()
    assert [mismatch.name for mismatch in wrong] == ["gradient by U_o"]


def test_weights_and_inputs_may_be_intervals(write):
    text = GOOD.replace("kernel = 0.5", 'kernel = "0.5 ± 0.001"', 1).replace(
        "-0.5", '"-1/2 +/- 0.001"'
    )
    derivation = load(write(text + "[expect]\ni = [0.6, 0.5]\n"))
    assert derivation.trace.given.weights["W_i"][0, 0] == Interval("1/2", "1/1000")
    assert derivation.mismatches() == []
    assert (derivation.checks(), derivation.numeric) == ([], False)
    assert r"\in {[0.62" in derivation.write("markdown")


def test_float64_is_compared_with_the_certified_values(write):
    derivation = load(write(RATIONAL))
    (check,) = derivation.checks()
    assert check.agrees
    assert check.certified
    assert derivation.numeric


MISTAKES = [
    ('algebra = "ball"', 'algebra = "bal"', r"\[run\] algebra is 'bal'; did you mean 'ball'"),
    ('algebra = "ball"', 'algebra = "float"', r"\[run\] algebra is 'float'; .*exact, ball"),
    ('algebra = "ball"', "algebra = []", r"\[run\] algebra is \[\]; .*exact, ball"),
    ('algebra = "ball"', "digits = 5", r'\[run\] digits are certified.*algebra = "ball"'),
    ('algebra = "ball"', 'algebra = "ball"\ndigits = 0', r"\[run\] digits is 0; give a whole"),
    ('algebra = "ball"', "", r'\[cell\] .*no exact values; give algebra = "ball" in \[run\] for '
     r"certified digits, leave out \[weights\] for symbols, or choose among linear, .*, clip$"),
    ('algebra = "ball"', 'algebra = "interval"', r"\[run\] .*'interval' is called 'ball' here"),
    ("bias = 0", 'bias = "1 ± -1"', r"\[weights\] bias: radius is -1"),
    ('algebra = "ball"', 'algebra = "ball"\n[expect]\ni = "1 ± 1"',
     r"\[expect\] i is 1 ± 1, an interval"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_what_is_wrong_is_one_error_that_names_file_key_and_mend(write, old, new, message):
    with pytest.raises(SpecError, match=rf"mine\.derivation\.toml: {message}"):
        load(write(GOOD.replace(old, new)))


def test_intervals_need_balls(write):
    text = RATIONAL.replace('algebra = "ball"', "").replace("kernel = 0.5", 'kernel = "0.5 ± 1"', 1)
    with pytest.raises(SpecError, match=r"W_i has the interval 1/2 ± 1, .*algebra='ball'"):
        load(write(text))
