"""Copies of an exercise: within bounds, the same for the same seed, and another for each number."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from by_hand import GATES, lstm
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm.derivations.spec import load
from symlstm.errors import NumberError, SpecError
from symlstm.exercises import variation, variations
from symlstm.gradients.gradients import Gradients

GOOD = """
[cell]
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1, 1]
"""
EXERCISE = """
[exercise]
vary = {kernel = [-2, 2], recurrent_kernel = [-1, 1], bias = {i = [0, 1]}, inputs = [-2, 2]}
"""
LARGE = "bounds = {size = 10000000, denominator = 1000000}"
LONGEST = """
[cell]
units = 2
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 1
[run]
inputs = [1, 1, 1, 1, 1]
[exercise]
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    def read_text(text):
        path = tmp_path_factory.mktemp("file") / "mine.derivation.toml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return read_text


@pytest.fixture(scope="module")
def derivation(read):
    return read(f"{GOOD}[backward]\n[expect]\nstate_h = 3211\n{EXERCISE}")


@pytest.fixture(scope="module")
def forward(read):
    return read(GOOD + EXERCISE)


def recomputed(copy):
    """Return all values of a copy, from the numbers in it, in plain fractions."""
    tables = copy.tables
    weights = {}
    for gate in GATES:
        kinds = (tables["weights"][letter] for letter in "WUb")
        weights[gate] = [Fraction(k[gate] if isinstance(k, dict) else k) for k in kinds]
    return lstm(weights, [Fraction(x) for x in tables["run"]["inputs"]])


@given(st.integers(0, 2**70), st.integers(1, 3))
@settings(max_examples=8)
def test_every_value_of_a_copy_is_within_bounds(derivation, seed, number):
    copy = variation(derivation, seed=seed, copy=number)
    assert isinstance(copy.subject, Gradients)
    values = recomputed(copy)
    assert all(abs(value) <= 100 and value.denominator <= 12 for value in values.values())
    assert copy.trace.state_h == values["h_3"]
    assert copy.subject["W_i"] == values["gradient by W_i"]
    zeros = sum(values[f"h_{t}"] == 0 for t in (1, 2, 3))
    assert zeros <= 1
    again = variation(derivation, seed=seed, copy=number)
    assert again.tables == copy.tables
    assert copy.expectations == ()
    assert copy.mismatches() == []


@given(st.integers(0, 1000))
@settings(max_examples=5)
def test_no_two_copies_are_alike_and_each_is_found_alone(forward, seed):
    told = [str(copy.tables) for copy in variations(forward, seed=seed, copies=5)]
    assert len(set(told)) == 5
    assert told[3] == str(variation(forward, seed=seed, copy=4).tables)


def test_the_numbers_of_a_seed_are_these(derivation):
    """They are what they were on another machine, another Python, another day."""
    copy = variation(derivation, seed=7, copy=2)
    assert copy.tables["weights"] == PINNED["weights"]
    assert copy.tables["run"] == PINNED["run"]


PINNED = {
    "weights": {
        "W": {"i": -2, "f": -1, "c": -2, "o": -1},
        "U": {"i": -1, "f": -1, "c": 0, "o": 1},
        "b": {"i": 1, "f": 0, "c": 0, "o": 0},
    },
    "run": {"inputs": [0, 1, 2]},
}


def test_numbers_come_from_the_seed_in_order(read):
    ranges = 'inputs = {from = 1, to = "7/2", step = "1/2"}'
    vary = f"[exercise]\nvary = {{{ranges}}}\n{LARGE}"
    text = GOOD.replace('recurrent_activation = "linear"', 'type = "SimpleRNN"')
    copy = variation(read(text + vary), seed=5)
    draw = Random(5).random
    expected = [1 + Fraction(1, 2) * int(draw() * 6) for _ in range(3)]
    assert [Fraction(x) for x in copy.tables["run"]["inputs"]] == expected


def test_what_does_not_vary_stays_as_the_file_gives_it(read):
    text = GOOD.replace("units = 1", "units = 2\ninput_dim = 2")
    text = text.replace("kernel = 1", "kernel = {i = 1, f = 2, c = 3, o = 4}", 1)
    text = text.replace("inputs = [1, 1, 1]", "inputs = [[1, 2]]\ninitial_state = [[1, 2], 0]")
    derivation = read(f"{text}[exercise]\nvary = {{W_f = [5, 9], initial_state = [1, 3]}}\n{LARGE}")
    copy = variation(derivation, seed=1)
    layer, given_ = derivation.trace.given, copy.trace.given
    for name, numbers in layer.weights.items():
        same = np.array_equal(given_.weights[name], numbers)
        assert same == (name != "W_f")
    assert set(copy.tables["weights"]) == {"W", "recurrent_kernel", "bias"}
    assert all(5 <= n <= 9 for n in given_.weights["W_f"].flat)
    assert copy.tables["run"]["inputs"] == [[1, 2]]
    assert all(1 <= n <= 3 for state in given_.states.values() for n in state.flat)


