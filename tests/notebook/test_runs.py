"""What notebooks show of traces and networks, against numbers of oracles."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from oracles import FRACTION_ACTIVATIONS, fraction_lstm, numpy_lstm
from own_cells import GRU
from pages import latex, page, rows

from symlstm import LSTM, Network, SimpleRNN, interval
from symlstm.figures.spelling import DIGITS

GATES = {"it": "i", "ft": "f", "c̃t": "c_tilde", "ot": "o", "ct": "c", "ht": "h"}
"""The symbols of a table without what sets indices apart, and the oracle's names."""


def by_hand(inputs):
    """The article's LSTM, in Fractions."""
    ones, zeros = [[Fraction(1)] * 4], [Fraction(0)] * 4
    columns = [[Fraction(x)] for x in inputs]
    return fraction_lstm(columns, ones, ones, zeros, "linear", "linear")


def test_a_table_has_the_values_of_every_step(article):
    shown = page(article.run([1, 2, 1]))
    (table,) = shown.tables
    assert table[0] == ["t", "", "1", "2", "3"]
    found = rows(table)
    for symbol, name in GATES.items():
        values = [str(step[name][0]) for step in by_hand([1, 2, 1])]
        assert found[symbol] == ("=", values)
    assert found["zi,t"] == found["it"]
    assert found["xt"] == ("=", ["1", "2", "1"])
    assert "svg" in shown.tags


