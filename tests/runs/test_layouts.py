"""Each layout, against a program written from the text of its source, in both directions."""

import keyword

import numpy as np
import programs
import pytest
from flint import fmpq

from symlstm import LAYOUTS, LSTM, OnnxLSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN, interval
from symlstm.errors import CellError, NumberError, ShapeError
from symlstm.numbers.arrays import rational_array

PEEPHOLES = ("coreml", "coreml_mil", "dl4j", "onnx", "tf1", "tf_block", "tf_block_v2", "tflite")
PROJECTED = ("mxnet", "tf1", "tflite", "torch")
SIMPLE = ("coreml", "coreml_mil", "flax", "keras", "mxnet", "onnx", "tf1", "tflite", "torch")
TWO_BIASES = ("mxnet", "onnx", "torch", "webnn_ifgo", "webnn_iofg")
OF_LSTM = sorted(set(LAYOUTS) - {"webnn_rzn", "webnn_zrn"})
ADDS = {"dynet": 1, "haiku": 1, "tf1": 1, "tf_block": 1, "coreml": 0}
RNG = np.random.default_rng(5)


def arrays_of(cell, layout):
    """Return arrays of the shapes that the layout has them in, of random floats."""
    zeros = cell.bind(**dict.fromkeys(cell.groups, 0)).stacked(layout=layout)
    return {name: RNG.normal(size=array.shape) for name, array in zeros.items()}


def run(layout, arrays, cell, x, **options):
    """Return the outputs of a program over time, from states of zero."""
    step = getattr(programs, layout)
    h, c, outputs = np.zeros(cell.output_dim), np.zeros(cell.units), []
    for one in x:
        h, c = step(arrays, one, h, c, **options)
        outputs.append(h)
    return np.array(outputs)


def alike(one, other):
    return (rational_array(one) == rational_array(other)).all()


CELLS = [
    *((layout, LSTM(units, 2)) for layout in OF_LSTM for units in (3, 2)),
    *((layout, PeepholeLSTM(3, 2)) for layout in PEEPHOLES),
    *((layout, ProjectedLSTM(3, 2, proj_size=2)) for layout in PROJECTED),
    ("onnx", OnnxLSTM(3, 2, peepholes=True)),
]


@pytest.mark.parametrize(("layout", "cell"), CELLS, ids=str)
def test_a_layer_computes_what_the_program_does_with_its_arrays(layout, cell):
    arrays, x = arrays_of(cell, layout), RNG.normal(size=(4, 2))
    layer = cell.bind(layout=layout, **arrays)
    ours = layer.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(layout, arrays, cell, x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("layout", "cell"), CELLS, ids=str)
def test_the_program_computes_what_the_layer_does_with_what_it_hands_back(layout, cell):
    groups = dict.fromkeys(cell.groups, 0)
    sizes = {name: cell.bind(**groups).stacked(name).shape for name in groups}
    layer = cell.bind(**{name: RNG.normal(size=size) for name, size in sizes.items()})
    x = RNG.normal(size=(4, 2))
    arrays = {name: a.astype(float) for name, a in layer.stacked(layout=layout).items()}
    ours = layer.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(layout, arrays, cell, x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("layout", "cell"), CELLS, ids=str)
def test_what_is_bound_is_handed_back_exactly(layout, cell):
    arrays = arrays_of(cell, layout)
    layer = cell.bind(layout=layout, **arrays)
    again = layer.stacked(layout=layout)
    assert list(again) == list(arrays)
    for name, array in arrays.items():
        assert alike(again[name], array), name
    assert (layer.bias_parts is not None) == (layout in TWO_BIASES)


@pytest.mark.parametrize("layout", [*ADDS])
def test_a_forget_bias_is_added_as_the_program_adds_it(layout):
    cell, x = LSTM(2, 2), RNG.normal(size=(3, 2))
    arrays = arrays_of(cell, layout)
    plain = cell.bind(layout=layout, **arrays)
    if LAYOUTS[layout].fixed:
        with pytest.raises(
            CellError, match="forget_bias is 5, and the layout 'haiku' always adds 1"
        ):
            cell.bind(layout=layout, forget_bias=5, **arrays)
        return
    layer = cell.bind(layout=layout, forget_bias="5/2", **arrays)
    difference = layer.weights["b_f"] - plain.weights["b_f"]
    assert set(difference.flat) == {fmpq(5, 2) - ADDS[layout]}
    ours = layer.run(x, algebra="float").sequence_out
    assert np.allclose(ours, run(layout, arrays, cell, x, forget_bias=2.5), rtol=1e-12)
    bias = {name: array for name, array in arrays.items() if name in ("bias", "b", "bi")}
    again = layer.stacked(layout=layout, forget_bias="5/2")
    assert all(alike(again[name], array) for name, array in bias.items())
    assert cell.bind(layout="coreml", forget_bias=True, W_x=0, W_h=0, b=0)["b_f"].tolist() == [1, 1]


