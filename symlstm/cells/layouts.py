"""How programs stack the weights of a layer: the names, orders and orientations of their arrays."""

from __future__ import annotations

from collections.abc import Mapping

from symlstm.cells.layout import Layout, alone, by_gate, stacked
from symlstm.cells.stacking import Stack

_DIAGONAL = by_gate({"i": "i", "f": "f", "o": "o"}, {"w_{}_diag": "p"})
_BLOCK = {"w": "WU", "b": "b"}
_OF_BLOCK = by_gate({"i": "i", "f": "f", "o": "o"}, {"wc{}": "p"})
_OF_FLAX = {"i": "i", "f": "f", "c": "g", "o": "o"}
_OF_FLAX_GRU = {"r": "r", "z": "z", "h": "n"}
_OF_FLAX_MGU = (
    *by_gate({"f": "f", "n": "n"}, {"i{}/kernel": "W", "h{}/kernel": "U"}, columns=True),
    *by_gate({"f": "f", "n": "n"}, {"i{}/bias": "b"}),
)
_OF_TFLITE = {"i": "input", "f": "forget", "c": "cell", "o": "output"}
_OF_TFLITE_CIFG = {"f": "forget", "c": "cell", "o": "output"}
_TO_TFLITE = {
    "input_to_{}_weights": "W",
    "recurrent_to_{}_weights": "U",
    "cell_to_{}_weights": "p",
    "{}_gate_bias": "b",
}
_NORMALISED_BY_TFLITE = {**_TO_TFLITE, "{}_layer_norm_coefficients": "gamma"}
_NORMALISED_BY_TF1 = {"i": "input", "c": "transform", "f": "forget", "o": "output"}
_PROJECTED_BY_TFLITE = stacked("", {"projection_weights": "P", "projection_bias": "q"})
_OF_COREML = {"W_h": "U", "W_x": "W", "b": "b"}
_OF_MIL = {"weight_ih": "W", "weight_hh": "U", "bias": "b"}
_OF_WEBNN = {"weight": "W", "recurrentWeight": "U", "bias": "b"}
_OF_KERAS = {"kernel": "W", "recurrent_kernel": "U"}
_OF_ONNX = {"W": "W", "R": "U"}
_OF_TORCH = {"weight_ih_l0": "W", "weight_hh_l0": "U", "bias_ih_l0": "b"}
_OF_MXNET = {"i2h_weight": "W", "h2h_weight": "U", "i2h_bias": "b"}
_AFTER = ("bbd",)
"""The second biases of a GRU whose reset gate comes after the recurrent weights; h is the last."""
_LAST_STATE = "its peepholes are others, since its output gate sees the last cell state"
"""See webmachinelearning/webnn-baseline, src/lstm_cell.js; PeepholeLSTM's sees the new one."""

