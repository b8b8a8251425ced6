import math
import re
import unicodedata

import pytest
from oracles import FRACTION_ACTIVATIONS, TRANSCENDENTAL

from symlstm import LSTM, PeepholeLSTM, hand_calculation
from symlstm.equations.activations import ACTIVATIONS, activation
from symlstm.notation import PLAIN
from symlstm.writers.terminal import TerminalFormat
from symlstm.writers.typesetter import Typesetter

NAMES = sorted({*ACTIVATIONS, *FRACTION_ACTIVATIONS, *TRANSCENDENTAL})


def rational_cell(units):
    cell = LSTM(units, activation="hard_tanh", recurrent_activation="hard_sigmoid")
    return cell.bind(kernel="1/3", recurrent_kernel="-1/2", bias=1)


@pytest.mark.parametrize("units", [1, 2, 3, 9])
def test_lines_fit_a_screen_of_80_columns(units):
    assert_fits(hand_calculation(rational_cell(units).run(["1/2", -1, 2]), "terminal"))


def test_lines_of_long_numbers_fit_as_well(article):
    assert_fits(hand_calculation(article.run([1] * 12), "terminal"))


def test_long_fractions_fit_as_well():
    cell = PeepholeLSTM(3, 2, activation="softsign", recurrent_activation="hard_sigmoid")
    numbers = {"kernel": "1/3", "recurrent_kernel": "-2/7", "bias": "1/10", "peephole": "3/11"}
    trace = cell.bind(**numbers).run([[["1/3", "-2/9"]] * 3, [[1, "1/7"]] * 3])
    assert_fits(hand_calculation(trace, "terminal", title="long " * 40, introduction="word " * 90))


def assert_fits(page):
    for line in page.splitlines():
        assert sum(not unicodedata.combining(c) for c in line) <= 80, line


def test_control_characters_do_not_reach_the_screen(article):
    page = hand_calculation(article.run([1]), "terminal", title="a\x1b[31mred\x07 [bold]b[/bold]")
    assert r"a\x1b[31mred\x07 [bold]b[/bold]" in page
    assert "\x1b" not in page


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("digits", [None, 30])
def test_definitions_of_activations_fit_and_are_no_python(name, digits):
    row, typesetter = activation(name), Typesetter(PLAIN, math.inf, digits)
    lines = [
        typesetter.definition(row, row.form),
        typesetter.definition(row.prime, row.derivative_shown),
    ]
    shown = TerminalFormat(80).display(lines)
    assert_fits(shown)
    assert not re.search(r"\*|Abs|Max|Min|sqrt|Heaviside|sigmoid|theta|\bpi\b", shown)
    if name != "selu":
        assert "≈" not in shown


def test_numbers_too_long_to_be_read_are_rounded_as_on_the_rest_of_the_page():
    page = hand_calculation(LSTM(1, activation="selu").unroll(1).backward())
    assert "selu(x) ≈ 1.758099341 exp(min(0, x)) + 1.050700987 max(0, x) - 1.758099341" in page
    assert "selu'(x) ≈ -0.7073983535 θ(x) + 1.758099341 exp(min(0, x))" in page
    trace = LSTM(1, activation="selu").bind(kernel=1, recurrent_kernel=0, bias=0)
    page = hand_calculation(trace.run([1], algebra="ball", digits=4))
    assert "selu(x) ≈ 1.758 exp(min(0, x)) + 1.051 max(0, x) - 1.758" in page


def test_a_long_derivative_goes_on_in_the_next_row():
    page = hand_calculation(LSTM(1, activation="mish").unroll(1).backward())
    first, second = (
        "mish'(x) = x (1 - tanh²(log(1 + exp(-|x|)) + max(0, x)))/(1 + exp(-x))",
        "+ tanh(log(1 + exp(-|x|)) + max(0, x))",
    )
    rows = page.splitlines()
    at = next(k for k, row in enumerate(rows) if first in row)
    assert rows[at].strip() == first
    assert rows[at + 1].strip() == second
