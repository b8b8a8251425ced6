"""Documents of runs that leave time steps out, against cells stepped by hand."""

import re
from fractions import Fraction

import numpy as np
import pytest
from own_cells import Leaky

from symlstm import LSTM, Dense, SimpleRNN, hand_calculation, load
from symlstm.errors import CellError, SpecError

MASK = [[True, False, True, False], [False, True, True, True]]
X = [[1, 2, "1/2", -1], [3, -1, 1, 2]]


def rnn(**options):
    return SimpleRNN(units=1, activation="linear", **options).bind(
        kernel="1/2", recurrent_kernel=3, bias=1
    )


def by_hand(inputs, mask):
    """Return the states of that network at every step, held where the mask says so."""
    h, states = Fraction(0), []
    for x, counts in zip(map(Fraction, inputs), mask, strict=True):
        h = x / 2 + 3 * h + 1 if counts else h
        states.append(h)
    return states


def batch(inputs):
    return [[[one] for one in sequence] for sequence in inputs]


def between(text, start, end):
    return text.partition(start)[2].partition(end)[0]


@pytest.mark.parametrize("k", [0, 1])
def test_a_step_that_does_not_count_says_so_and_holds_the_states(k):
    text = hand_calculation(rnn().run(batch(X), mask=MASK), worked=True)
    text = text.partition("Summary")[0]
    sequence = between(text, f"Sequence {k + 1} of 2", f"Sequence {k + 2} of")
    states = by_hand(X[k], MASK[k])
    before = [Fraction(0), *states]
    for step, counts in enumerate(MASK[k], start=1):
        told = between(sequence + "Time step 5\n", f"Time step {step}\n", f"Time step {step + 1}\n")
        assert ("does not count" in told) is not counts
        held = f"h_{step} = h_{step - 1} = {before[step]}\n"
        assert (held in told) is not counts
        assert f"= {states[step - 1]}\n" in told
    hidden = "the output is zero" in " ".join(sequence.split())
    assert hidden is not MASK[k][0]  # before the first step that counts there is nothing to show


def test_the_steps_that_are_passed_over_are_empty_in_the_summary():
    text = hand_calculation(rnn().run(X[0], mask=MASK[0]), worked=True)
    table = text.partition("Summary")[2]
    rows = [line.split() for line in table.splitlines() if line.strip()[:1].isdigit()]
    states = by_hand(X[0], MASK[0])
    wanted = zip("1234", map(str, X[0]), map(str, states), strict=True)
    assert rows[:4] == [list(row) for row in wanted]


def backward_by_hand(inputs, mask, outside):
    """Return the gradients by the states, weights and inputs, of a sum with weights outside."""
    states, steps = by_hand(inputs, mask), [k for k, counts in enumerate(mask) if counts]
    arriving, kernel, recurrent, bias = Fraction(0), Fraction(0), Fraction(0), Fraction(0)
    by_x, by_h = [Fraction(0)] * len(mask), {}
    for k in range(len(mask) - 1, -1, -1):
        arriving += outside[k] if any(mask[: k + 1]) else 0
        if k in steps:
            by_h[k + 1] = arriving
            kernel += arriving * Fraction(inputs[k])
            recurrent += arriving * (states[k - 1] if k else 0)
            bias, by_x[k], arriving = bias + arriving, arriving / 2, arriving * 3
    return by_h, (kernel, recurrent, bias), by_x


@pytest.mark.parametrize("k", [0, 1])
def test_the_way_back_passes_over_them(k):
    outside = [1, 2, 3, 4]
    trace = rnn().run(X[k], mask=MASK[k])
    text = hand_calculation(trace.backward(grad_sequence=outside), worked=True)
    by_h, weights, by_x = backward_by_hand(X[k], MASK[k], outside)
    assert "Time steps that do not count are passed over" in text
    for step in range(1, 5):
        told = between(text, f"Back at time step {step}\n", "Back at")
        assert bool(told) is MASK[k][step - 1]
        if told:
            delta, x = f"δ_{{h,{step}}}", f"_{step} = W "
            line = next(one for one in told.splitlines() if one.strip().startswith(f"{delta} ="))
            assert line.endswith(f"= {by_h[step]}")
            assert f"{x}{delta} = 1/2 · {by_h[step]} = {by_x[step - 1]}\n" in told
    table = between(text, "The gradients by the weights\n", "Summary of the")
    rows = [line.split() for line in table.splitlines()]
    assert [row[1] for row in rows if len(row) == 2] == [*map(str, weights)]


def test_what_comes_from_the_loss_while_a_state_is_held_comes_to_where_it_was_computed():
    trace = rnn().run([1, 1, 1], mask=[True, False, False])
    text = hand_calculation(trace.backward(grad_sequence=[1, 10, 100]))
    assert "Δ_{h,1} = 111" in text
    certified = rnn().run([1, 1, 1], mask=[True, False, False], algebra="ball")
    assert "Δ_{h,1} = 111" in hand_calculation(certified.backward(grad_sequence=[1, 10, 100]))