@pytest.mark.parametrize("count", [9, 13, 40])
def test_a_long_trace_shows_the_first_steps_and_the_last(count):
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=1, bias=0)
    shown = page(layer.run(range(1, count + 1)))
    ((header, *_),) = shown.tables
    assert header == ["t", "", *"123456", "⋯", str(count)]
    assert rows(shown.tables[0])["ht"][1][-1] == str(count * (count + 1) // 2)
    assert "svg" not in shown.tags


def test_numbers_that_are_rounded_say_so_and_have_all_of_themselves_in_a_title():
    layer = SimpleRNN(1, activation=None).bind(kernel="1/3", recurrent_kernel=1000, bias=0)
    shown = page(layer.run([1, "1/7"]))
    exact = Fraction(1000, 3) + Fraction(1, 21)
    found = rows(shown.tables[0])
    assert found["ht"] == (("", ["= 1/3", "≈ 333.4"]))
    assert f"{exact.numerator}/{exact.denominator}" in shown.titles
    assert Decimal("333.4") == round(Decimal(exact.numerator) / exact.denominator, 1)


def test_numbers_of_many_digits_are_rounded(article):
    exact = by_hand([1] * 12)[-1]["h"][0]
    shown = rows(page(article.run([1] * 12)).tables[0])["ht"][1][-1]
    assert exact > 10**4000
    assert shown.startswith("≈ ")
    mantissa, _, exponent = shown[2:].partition("×10")
    power = int(exponent.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
    nearest = Fraction(mantissa) * Fraction(10) ** power
    assert abs(exact / nearest - 1) < Fraction(1, 10**3)


@pytest.mark.parametrize("algebra", ["float", "ball"])
def test_floats_and_balls_are_those_of_numpy(algebra):
    layer = LSTM(2, 2).bind(kernel="1/4", recurrent_kernel="-1/2", bias="1/8")
    inputs = np.array([[1, 0], [0.5, -1]])
    weights = np.full((2, 8), 0.25), np.full((2, 8), -0.5), np.full(8, 0.125)
    steps = numpy_lstm(inputs, *weights, "sigmoid", "tanh")
    found = rows(page(layer.run(inputs, algebra=algebra)).tables[0])
    sign, values = found["ht"]
    assert sign == "≈"
    for shown, expected in zip(values, steps, strict=True):
        assert shown == "".join(f"{number:#.{DIGITS}g}" for number in expected["h"])
    assert found["xt"][0] == "="


def test_intervals_are_enclosed():
    kernel = interval(1, "1/4")
    layer = SimpleRNN(1, activation=None).bind(kernel=kernel, recurrent_kernel=1, bias=0)
    sign, values = rows(page(layer.run([1, 0], algebra="ball")).tables[0])["ht"]
    assert sign == "∈"
    for value in values:
        low, high = map(float, value.strip("[]").split(", "))
        assert 0.73 < low <= 0.75
        assert 1.25 <= high < 1.27


def test_a_mask_leaves_out_what_is_not_computed_and_keeps_the_states(article):
    found = rows(page(article.run([1, 5, 1], mask=[1, 0, 1])).tables[0])
    assert found["it"] == ("=", ["1", "–", "2"])
    assert found["ct"] == ("=", ["1", "1", "6"])


def test_an_initial_state_is_shown_where_it_is_not_zero(article):
    shown = page(article.run([1], initial_state=[12, 6]))
    assert shown.tables[0][0] == ["t", "", "0", "1"]
    assert rows(shown.tables[0])["ht"] == ("=", ["12", "3211"])


def test_a_batch_says_which_sequence_is_shown(article):
    shown = page(article.run([[[1], [1]], [[2], [2]], [[3], [3]]]))
    assert "sequence 0 is shown" in shown.text
    assert rows(shown.tables[0])["ht"] == ("=", ["1", "12"])


def test_many_units_are_abbreviated():
    layer = LSTM(1000, 3).bind(kernel=0.5, recurrent_kernel=0, bias=0)
    shown = page(layer.run([[1, 0, 1]], algebra="float"))
    found = rows(shown.tables[0])
    h = 1 / (1 + np.exp(-1.0))
    expected = f"{h * np.tanh(h * np.tanh(1.0)):#.{DIGITS}g}"
    assert found["ht"] == ("≈", [f"{expected}{expected}⋮{expected}"])
    assert not [symbol for symbol in found if symbol.startswith("z")]
    assert len(shown.html) < 20_000


def test_a_step_has_its_time_and_its_figure(article):
    shown = page(article.run([1, 1, 1])[2])
    assert rows(shown.tables[0])["h2"] == ("=", ["12"])
    assert 'data-quantity="c" data-step="2" data-value="6"' in shown.html
    assert rows(page(article.run([1], initial_state=[2, 3])[0]).tables[0])["c0"] == ("=", ["3"])


def test_a_cell_of_ones_own_is_shown_like_ours():
    """Cho et al. (2014), by hand: z = r = x, h̃ = x + r h, h = z h + (1 - z) h̃."""
    cell = GRU(1, activation=None, recurrent_activation=None)
    weights = {"kernel": 1, "recurrent_kernel": {"z": 0, "r": 0, "h": 1}, "bias": 0}
    h, expected = Fraction(0), []
    for x in (Fraction(2), Fraction(-1)):
        h = x * h + (1 - x) * (x + x * h)
        expected.append(str(h).replace("-", "−"))
    trace = cell.bind(**weights).run([2, -1])
    assert rows(page(trace).tables[0])["ht"] == ("=", expected)
    assert r"\tilde h_t" in latex(cell)
    assert page(trace.backward()).tables
    assert page(trace.state_jacobian("h")).tables


def test_a_network_shows_its_first_layers_and_their_states(article):
    network = Network([[article]] * 6)
    shown = page(network)
    assert [row[1] for row in shown.tables[0][1:]] == list("012345")
    trace = network.run([1])
    found = page(trace)
    assert len(found.tables) == 4
    assert "the first 4" in found.text
    assert rows(found.tables[0])["ht"] == ("=", ["1"])
    assert len(page(trace.backward()).tables) == 4


@pytest.mark.slow
def test_a_symbolic_trace_shows_its_first_closed_forms():
    trace = LSTM(1, use_bias=False, activation=None, recurrent_activation=None).unroll(2000)
    assert r"h_1 &= (W_o x_1) \odot (W_i x_1) \odot (W_c x_1)" in latex(trace)
    assert "= (Wo x1) ⊙ (Wi x1) ⊙ (Wc x1)" in page(trace).text
    assert r"c_{7} " not in latex(trace)
    assert r"c_7 &= f_7 \odot c_6" in latex(trace[7])
    assert trace[0]._repr_mimebundle_() == {}
    assert r"\bar c_t" in latex(trace.backward())


def test_floats_that_overflow_are_shown(article):
    shown = page(article.run([1] * 12, algebra="float"))
    assert rows(shown.tables[0])["ht"][1][-1] == "inf"


@pytest.mark.parametrize("name", ["hard_tanh", "softsign"])
def test_rational_cells_have_the_values_of_fractions(name):
    function = FRACTION_ACTIVATIONS[name]
    layer = SimpleRNN(1, activation=name).bind(kernel="1/2", recurrent_kernel=-1, bias=0)
    first = function(Fraction(1, 2))
    second = function(Fraction(3, 2) - first)
    values = rows(page(layer.run([1, 3])).tables[0])["ht"][1]
    for shown, exact in zip(values, (first, second), strict=True):
        assert abs(Fraction(shown.lstrip("=≈ ")) - exact) < Fraction(1, 10**3)