@pytest.mark.parametrize("layout", sorted(set(OF_LSTM) - set(ADDS)))
def test_where_none_is_added_there_is_no_forget_bias(layout):
    with pytest.raises(CellError, match="adds no forget_bias; leave it out"):
        LSTM(1).bind(layout=layout, forget_bias=1, **arrays_of(LSTM(1), layout))


@pytest.mark.parametrize("layout", TWO_BIASES)
def test_two_biases_are_added_exactly_and_kept_apart(layout):
    cell = LSTM(1)
    arrays = arrays_of(cell, layout)
    names = [name for name in arrays if "ias" in name or name == "B"]
    first, second = np.split(arrays["B"][0], 2) if "B" in arrays else (arrays[n] for n in names)
    first[:], second[:] = 1e30, 1e-30
    layer = cell.bind(layout=layout, **arrays)
    exact = rational_array(1e30).item() + rational_array(1e-30).item()
    assert all(layer.weights[f"b_{gate}"].item() == exact for gate in "ifco")
    assert [float(part.item()) for part in layer.bias_parts["b_o"]] == [1e30, 1e-30]
    plain = cell.bind(kernel=0, recurrent_kernel=0, bias=7).stacked(layout=layout)
    biases = [*plain["B"][0]] if "B" in plain else [n for name in names for n in plain[name]]
    assert biases == [7] * 4 + [0] * 4


def test_training_leaves_no_parts_of_a_bias_behind():
    cell = LSTM(1, activation=None, recurrent_activation=None)
    layer = cell.bind(layout="torch", weight_ih=1, weight_hh=1, bias_ih=1, bias_hh=2)
    loss = {"loss": "half_squared_error", "learning_rate": 1}
    assert layer.bias_parts is not None
    assert layer.fit([[1]], [10], **loss).layer.bias_parts is None


@pytest.mark.parametrize("layout", SIMPLE)
def test_a_program_has_its_simple_layer_under_the_same_names(layout):
    cell = SimpleRNN(3, 2, activation="tanh")
    arrays = arrays_of(cell, layout)
    layer = cell.bind(layout=layout, **arrays)
    W, U, *biases = arrays.values()
    if layout == "tf1":
        (whole, bias) = arrays.values()
        W, U, biases = whole[:2].T, whole[2:].T, [bias]
    elif layout == "coreml":
        U, W = W, U
    elif layout in ("flax", "keras"):
        W, U = W.T, U.T
    elif layout == "onnx":
        W, U, biases = W[0], U[0], np.split(arrays["B"][0], 2)
    h = np.tanh(W @ [1, 2] + sum(biases))
    h = np.tanh(W @ [0, 1] + U @ h + sum(biases))
    assert np.allclose(layer.run([[1, 2], [0, 1]], algebra="float").state_h, h, rtol=1e-12)


def test_a_coupled_gate_has_rows_that_count_for_nothing():
    cell = OnnxLSTM(2, 1, input_forget=True)
    arrays = arrays_of(LSTM(2, 1), "onnx")
    layer = cell.bind(layout="onnx", **arrays)
    again = layer.stacked(layout="onnx")
    kept = np.r_[0:4, 6:8]
    assert alike(again["W"][0, kept], arrays["W"][0, kept])
    assert not again["W"][0, 4:6].any()
    with pytest.raises(
        CellError, match=r"'tf1', .* has a place for W_f, U_f, b_f, which .*: onnx$"
    ):
        cell.bind(layout="tf1", kernel=0, bias=0)


@pytest.mark.parametrize(
    ("cell", "layout", "message"),
    [
        (LSTM(2), "pytorch", "layout is 'pytorch'; did you mean 'torch'"),
        (LSTM(2), 3, "layout is 3; known: caffe, chainer"),
        (
            SimpleRNN(2),
            "dynet",
            "no place for W, U, b of SimpleRNN.*; those that fit: coreml, coreml_mil",
        ),
        (PeepholeLSTM(2), "caffe", "Caffe's LSTM, has no place for p_i, p_f, p_o of Peephole.*tf1"),
        (
            PeepholeLSTM(2),
            "webnn_iofg",
            r"has no place for p_i, p_f, p_o .*\(its peepholes are oth",
        ),
        (ProjectedLSTM(2), "onnx", "no place for P of Proj.*; those that fit: mxnet, tf1, tfl"),
    ],
)
def test_a_layout_that_does_not_apply_says_so(cell, layout, message):
    for use in (lambda: cell.bind(layout=layout), layer_of(cell, layout)):
        with pytest.raises(CellError, match=message) as caught:
            use()
        assert caught.value.argument == "layout"


def layer_of(cell, layout):
    layer = cell.bind(**dict.fromkeys(cell.groups, 0))
    return lambda: layer.stacked(layout=layout)


