import unicodedata

import pytest

from symlstm import LSTM, PeepholeLSTM, hand_calculation


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
