from symlstm import LSTM


def test_gates_are_stacked_in_keras_order():
    layer = LSTM(1, activation=None, recurrent_activation=None).bind(
        kernel=[[1, 2, 3, 4]], recurrent_kernel=0, bias=[10, 20, 30, 40]
    )
    step = layer.run([1])[1]
    assert (step.i, step.f, step.c_tilde, step.o) == (11, 22, 33, 44)
