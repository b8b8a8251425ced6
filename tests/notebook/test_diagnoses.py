"""What notebooks show of a diagnosis, and of a probe."""

from pages import page

import symlstm
from symlstm import LSTM, SimpleRNN


def test_a_diagnosis_has_the_wrong_equation_beside_the_right_one():
    cell = LSTM(units=1)
    layer = cell.bind(kernel=[[1, 2, 3, 4]], recurrent_kernel=1, bias=0)
    wrong = cell.bind(kernel=[[1, 2, 3, 4]], recurrent_kernel=1, bias=[0, 1, 0, 0])
    found = symlstm.diagnose(layer, [1, -1], wrong.reference([1, -1]).sequence_out)
    shown = page(found)
    assert found.best.sentence in shown.text
    assert "wrong" in shown.text
    assert "table" in shown.tags


def test_what_is_right_is_said_to_be_right():
    layer = SimpleRNN(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    shown = page(symlstm.diagnose(layer, [1, 2], layer.reference([1, 2]).sequence_out))
    assert "Right: rounding in float32 explains every difference" in shown.text


def test_a_probe_says_what_its_numbers_are_for():
    probe = symlstm.probe(SimpleRNN(2, 2), steps=2, batch=1)
    assert " ".join(probe.about.split())[:60] in " ".join(page(probe).text.split())
