import pytest
import sympy

from symlstm import LSTM, OnnxLSTM, PeepholeLSTM
from symlstm.errors import CellError, NumberError

RATIONAL = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
LINEAR = {"activation": "linear", "recurrent_activation": "linear", "output_activation": "linear"}
WEIGHTS = {"kernel": "1/3", "recurrent_kernel": "-1/2", "bias": "1/5"}
INPUTS = [1, -2, 3]


def test_without_its_options_it_is_the_lstm():
    plain = LSTM(2, **RATIONAL).bind(**WEIGHTS).run(INPUTS)
    ours = OnnxLSTM(2, output_activation="hard_tanh", **RATIONAL).bind(**WEIGHTS).run(INPUTS)
    assert ours.sequence_out.tolist() == plain.sequence_out.tolist()


def test_with_peepholes_it_is_the_lstm_with_peepholes():
    weights = {**WEIGHTS, "peephole": [1, "1/2", -1, 2, "1/3", 0]}
    plain = PeepholeLSTM(2, **RATIONAL).bind(**weights).run(INPUTS)
    cell = OnnxLSTM(2, output_activation="hard_tanh", peepholes=True, **RATIONAL)
    ours = cell.bind(**weights).run(INPUTS)
    assert ours.sequence_out.tolist() == plain.sequence_out.tolist()
    assert ours.backward().peephole.tolist() == plain.backward().peephole.tolist()


def test_the_activation_of_the_cell_state_is_its_own():
    cell = OnnxLSTM(1, output_activation="relu", **RATIONAL)
    step = cell.bind(kernel=-9, recurrent_kernel=0, bias={"i": 9, "f": 0, "c": 0, "o": 9}).run([1])
    assert step[1].h == 0 != step[1].c


def test_coupled_gates_add_up_to_one():
    cell = OnnxLSTM(2, input_forget=True, output_activation="hard_tanh", **RATIONAL)
    trace = cell.bind(**WEIGHTS).run(INPUTS)
    assert (trace["i"] + trace["f"] == 1).all()
    assert sorted(cell.weights) == [
        *("U_c", "U_i", "U_o", "W_c", "W_i", "W_o"),
        "b_c",
        "b_i",
        "b_o",
    ]


def test_gradients_of_coupled_gates_are_those_of_sympy():
    cell = OnnxLSTM(1, input_forget=True, use_bias=False, **LINEAR)
    trace = cell.unroll(2)
    gradients = trace.backward()
    for symbol in cell.symbols("W_i U_i W_c U_o"):
        assert sympy.expand(gradients[str(symbol)] - trace[2].h.diff(symbol)) == 0


def test_a_clip_bounds_what_the_gates_are_given():
    cell = OnnxLSTM(1, clip="1/2", **LINEAR)
    layer = cell.bind(kernel={"i": 3, "f": 0, "c": -3, "o": "1/4"}, recurrent_kernel=0, bias=0)
    step = layer.run([1])[1]
    half = sympy.Rational(1, 2)
    assert (step.i, step.c_tilde, step.o) == (half, -half, half / 2)
    gradients = layer.run([1]).backward()
    assert gradients["W_i"] == 0 != gradients["W_o"]


def test_options_that_are_none_are_refused():
    with pytest.raises(CellError, match="peepholes is 1; give True or False"):
        OnnxLSTM(1, peepholes=1)
    with pytest.raises(CellError, match="clip"):
        OnnxLSTM(1, clip=-1)
    with pytest.raises(NumberError, match="clip is nan"):
        OnnxLSTM(1, clip=float("nan"))
