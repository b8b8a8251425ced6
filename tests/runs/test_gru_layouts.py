"""Each layout of a GRU, against a program written from the text of its source, both ways."""

import gru_programs
import numpy as np
import pytest

from symlstm import GRU, LAYOUTS, LSTM
from symlstm.errors import CellError, ShapeError

RNG = np.random.default_rng(11)
AFTER = ("flax", "keras", "mxnet", "onnx", "openvino", "torch", "webnn_rzn", "webnn_zrn")
BEFORE = (
    *("coreml", "coreml_mil", "keras", "onnx", "openvino", "tf1", "tf_block"),
    *("webnn_rzn", "webnn_zrn"),
)
TWO_BIASES = {"keras", "mxnet", "onnx", "torch", "webnn_rzn", "webnn_zrn"}
CELLS = [
    *((layout, GRU(units, 2)) for layout in AFTER for units in (3, 2)),
    *((layout, GRU(3, 2, use_bias=False)) for layout in AFTER),
    *((layout, GRU(units, 2, reset_after=False)) for layout in BEFORE for units in (3, 2)),
    *((layout, GRU(3, 2, reset_after=False, use_bias=False)) for layout in BEFORE),
]


def arrays_of(cell, layout):
    zeros = cell.bind(**dict.fromkeys(cell.groups, 0)).stacked(layout=layout)
    return {name: RNG.normal(size=array.shape) for name, array in zeros.items()}


def run(layout, arrays, cell, x):
    h, outputs = np.zeros(cell.units), []
    for one in x:
        h = getattr(gru_programs, layout)(arrays, one, h, cell.reset_after)
        outputs.append(h)
    return np.array(outputs)


@pytest.mark.parametrize(("layout", "cell"), CELLS, ids=str)
def test_a_layer_and_a_program_compute_the_same_of_the_arrays_of_either(layout, cell):
    arrays, x = arrays_of(cell, layout), RNG.normal(size=(4, 2))
    layer = cell.bind(layout=layout, **arrays)
    ours = layer.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(layout, arrays, cell, x), rtol=1e-12, atol=1e-13)
    again = {name: array.astype(float) for name, array in layer.stacked(layout=layout).items()}
    assert list(again) == list(arrays)
    assert all((again[name] == array).all() for name, array in arrays.items())
    groups = {name: RNG.normal(size=layer.stacked(name).shape) for name in cell.groups}
    other = cell.bind(**groups)
    handed = {name: array.astype(float) for name, array in other.stacked(layout=layout).items()}
    ours = other.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(layout, handed, cell, x), rtol=1e-12, atol=1e-13)


def test_every_layout_with_a_gru_is_tried():
    kinds = [(name, kind) for name, layout in LAYOUTS.items() for kind in layout.gated]
    gates = [(name, {gate for stack in kind for gate in stack.gates}) for name, kind in kinds]
    of_gru = [name for name, known in gates if known == {*"zrh"}]
    assert sorted(of_gru) == sorted([*AFTER, *BEFORE])


@pytest.mark.parametrize("layout", AFTER)
def test_the_biases_of_z_and_r_are_added_and_those_of_the_candidate_kept_apart(layout):
    cell = GRU(2, 1)
    layer = cell.bind(layout=layout, **arrays_of(cell, layout))
    several = {"b_z", "b_r"} if layout in TWO_BIASES else set()
    assert set(layer.bias_parts or ()) == several


def test_keras_has_a_row_for_each_bias_and_pytorch_r_before_z():
    layer = GRU(1).bind(layout="keras", kernel=0, recurrent_kernel=0, bias=[[1, 2, 3], [4, 5, 6]])
    assert [layer[name] for name in ("b_z", "b_r", "b_h", "d_h")] == [5, 7, 3, 6]
    stacked = layer.stacked(layout="torch")
    assert stacked["bias_ih_l0"].tolist() == [2, 1, 3]
    assert stacked["bias_hh_l0"].tolist() == [5, 4, 6]
    with pytest.raises(ShapeError, match=r"bias has shape \(3,\); in the layout 'keras' it is"):
        GRU(1).bind(layout="keras", kernel=0, recurrent_kernel=0, bias=[1, 2, 3])


def test_a_program_without_the_form_says_so():
    cell = GRU(1, reset_after=False)
    with pytest.raises(
        CellError, match=r"'torch', .*those that fit: coreml, coreml_mil, keras, onnx"
    ):
        cell.bind(layout="torch", weight_ih=0, weight_hh=0, bias_ih=0, bias_hh=0)
    with pytest.raises(CellError, match="'caffe', of Caffe's LSTM, has no place for W_z, U_z"):
        GRU(1).bind(layout="caffe")
    with pytest.raises(CellError, match=r"'webnn_zrn', .* has no place for W_i"):
        LSTM(1).bind(layout="webnn_zrn")