LAYOUTS: Mapping[str, Layout] = {
    "caffe": Layout(
        "Caffe's LSTM",
        stacked("ifoc", {"W_xc": "W", "b_c": "b", "W_hc": "U"}),
        "BVLC/caffe, src/caffe/layers/lstm_layer.cpp: gate_input_t = (i_t, f_t, o_t, g_t)",
    ),
    "chainer": Layout(
        "Chainer's links.LSTM and StatelessLSTM",
        stacked("cifo", {"upward/W": "W", "upward/b": "b", "lateral/W": "U"}, interleaved=True),
        "chainer/chainer, chainer/functions/rnn/lstm.py: _extract_gates has a, i, f, o",
        other="^/",
    ),
    "coreml": Layout(
        "Core ML's add_unilstm and add_gru, which take a list of arrays for each, add_simple_rnn",
        stacked("ifoc", {**_OF_COREML, "peep": "p"}, apart=True),
        "apple/coremltools, NeuralNetworkBuilder.add_unilstm: [R_i, R_f, R_o, R_z]; with "
        "forget_bias, ones are added; add_gru: [R_z, R_r, R_o]",
        forget_bias=0,
        others=(stacked("zrh", _OF_COREML, apart=True), alone(_OF_COREML)),
    ),
    "coreml_mil": Layout(
        "Core ML's MIL operations lstm, gru and rnn",
        stacked("ifoc", {**_OF_MIL, "peephole": "p"}),
        "apple/coremltools, converters/mil/mil/ops/defs/iOS15/recurrent.py: [input_gate, "
        "forget_gate, output_gate, cell_gate], and [r, o, z] as backend/nn/op_mapping.py has it",
        simple=True,
        others=(stacked("rhz", _OF_MIL),),
    ),
    "dl4j": Layout(
        "Deeplearning4j's LSTM and GravesLSTM, whose I is the candidate and G the input gate",
        (
            *stacked("cfoi", {"W": "W", "RW": "U"}, columns=True),
            *stacked("cfoi", {"RW": "U"}, columns=True, vectors=("p_f", "p_o", "p_i")),
            *stacked("cfoi", {"b": "b"}, leading=1),
        ),
        "deeplearning4j, nn/params/LSTMParamInitializer.java and layers/recurrent/LSTMHelpers."
        "java, [wI,wF,wO,wG,wFF,wOO,wGG]",
    ),
    "dynet": Layout(
        "DyNet's VanillaLSTMBuilder and CompactVanillaLSTMBuilder",
        stacked("ifoc", {"x2i": "W", "h2i": "U", "bi": "b"}),
        "clab/dynet, dynet/lstm.cc: i_ait, i_aft, i_aot, i_agt, and i_aft + forget_bias",
        forget_bias=1,
    ),
    "flax": Layout(
        "Flax's LSTMCell, OptimizedLSTMCell, GRUCell, MGUCell and SimpleCell",
        (
            *by_gate(_OF_FLAX, {"i{}/kernel": "W", "h{}/kernel": "U"}, columns=True),
            *by_gate(_OF_FLAX, {"h{}/bias": "b"}),
        ),
        "google/flax, flax/linen/recurrent.py",
        others=(
            (
                *by_gate(_OF_FLAX_GRU, {"i{}/kernel": "W", "h{}/kernel": "U"}, columns=True),
                *by_gate(_OF_FLAX_GRU, {"i{}/bias": "b"}),
                Stack("hn/bias", ("d",), ("h",)),
            ),
            (*_OF_FLAX_MGU, Stack("hn/bias", ("d",), ("n",))),
            _OF_FLAX_MGU,
            (*alone({"i/kernel": "W", "h/kernel": "U"}, columns=True), *alone({"i/bias": "b"})),
        ),
    ),
    "haiku": Layout(
        "Haiku's LSTM, GRU and VanillaRNN",
        stacked("icfo", {"w": "WU", "b": "b"}, columns=True),
        "google-deepmind/dm-haiku, haiku/_src/recurrent.py: i, g, f, o of [x, h], and f + 1; z, r, "
        "a",
        forget_bias=1,
        fixed=True,
        others=(
            stacked("zra", {"w_i": "W", "w_h": "U", "b": "b"}, columns=True),
            (
                *alone({"input_to_hidden/w": "W", "hidden_to_hidden/w": "U"}, columns=True),
                *alone({"input_to_hidden/b": "b", "hidden_to_hidden/b": "b"}),
            ),
        ),
    ),
    "keras": Layout(
        "Keras's LSTM, GRU and SimpleRNN, and Dense",
        stacked("ifco", {**_OF_KERAS, "bias": "b"}, columns=True),
        "keras-team/keras, keras/src/layers/rnn/lstm.py and gru.py, whose two biases are rows",
        simple=True,
        others=(
            (
                *stacked("zrh", _OF_KERAS, columns=True),
                *stacked("zrh", {"bias": ("b", "bbd")}, rows=True),
            ),
            stacked("zrh", {**_OF_KERAS, "bias": "b"}, columns=True),
            stacked("y", {"kernel": "W", "bias": "b"}, columns=True),
        ),
    ),
    "mxnet": Layout(
        "MXNet's LSTMCell, LSTM, GRUCell, GRU and RNNCell",
        stacked("ifco", {**_OF_MXNET, "h2h_bias": "b", "h2r_weight": "P"}),
        "apache/mxnet, python/mxnet/gluon/rnn/rnn_cell.py: slices _i, _f, _c, _o, and _r, _z, _o",
        simple=True,
        others=(stacked("rzh", {**_OF_MXNET, "h2h_bias": _AFTER}),),
        other=r"^.*?(?=(i2h|h2h|h2r)_)",
    ),
    "onnx": Layout(
        "ONNX's operators LSTM, GRU and RNN",
        stacked("iofc", {**_OF_ONNX, "B": "bb", "P": "p"}, leading=1),
        "onnx/onnx, docs/Operators.md, LSTM: W[iofc], P[iof], [Wb[iofc], Rb[iofc]]; GRU: W[zrh]",
        simple=True,
        others=(
            stacked("zrh", {**_OF_ONNX, "B": ("b", "bbd")}, leading=1),
            stacked("zrh", {**_OF_ONNX, "B": "bb"}, leading=1),
        ),
        coupled=True,
    ),
    "openvino": Layout(
        "OpenVINO's LSTMCell, GRUCell, LSTMSequence and GRUSequence",
        stacked("fico", {**_OF_ONNX, "B": "b"}),
        "openvinotoolkit/openvino, docs of LSTMSequence: format fico; of GRUCell: zrh, and with "
        "linear_before_reset four biases",
        others=(
            (*stacked("zrh", _OF_ONNX), Stack("B", ("bbbd",), ("z", "r", "h", "h"))),
            stacked("zrh", {**_OF_ONNX, "B": "b"}),
        ),
    ),
    "tf1": Layout(
        "TensorFlow 1's cells of LSTMs, GRUs, UGRNNs and simple RNNs",
        (
            *stacked("icfo", {"kernel": "WU", "bias": "b"}, columns=True),
            *_DIAGONAL,
            *stacked("", {"projection/kernel": "P"}, columns=True),
        ),
        "tensorflow, python/keras/layers/legacy_rnn/rnn_cell_impl.py: i, j, f, o of [x, h], and "
        "r, u, whose u is z; contrib/rnn/python/ops/rnn_cell.py: j, f, o of the CoupledInputForget"
        "GateLSTMCell, g, c of the UGRNNCell, and LayerNormBasicLSTMCell; rnn_cell_impl.py, "
        "IndRNNCell",
        forget_bias=1,
        simple=True,
        others=(
            (
                *stacked("rz", {"gates/kernel": "WU", "gates/bias": "b"}, columns=True),
                *stacked("h", {"candidate/kernel": "WU", "candidate/bias": "b"}, columns=True),
            ),
            stacked("gh", {"kernel": "WU", "bias": "b"}, columns=True),
            (
                *stacked("cfo", {"W": "WU", "B": "b"}, columns=True),
                *by_gate({"f": "F", "o": "O"}, {"W_{}_diag": "p"}),
                *stacked("", {"W_P": "P"}, columns=True),
            ),
            (*alone({"kernel_w": "W"}, columns=True), *alone({"kernel_u": "u", "bias": "b"})),
            (
                *stacked("icfo", {"kernel": "WU"}, columns=True),
                *by_gate(_NORMALISED_BY_TF1, {"{}/gamma": "gamma", "{}/beta": "b"}),
                *alone({"state/gamma": "g", "state/beta": "beta"}),
            ),
        ),
    ),
    "tf_block": Layout(
        "TensorFlow's operators LSTMBlockCell, BlockLSTM and GRUBlockCell",
        (*stacked("icfo", _BLOCK, columns=True), *_OF_BLOCK),
        "tensorflow, core/kernels/rnn/lstm_ops.h: GateLayout ICFO, and forget_bias; gru_ops.h",
        forget_bias=1,
        others=(
            (
                *stacked("rz", {"w_ru": "WU", "b_ru": "b"}, columns=True),
                *stacked("h", {"w_c": "WU", "b_c": "b"}, columns=True),
            ),
        ),
    ),
    "tf_block_v2": Layout(
        "TensorFlow's BlockLSTMV2",
        (*stacked("ifco", _BLOCK, columns=True), *_OF_BLOCK),
        "tensorflow, core/kernels/rnn/lstm_ops.h: GateLayout IFCO, with no forget_bias",
    ),
    "tflite": Layout(
        "TensorFlow Lite's LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM, and its RNN",
        (*by_gate(_OF_TFLITE, _TO_TFLITE), *_PROJECTED_BY_TFLITE),
        "tensorflow, lite/kernels/lstm.cc: the inputs of the full kernel; basic_rnn.cc",
        others=(
            (*by_gate(_OF_TFLITE_CIFG, _TO_TFLITE), *_PROJECTED_BY_TFLITE),
            by_gate(_OF_TFLITE, _NORMALISED_BY_TFLITE),
            alone({"input_weights": "W", "recurrent_weights": "U", "bias": "b"}),
        ),
    ),
    "torch": Layout(
        "PyTorch's LSTM, GRU and RNN, and their cells, and Linear",
        stacked("ifco", {**_OF_TORCH, "bias_hh_l0": "b", "weight_hr_l0": "P"}),
        "pytorch/pytorch, torch/nn/modules/rnn.py: (W_ii|W_if|W_ig|W_io), (W_ir|W_iz|W_in)",
        simple=True,
        others=(
            stacked("rzh", {**_OF_TORCH, "bias_hh_l0": _AFTER}),
            stacked("y", {"weight": "W", "bias": "b"}),
        ),
        other=r"(?<=_[ih][hr])(_l\d+(_reverse)?)?$",
        usual="_l0",
    ),
    "webnn_ifgo": Layout(
        'WebNN\'s lstm and lstmCell with layout "ifgo"',
        stacked("ifco", {**_OF_WEBNN, "recurrentBias": "b"}),
        "W3C, Web Neural Network API, MLLstmWeightLayout",
        lacks=_LAST_STATE,
    ),
    "webnn_iofg": Layout(
        'WebNN\'s lstm and lstmCell with layout "iofg", as unless given',
        stacked("iofc", {**_OF_WEBNN, "recurrentBias": "b"}),
        "W3C, Web Neural Network API, MLLstmWeightLayout",
        lacks=_LAST_STATE,
    ),
    "webnn_rzn": Layout(
        'WebNN\'s gru and gruCell with layout "rzn"',
        stacked("rzh", {**_OF_WEBNN, "recurrentBias": _AFTER}),
        "W3C, Web Neural Network API, MLGruWeightLayout; webmachinelearning/webnn-baseline, "
        "src/gru_cell.js",
        others=(stacked("rzh", {**_OF_WEBNN, "recurrentBias": "b"}),),
    ),
    "webnn_zrn": Layout(
        'WebNN\'s gru and gruCell with layout "zrn", as unless given',
        stacked("zrh", {**_OF_WEBNN, "recurrentBias": _AFTER}),
        "W3C, Web Neural Network API, MLGruWeightLayout; webmachinelearning/webnn-baseline, "
        "src/gru_cell.js",
        others=(stacked("zrh", {**_OF_WEBNN, "recurrentBias": "b"}),),
    ),
}
"""The layouts by the names that `Cell.bind` and `Layer.stacked` know them by."""
