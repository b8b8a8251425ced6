"""Forward lines in their smallest steps, worked again from what is printed."""

import re
from fractions import Fraction
from math import prod

import pytest

from symlstm import LSTM, PeepholeLSTM, hand_calculation
from symlstm.errors import OutputError


def page(layer, *inputs, **options):
    return hand_calculation(layer.run(list(inputs), **options), steps=True, closed_form_size=0)


LINE = re.compile(r"^ +\S.* = ([-\d/ ·+]+) = ([-\d/]+)$", re.MULTILINE)


def test_each_product_and_each_sum_follows_from_its_numbers(article):
    lines = LINE.findall(page(article, 1, 1, 1))
    assert len(lines) > 30
    for formula, value in lines:
        products = [map(Fraction, term.split(" · ")) for term in formula.split(" + ")]
        assert sum(map(prod, products)) == Fraction(value)


def test_products_with_weights_stand_apart(article):
    told = page(article, 1, 1, 1)
    assert "W_i x_3 = 1 · 1 = 1\n" in told
    assert "U_i h_2 = 1 · 12 = 12\n" in told
    assert "z_{i,3} = W_i x_3 + U_i h_2 + b_i = 1 + 12 + 0 = 13\n" in told
    assert "i_3 = z_{i,3} = 13\n" in told
    assert "f_3 · c_2 = 13 · 6 = 78\n" in told
    assert "c_3 = f_3 · c_2 + i_3 · c̃_3 = 78 + 169 = 247\n" in told


def test_peepholes_are_products_too():
    layer = PeepholeLSTM(1, activation=None, recurrent_activation=None).bind(
        kernel=1, recurrent_kernel=1, bias=0, peephole=2
    )
    assert "p_o · c_1 = 2 · 1 = 2\n" in page(layer, 1)


def test_a_value_that_is_rounded_on_the_way_is_refused():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    with pytest.raises(OutputError, match="leave out steps"):
        page(layer, 1, algebra="decimal", digits=4)
