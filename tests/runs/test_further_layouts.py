"""Layouts of further cells, against programs written from their source; a cell's forget bias."""

import cell_programs
import numpy as np
import programs
import pytest
from flint import fmpq

from symlstm import (
    LSTM,
    LSTM1997,
    MGU,
    UGRNN,
    CoupledLSTM,
    FlaxMGU,
    HaikuGRU,
    IndRNN,
    LayerNormLSTM,
    PeepholeLSTM,
    SimpleRNN,
    TensorFlowLSTM,
)
from symlstm.errors import CellError

RNG = np.random.default_rng(17)
CLIPPED = {"peepholes": True, "proj_size": 2, "cell_clip": 0.4, "proj_clip": 0.25}
COUPLED = {"peepholes": True, "proj_size": 2, "cifg": True}
LITE = {"proj_size": 2, "projection_bias": True}
CASES = [
    ("tf1", TensorFlowLSTM(3, 2, **CLIPPED), cell_programs.tf1_lstm),
    ("tf1", TensorFlowLSTM(3, 2, **CLIPPED, forget_bias=1), cell_programs.tf1_lstm),
    (
        "tf1",
        TensorFlowLSTM(3, 2, cifg=True, proj_size=2, peepholes=True),
        cell_programs.tf1_coupled,
    ),
    ("tf1", UGRNN(3, 2), cell_programs.tf1_ugrnn),
    ("tf1", UGRNN(2, 3, forget_bias=1), cell_programs.tf1_ugrnn),
    ("tf1", IndRNN(3, 2), cell_programs.tf1_indrnn),
    ("tf1", LSTM(3, 2, forget_bias="1/3"), programs.tf1),
    (
        "tf1",
        LayerNormLSTM(3, 2, state_norm=True, epsilon="1e-12", forget_bias=1),
        cell_programs.tf1_layer_norm,
    ),
    ("tflite", LayerNormLSTM(3, 2, epsilon="1e-8"), cell_programs.tflite_layer_norm),
    ("tf_block", PeepholeLSTM(3, 2, forget_bias=-2), programs.tf_block),
    ("haiku", LSTM(3, 2, forget_bias=1), programs.haiku),
    ("torch", LSTM(3, 2, forget_bias=1), programs.torch),
    ("tflite", CoupledLSTM(3, 2, coupled="i"), cell_programs.tflite),
    ("tflite", TensorFlowLSTM(3, 2), cell_programs.tflite),
    ("tflite", TensorFlowLSTM(3, 2, cifg=True, peepholes=True, **LITE), cell_programs.tflite),
    ("tflite", TensorFlowLSTM(3, 2, cifg=True, proj_size=1), cell_programs.tflite),
    ("flax", FlaxMGU(3, 2), cell_programs.flax_mgu),
    ("flax", FlaxMGU(3, 2, reset_gate=False), cell_programs.flax_mgu),
    ("haiku", HaikuGRU(3, 2), cell_programs.haiku_gru),
    ("haiku", SimpleRNN(3, 2, activation="relu"), cell_programs.haiku_rnn),
]


def called(part):
    return getattr(part, "__name__", str(part))


def arrays_of(cell, layout):
    zeros = cell.bind(**dict.fromkeys(cell.groups, 0)).stacked(layout=layout)
    return {name: RNG.normal(size=array.shape) for name, array in zeros.items()}


def run(program, arrays, cell, x):
    states, outputs = [np.zeros(int(state.shape[0])) for state in cell.states.values()], []
    for one in x:
        states = program(arrays, one, *states)
        outputs.append(states[0])
    return np.array(outputs)


@pytest.mark.parametrize(("layout", "cell", "program"), CASES, ids=called)
def test_a_layer_and_a_program_compute_the_same_of_the_arrays_of_either(layout, cell, program):
    arrays, x = arrays_of(cell, layout), RNG.normal(size=(4, cell.input_dim))
    layer = cell.bind(layout=layout, **arrays)
    ours = layer.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(program, arrays, cell, x), rtol=1e-12, atol=1e-13)
    again = {name: array.astype(float) for name, array in layer.stacked(layout=layout).items()}
    assert list(again) == list(arrays)
    if layout != "torch":  # whose two biases become one, beside a forget bias
        assert all((again[name] == array).all() for name, array in arrays.items())
    groups = {name: RNG.normal(size=np.shape(layer.stacked(name))) for name in cell.groups}
    other = cell.bind(**groups)
    handed = {name: array.astype(float) for name, array in other.stacked(layout=layout).items()}
    ours = other.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(program, handed, cell, x), rtol=1e-12, atol=1e-13)


def test_a_forget_bias_in_the_equations_is_not_added_to_the_weights_too():
    arrays = {"kernel": 1, "bias": 0}
    linear = {"activation": None, "recurrent_activation": "hard_sigmoid"}
    inside = LSTM(1, forget_bias=1, **linear).bind(layout="tf1", **arrays)
    outside = LSTM(1, **linear).bind(layout="tf1", **arrays)
    assert (inside["b_f"], outside["b_f"]) == (0, 1)
    assert inside.run(["1/2", "1/3"]).state_h == outside.run(["1/2", "1/3"]).state_h
    told = LSTM(1, forget_bias=1).bind(layout="tf1", forget_bias="5/2", **arrays)
    assert told["b_f"] == fmpq(3, 2)
    assert told.stacked(layout="tf1", forget_bias="5/2")["bias"].tolist() == [0] * 4
    without = LSTM(1, forget_bias=1, use_bias=False)
    assert "b_f" not in without.bind(layout="tf1", kernel=1).weights
    with pytest.raises(CellError, match="the layout 'torch' adds 0 to the bias of f, and LSTM"):
        without.bind(layout="torch", weight_ih=1, weight_hh=1)


def test_gates_without_weights_are_those_that_a_cell_computes():
    with pytest.raises(CellError, match=r"'onnx', .* has a place for .*f.*, which LSTM1997"):
        LSTM1997(1).bind(layout="onnx", W=1, R=1, B=0)
    assert CoupledLSTM(1).bind(layout="onnx", W=1, R=1, B=0)["W_o"] == 1
    with pytest.raises(CellError, match=r"'tflite', .* has a place for W_f"):
        CoupledLSTM(1).bind(layout="tflite")
    with pytest.raises(CellError, match=r"'flax', .* no place for W_h, U_h, b_h of MGU"):
        MGU(1).bind(layout="flax")