def test_weights_as_printed_and_as_a_program_has_them_vary_too(read):
    cell = "[cell]\nunits = 2\nactivation = 'linear'\nrecurrent_activation = 'linear'\n[weights]\n"
    run = f"[run]\ninputs = [1]\n[exercise]\nvary = {{W = {{i = [2, 5]}}}}\n{LARGE}"
    printed = "W_i = 1\nW_f = 1\nW_c = 1\nW_o = 1\nrecurrent_kernel = 1\n"
    printed += "b = {i = 0, f = 1, c = 2, o = 3}\n"
    stacked = 'layout = "haiku"\nw = 1\nb = [0, 0, 2, 2, 0, 0, 3, 3]\n'
    one, other = (variation(read(cell + text + run), seed=3) for text in (printed, stacked))
    for name, numbers in one.trace.given.weights.items():
        assert np.array_equal(other.trace.given.weights[name], numbers), name
    assert all(2 <= n <= 5 for n in one.trace.given.weights["W_i"].flat)
    assert set(one.tables["weights"]) == {"W", "recurrent_kernel", "b"}
    assert set(other.tables["weights"]) == {"W", "U", "b"}


@pytest.mark.parametrize("run", ['algebra = "ball"', 'rounding = "each line"\ndigits = 4'])
def test_certified_and_rounded_copies_have_bounds_on_their_size_alone(read, run):
    text = GOOD.replace('activation = "linear"', 'activation = "tanh"', 1)
    text = text.replace('recurrent_activation = "linear"', 'recurrent_activation = "sigmoid"')
    copies = variations(read(f"{text}{run}\n{EXERCISE}bounds = {{size = 3}}"), seed=1, copies=3)
    for copy in copies:
        trace = copy.trace
        assert all(abs(trace[t][name]) < 4 for t in (1, 2, 3) for name in trace.names)


@pytest.mark.parametrize(
    ("exercise", "said"),
    [
        (
            "vary = {kernel = [-3, 3], inputs = [1, 3]}\nbounds = {size = 1}",
            r"no numbers are found in \d,\d{3} tries, and \w+ was beyond 1 in \d,\d{3} of them; "
            r"give smaller ranges, or bounds = \{size = 2\}",
        ),
        (
            'vary = {bias = {from = "1/7", to = "5/7", step = "1/7"}}\nbounds = {denominator = 3}',
            r"z_i_1 was of a denominator beyond 3 in .*; .* or bounds = \{denominator = 6\}",
        ),
        ("vary = {W_i = [0, 0], b_i = [0, 0], U_i = [0, 0]}", "most of h was zero in"),
    ],
)
def test_where_there_are_no_numbers_the_error_says_what_broke_which_bound(read, exercise, said):
    with pytest.raises(SpecError, match=said):
        variation(read(LONGEST + exercise), seed=3)


def test_a_gradient_is_named_by_what_it_is_by(read):
    text = "[backward]\n[exercise]\nvary = {b_f = [0, 0]}\nbounds = {size = 3300}"
    derivation = read(GOOD + text)
    with pytest.raises(SpecError, match=r"the gradient by \w+ was beyond 3300 in"):
        variation(derivation, seed=3)


def test_where_there_are_few_copies_there_are_no_more(read):
    derivation = read(GOOD + "[exercise]\nvary = {W_i = [1, 3]}\n" + LARGE)
    assert len(variations(derivation, seed=1, copies=3)) == 3
    with pytest.raises(SpecError, match="3 copies are found, and none that differs from them"):
        variation(derivation, seed=1, copy=4)


def test_where_nothing_varies_there_are_no_copies(read):
    with pytest.raises(SpecError, match=r"nothing varies; say what does: vary = \{kernel"):
        variation(read(GOOD), seed=1)


@pytest.mark.parametrize("options", [{"seed": -1}, {"seed": 1.5}, {"seed": 1, "copy": 0}])
def test_a_seed_and_a_copy_are_whole_numbers(derivation, options):
    with pytest.raises(NumberError, match="give a whole number"):
        variation(derivation, **options)


def test_no_class_has_more_than_a_thousand_copies(derivation):
    with pytest.raises(NumberError, match="copy is 1,000,000; give 1,000 or less"):
        variation(derivation, seed=1, copy=10**6)
