from hypothesis import given
from strategies import cases

from symlstm import LSTM, PeepholeLSTM


@given(cases(peephole=True, max_units=2, max_steps=3))
def test_peepholes_of_zero_leave_an_lstm(case):
    numbers = {"kernel": case.kernel, "recurrent_kernel": case.recurrent, "bias": case.bias}
    options = {"activation": case.activation, "recurrent_activation": case.recurrent_activation}
    plain = LSTM(case.units, case.input_dim, **options).bind(**numbers).run(case.inputs)
    seeing = PeepholeLSTM(case.units, case.input_dim, **options).bind(**numbers, peephole=0)
    assert (seeing.run(case.inputs)["h"] == plain["h"]).all()


def test_o_sees_the_new_state_and_the_others_the_last():
    layer = PeepholeLSTM(1, activation=None, recurrent_activation=None).bind(
        kernel={"i": 0, "f": 0, "c": 1, "o": 0}, recurrent_kernel=0, bias=0, peephole=[2, 3, 5]
    )
    step = layer.run([1], initial_state=[0, 7])[1]
    assert (step.i, step.f) == (14, 21)
    assert step.c == 21 * 7 + 14
    assert step.o == 5 * step.c