TORCH = {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones((8, 2)), "bias_ih_l0": 0}
MXNET = {"i2h_weight": 0, "h2h_weight": 0, "i2h_bias": 0, "h2h_bias": 0}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (TORCH, CellError, "bias_hh_l0 is missing; the layout 'torch' has weight_ih_l0, weight_hh"),
        ({**TORCH, "bias_hh_l0": 0, "bias": 0}, CellError, "no array 'bias'; .*known: weight_ih"),
        ({**TORCH, "bias_hh_l0": 0, "weight_hr_l0": 0}, CellError, "has no weights P; leave out"),
        ({**TORCH, "bias_hh_l0": 0, "weight_ih_l1": 0}, CellError, "weight_ih_l0 and weight_ih_l1"),
        (MXNET, CellError, "has no array 'i2h_weight'; .* is that of layout='mxnet'"),
        ({**TORCH, "bias_hh_l0": [1, 2]}, ShapeError,
         r"bias_hh_l0 has shape \(2,\); in the layout 'torch' it is \(8,\)"),
        ({**TORCH, "bias_hh_l0": 0, "weight_ih_l0": np.ones((3, 8))}, ShapeError,
         r"weight_ih_l0 has shape \(3, 8\); in .*\(8, 3\); that is its transpose"),
        ({**TORCH, "bias_hh_l0": "x"}, NumberError, "bias_hh_l0 is 'x'"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_named(given, error, message):
    with pytest.raises(error, match=message):
        LSTM(2, 3).bind(layout="torch", **given)


def test_the_layout_that_arrays_fit_is_named():
    arrays = arrays_of(LSTM(2, 3), "openvino")
    with pytest.raises(ShapeError, match=r"B has shape \(8,\).* is that of layout='openvino'"):
        LSTM(2, 3).bind(layout="onnx", **arrays)
    with pytest.raises(CellError, match="is that of layout='haiku' or layout='tf_block' or layout"):
        LSTM(2, 3).bind(layout="keras", **arrays_of(LSTM(2, 3), "haiku"))


def test_a_forget_bias_needs_a_bias_to_be_added_to():
    cell = LSTM(1, use_bias=False)
    with pytest.raises(CellError, match=r"adds 1 to the bias of f, and LSTM.* has none; make"):
        cell.bind(layout="tf1", kernel=0)
    assert cell.bind(layout="tf1", kernel=1, forget_bias=0)["U_o"] == 1
    with pytest.raises(CellError, match="has no weights b; leave out bias"):
        cell.bind(layout="tf1", kernel=1, forget_bias=0, bias=1)
    with pytest.raises(CellError, match="forget_bias is what some layouts add; give layout, too"):
        cell.bind(kernel=1, recurrent_kernel=1, forget_bias=1)
    with pytest.raises(NumberError, match="forget_bias is 'x'"):
        LSTM(1).bind(layout="tf1", kernel=0, bias=0, forget_bias="x")


def test_names_of_other_layers_and_tables_in_each_other_are_taken():
    one = LSTM(1).bind(layout="torch", weight_ih=1, weight_hh=2, bias_ih=3, bias_hh=4)
    suffixed = {
        f"{name}_l3_reverse": k
        for k, name in enumerate(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), 1)
    }
    other = LSTM(1).bind(layout="torch", **suffixed)
    assert one.weights == other.weights
    prefixed = {"r1_i2h_weight": 1, "r1_h2h_weight": 2, "r1_i2h_bias": 3, "r1_h2h_bias": 4}
    assert LSTM(1).bind(layout="mxnet", **prefixed).weights == one.weights
    flax = {f"i{g}": {"kernel": 1} for g in "ifgo"} | {
        f"h{g}": {"kernel": 2, "bias": 7} for g in "ifgo"
    }
    assert keyword.iskeyword("if")
    assert LSTM(1).bind(layout="flax", **flax).weights == one.weights


def test_an_axis_of_length_one_in_front_may_be_there_or_not():
    cell = LSTM(2, 2)
    for layout in ("onnx", "openvino", "dl4j", "webnn_iofg"):
        arrays = arrays_of(cell, layout)
        bare = {n: a[0] if a.shape[0] == 1 else a[None] for n, a in arrays.items()}
        one, other = (cell.bind(layout=layout, **given) for given in (arrays, bare))
        assert all((one.weights[name] == other.weights[name]).all() for name in one.weights)


def test_intervals_are_added_too():
    layer = LSTM(1).bind(
        layout="torch", weight_ih=0, weight_hh=0, bias_ih=interval(1, "1/8"), bias_hh=2
    )
    assert layer["b_i"].low == fmpq(23, 8)
    assert layer["b_i"].high == fmpq(25, 8)


@pytest.mark.parametrize("arguments", [{}, {"group": "kernel", "layout": "torch"}])
def test_stacked_takes_a_group_or_a_layout(article, arguments):
    with pytest.raises(CellError, match=r"stacked takes a group, .* or a layout"):
        article.stacked(**arguments)


def test_every_layout_names_its_source():
    for layout in LAYOUTS.values():
        assert "," in layout.source
        assert layout.program