def test_a_sequence_without_any_step_hands_all_to_the_initial_state():
    trace = rnn().run(batch([[1, 2], [3, 4]]), mask=[[True, True], [False, False]])
    text = hand_calculation(trace.backward())
    assert "h̄_0 = 1\n" in text.partition("Back through sequence 2")[2]


def test_values_are_certified_or_rounded_likewise():
    layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    options = {"mask": [True, False, True]}
    certified = hand_calculation(layer.run([1, 5, 1], algebra="ball", digits=5, **options))
    rounded = hand_calculation(layer.run([1, 5, 1], algebra="decimal", digits=3, **options))

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    h = c = 0.0
    for _ in range(2):
        i = f = o = sigmoid(1 + h)
        c = f * c + i * np.tanh(1 + h)
        h = o * np.tanh(c)
    assert f"≈ {h:.5f}\n" in between(certified, "h_3 =", "Summary")
    assert "h_2 = h_1 ≈ 0.36961\n" in certified
    assert "h_2 = h_1 = 0.370\n" in rounded


def test_of_a_cell_without_states_the_output_stays_what_it_was():
    layer = Dense(units=1).bind(W_y=2, b_y=1)
    text = hand_calculation(layer.run([1, 2, 3], mask=[True, False, True]))
    left_out = between(text, "Time step 2", "Time step 3")
    assert "states" not in left_out
    assert "y_2 = y_1 = 3\n" in left_out


def test_of_a_cell_with_states_the_output_that_is_none_stays_too():
    layer = Leaky(1, activation=None, recurrent_activation=None).bind(W_c=1, U_y=2, b_c=1)
    text = " ".join(hand_calculation(layer.run([1, 2], mask=[True, False])).split())
    assert "the states and the output stay what they are. c_2 = c_1 = 1 y_2 = y_1 = 2" in text


@pytest.mark.parametrize("format", ["terminal", "markdown", "latex"])
def test_before_it_was_computed_it_is_zero_and_has_no_line(format):
    layer = Dense(units=1).bind(W_y=2, b_y=1)
    text = hand_calculation(layer.run([1, 2], mask=[False, True]), format)
    left_out = text.partition("ime step 1")[2].partition("ime step 2")[0]
    assert "the output is zero." in " ".join(left_out.split())
    assert not {"states", "$$", "align"} & set(re.findall(r"\w+|\$+", left_out))
    assert "5" in text.partition("ime step 2")[2]


def test_lines_for_each_product_leave_them_as_they_are():
    text = hand_calculation(rnn().run([1, 2], mask=[True, False]), steps=True)
    assert "h_2 = h_1 = 3/2\n" in text
    assert "W_h x_2" not in text.replace("W x_2", "W_h x_2")


FILE = """
[cell]
type = "SimpleRNN"
units = 1
activation = "linear"
[weights]
kernel = "1/2"
recurrent_kernel = 3
bias = 1
[run]
inputs = [[[1], [2], [3]], [[1], [2], [3]]]
sequence_lens = [1, 3]
[backward]
grad_sequence = 1
"""


def spec(tmp_path, text):
    path = tmp_path / "mine.derivation.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_has_lengths_and_says_what_is_expected(tmp_path):
    expect = "[expect]\nsequence_out = [[['3/2'], [0], [0]], [['3/2'], ['13/2'], [22]]]\n"
    derivation = load(spec(tmp_path, FILE + expect.replace("'", '"')))
    assert derivation.mismatches() == []
    assert all(check.agrees for check in derivation.checks())
    for format_ in ("latex", "markdown", "terminal"):
        told = derivation.write(format_).replace("\n  ", " ")
        assert told.count("does not count") == 2


@pytest.mark.parametrize(
    ("kind", "suffix"), [("slides", ".tex"), ("summary", ".md"), ("page", ".ipynb")]
)
def test_other_kinds_of_documents_have_them_too(tmp_path, kind, suffix):
    page = load(spec(tmp_path, FILE)).page(tmp_path / f"mine{suffix}", kind=kind)
    assert page.text.count("does not count") == (0 if kind == "summary" else 2)


def test_what_needs_every_step_is_refused(tmp_path):
    with pytest.raises(SpecError, match=r"\[exercise\] needs every time step; leave out mask"):
        load(spec(tmp_path, FILE + "[exercise]\n"))
    trace = rnn().run([1, 2], mask=[True, False])
    with pytest.raises(CellError, match="a state Jacobian needs every step"):
        hand_calculation(trace, state_jacobian="h")
    with pytest.raises(SpecError, match=r"\[run\] sequence_lens is \[1, 4\]; give lengths from 0"):
        load(spec(tmp_path, FILE.replace("[1, 3]", "[1, 4]")))


def test_a_mistake_is_told_beside_them(tmp_path):
    layer = SimpleRNN(1, activation="linear").bind(kernel="1/2", recurrent_kernel=3, bias=2)
    given = layer.reference([[[1], [2], [3]]] * 2, sequence_lens=[1, 3]).sequence_out
    text = FILE.partition("[backward]")[0] + f"[actual]\nsequence_out = {given.tolist()}\n"
    told = load(spec(tmp_path, text)).write("terminal")
    assert "What an implementation gave" in told
    assert "twice" in told
