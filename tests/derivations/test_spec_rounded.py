"""Derivation files whose every value is rounded: what they take, expect, and come to."""

import pytest
import sympy

from symlstm.derivations.spec import load
from symlstm.errors import SpecError

GOOD = """
[cell]
units = 1
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1, 1]
rounding = "each line"
digits = 4
"""


@pytest.fixture
def write(tmp_path):
    def write_file(text):
        path = tmp_path / "mine.derivation.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        ("digits = 4", (4, None, "half_up")),
        ("decimals = 2", (None, 2, "half_up")),
        ('digits = 3\nties = "half even"', (3, None, "half_even")),
        ('decimals = 0\nties = "half up"', (None, 0, "half_up")),
    ],
)
def test_the_keys_say_how_each_value_is_rounded(write, keys, places):
    algebra = load(write(GOOD.replace("digits = 4", keys))).trace.algebra
    assert (algebra.name, algebra.digits, algebra.decimals, algebra.rounding) == (
        "decimal",
        *places,
    )


@pytest.mark.parametrize("format_", ["latex", "markdown", "terminal"])
def test_its_document_is_of_rounded_values_with_or_without_gradients(write, format_):
    for text in (GOOD, GOOD + "[backward]"):
        page = load(write(text)).write(format_)
        assert "4 significant digits" in page
        assert "0.7888" in page
        assert "at most" in page


def test_a_rounded_value_has_to_be_the_decimal_that_is_expected(write):
    right = f"{GOOD}[expect]\nstate_h = 0.7888\nx = 1\nf = [0.7311, 0.7971, 0.8410]"
    values = load(write(GOOD)).trace["f"]
    right = right.replace("[0.7311, 0.7971, 0.8410]", str([float(value) for value in values]))
    assert load(write(right)).mismatches() == []
    (mismatch,) = load(write(f"{GOOD}[expect]\nstate_h = 0.79")).mismatches()
    assert str(mismatch) == "step 3, state_h: expected 0.79, got 0.7888"
    (mismatch,) = load(write(f'{GOOD}[expect]\nstate_h = "1/3"')).mismatches()
    assert str(mismatch) == "step 3, state_h: expected 1/3, got 0.7888"


def test_rounded_gradients_are_expected_likewise(write):
    gradient = load(write(f"{GOOD}[backward]")).subject["W_o"]
    right = str(sympy.Float(gradient, 4))
    assert load(write(f"{GOOD}[backward]\n[expect.gradients]\nW_o = {right}")).mismatches() == []
    (mismatch,) = load(write(f"{GOOD}[backward]\n[expect.gradients]\nW_o = 7.5")).mismatches()
    assert str(mismatch) == f"gradient by W_o: expected 7.5, got {right}"


def test_it_is_compared_with_the_certified_values_and_not_with_float64(write):
    derivation = load(write(GOOD))
    assert (derivation.checks(), derivation.numeric, derivation.rounds) == ([], False, True)
    (distance,) = derivation.distances()
    assert 0 < distance.most < 0.001
    exact = GOOD.replace('rounding = "each line"\ndigits = 4', 'algebra = "ball"')
    assert (load(write(exact)).distances(), load(write(exact)).rounds) == ([], False)


MISTAKES = [
    ("each line", "every line", r"rounding is 'every line'; give rounding = \"each line\""),
    ('"each line"', "true", r"rounding is True; give rounding = \"each line\""),
    ("digits = 4", "", "of digits and decimals neither is given; give digits = 4"),
    ("digits = 4", "digits = 4\ndecimals = 4", "of digits and decimals both are given"),
    ("digits = 4", "digits = 0", "digits is 0; give a whole"),
    ("digits = 4", 'digits = "four"', "digits is 'four'; give a whole"),
    ("digits = 4", "decimals = -1", "decimals is -1; give a whole"),
    ("digits = 4", 'digits = 4\nties = "up"', "ties is 'up'; .*half up, half even"),
    ("digits = 4", "digits = 4\nties = []", r"ties is \[\]; .*half up, half even"),
    ("digits = 4", 'digits = 4\nalgebra = "ball"', "algebra is 'ball', and .*leave one of them"),
    ('rounding = "each line"\n', "", "digits are certified.*rounding = \"each line\""),
    ('rounding = "each line"\ndigits = 4', "decimals = 4", "decimals is for lines that"),
    ('rounding = "each line"\ndigits = 4', 'ties = "half up"', "ties is for lines that are"),
    ('rounding = "each line"\n', 'algebra = "decimal"\n', "algebra is 'decimal'; 'decimal' is"),
    ("[run]", '[training]\ntargets=[1]\nloss="half_squared_error"\nlearning_rate=1\n[run]',
     r"rounding is not for \[training\]"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_what_is_wrong_is_one_error_that_names_the_mend(write, old, new, message):
    with pytest.raises(SpecError, match=rf"mine\.derivation\.toml: \[run\] {message}"):
        load(write(GOOD.replace(old, new)))


def test_symbols_have_nothing_to_round(write):
    text = GOOD.replace("[weights]\nkernel = 1\nrecurrent_kernel = 1\nbias = 0\n", "")
    with pytest.raises(SpecError, match="has no key 'inputs' for symbols"):
        load(write(text))
