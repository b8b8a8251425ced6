"""Exact traces whose numbers are too long to be read are told in rounded ones."""

import re
from fractions import Fraction

import numpy as np
import pytest
from statements import links, statements

from symlstm import LSTM, hand_calculation

CELL = LSTM(2, 2, activation="relu", recurrent_activation="hard_sigmoid")


@pytest.fixture(scope="module")
def trace():
    weights = np.random.default_rng(0)
    layer = CELL.bind(
        kernel=weights.normal(size=(2, 8)),
        recurrent_kernel=weights.normal(size=(2, 8)),
        bias=weights.normal(size=8),
    )
    return layer.run([[1, 2], ["1/2", "1/4"]])


@pytest.mark.parametrize("digits", [None, 3])
def test_every_number_is_the_nearest_one_to_the_exact_value(trace, digits):
    page = hand_calculation(trace, **({"digits": digits} if digits else {}))
    digits = digits or 6
    assert f"a decimal with {digits} significant digits" in page
    for name in ("i", "f", "o"):
        for step in (1, 2):
            line = next(one for one in statements(page) if one.startswith(f"{name}_{step} = "))
            shown = re.findall(r"-?[\d.]+", links(line)[-1][1])
            exact = [Fraction(int(one.p), int(one.q)) for one in trace.entries(name, step).flat]
            for text, value in zip(shown, exact, strict=True):
                places = len(text.partition(".")[2])
                assert abs(Fraction(text) - value) <= Fraction(1, 2 * 10**places)
                assert len(text.lstrip("-0.").replace(".", "")) == digits


def test_what_someone_wrote_down_stays_as_it_is():
    layer = CELL.bind(kernel="1/3", recurrent_kernel="0.1", bias="22/7")
    page = hand_calculation(layer.run([[1, 2]]))
    assert "22/7" in page
    assert "significant digits" not in page
    assert "22/7" in hand_calculation(layer.run([[1, 2]]), digits=4)
    assert "3.14159" not in page
