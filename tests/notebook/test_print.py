"""What print says of traces and gradients: tables of 80 columns."""

import unicodedata

import numpy as np
import pytest
from own_cells import GRU

from symlstm import LSTM, SimpleRNN

TRACE = """\
Trace(LSTM(units=1, activation='linear', recurrent_activation='linear'), 3
  steps, exact)

        t       1    2      3
  ───────────────────────────
      x_t   =   1    1      1
  z_{i,t}   =   1    2     13
      i_t   =   1    2     13
  z_{f,t}   =   1    2     13
      f_t   =   1    2     13
  z_{c̃,t}   =   1    2     13
      c̃_t   =   1    2     13
  z_{o,t}   =   1    2     13
      o_t   =   1    2     13
      c_t   =   1    6    247
      h_t   =   1   12   3211"""


def test_a_trace_is_printed_as_a_table(article):
    trace = article.run([1, 1, 1])
    assert str(trace) == f"{trace}" == TRACE
    assert "\n" not in repr(trace)


def test_gradients_are_printed_as_tables(article):
    gradients = article.run([1, 1, 1]).backward()
    lines = str(gradients).splitlines()
    assert "  W̄_i   =   17602" in lines
    assert "      x̄_t   =       –   40339   11453   663" in lines
    assert "\n" not in repr(gradients)


@pytest.mark.parametrize("steps", [1, 5, 40])
@pytest.mark.parametrize("algebra", ["float", "ball"])
@pytest.mark.parametrize("cell", [LSTM(1), LSTM(9, 5), GRU(2)], ids=repr)
def test_tables_fit_a_screen_of_80_columns(cell, algebra, steps):
    layer = cell.bind(kernel="-1/7", recurrent_kernel=-0.1, bias=1e-7)
    trace = layer.run(np.full((steps, cell.input_dim), -0.3), algebra=algebra)
    for text in (str(trace), str(trace.backward())):
        for line in text.splitlines():
            assert sum(not unicodedata.combining(c) for c in line) <= 80, line


def test_a_long_trace_has_dots_between_its_first_steps_and_the_last():
    layer = SimpleRNN(1, activation=None).bind(kernel=1, recurrent_kernel=1, bias=0)
    header = str(layer.run([1] * 500)).splitlines()[2].split()
    assert header == ["t", *map(str, range(1, 11)), "⋯", "500"]


def test_a_batch_says_which_sequence_is_printed(article):
    printed = str(article.run([[[1], [1]], [[2], [2]]]))
    assert "2 sequences, exact); sequence 0 is shown" in " ".join(printed.split())


def test_a_vector_stands_in_lines_and_what_is_masked_is_a_dash():
    layer = LSTM(2, activation=None, recurrent_activation=None).bind(
        kernel=[[1, 2] * 4], recurrent_kernel=0, bias=0
    )
    lines = str(layer.run([-1, 1], mask=[1, 0])).splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith("      i_t"))
    assert lines[place].split() == ["i_t", "=", "-1", "–"]
    assert lines[place + 1].split() == ["-2"]


def test_values_that_differ_in_what_they_claim_have_signs_of_their_own(article):
    last = str(article.run([1] * 5)).splitlines()[-1].split()
    assert last == ["h_t", "=", "1", "=", "12", "=", "3211", "≈", "3.569×10¹⁰", "≈", "4.546×10³¹"]


def test_symbolic_traces_and_gradients_print_equations():
    trace = LSTM(1, activation=None, use_bias=False).unroll(50)
    assert "  h_1 = σ(W_o x_1) ⊙ σ(W_i x_1) ⊙ (W_c x_1)" in str(trace).splitlines()
    assert "c̄_t = h̄_t ⊙ o_t" in str(trace.backward())


def test_what_cannot_be_printed_as_a_table_is_printed_as_it_was(article, monkeypatch):
    trace = article.run([1])
    monkeypatch.setattr("symlstm.notebook.screen._table", lambda _: 1 / 0)
    assert str(trace) == repr(trace)
