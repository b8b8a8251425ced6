"""How programs stack the weights of a layer: the names, orders and orientations of their arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symlstm.cells.stacking import Stack

WITHOUT_GATES = {"P"}
"""The letters of weights that no gate has."""
NOT_OF_THE_CANDIDATE = {"p"}
"""The letters of weights that all gates but c have."""
OF_BIASES = {"b", "d"}
"""The letters of biases."""


@dataclass(frozen=True)
class Layout:
    """How one program has its weights; ``source`` says where it does.

    Biases of which there are two are added. ``forget_bias`` is what the program adds to the bias of
    f when it runs, unless it is told otherwise; with ``fixed`` it cannot be told. With ``simple``,
    its layer without gates has arrays of the same names. ``others`` are the arrays of its other
    cells, such as a GRU. With ``coupled``, it has an array of the
    same size for a cell whose f is 1 - i. What ``other`` matches in the name of an array becomes
    ``usual``: other layers and classes of the program have that. ``lacks`` says why it has no
    place for weights that the program has, too.
    """

    program: str
    stacks: tuple[Stack, ...]
    source: str
    forget_bias: int | None = None
    fixed: bool = False
    simple: bool = False
    others: tuple[tuple[Stack, ...], ...] = ()
    coupled: bool = False
    other: str = ""
    usual: str = ""
    lacks: str = ""

    def canonical(self, name: str) -> str:
        """Return the name that an array has in the table.

        >>> LAYOUTS["torch"].canonical("weight_ih_l1_reverse")
        'weight_ih_l0'
        """
        return re.sub(self.other, self.usual, name, count=1) if self.other else name

    @property
    def ungated(self) -> tuple[Stack, ...]:
        """The arrays of the program's layer without gates."""
        return tuple(replace(stack, gates=("",)) for stack in self.stacks) if self.simple else ()

    @property
    def gated(self) -> tuple[tuple[Stack, ...], ...]:
        """The arrays of each of the program's cells with gates."""
        return (self.stacks, *self.others)


def _stacked(
    order: str, arrays: Mapping[str, str | tuple[str, ...]], **how: Any
) -> tuple[Stack, ...]:
    """Return arrays that stack all gates in one order, given with their letters."""
    return tuple(
        Stack(name, tuple(letters), _gates(letters[0], order), **how)
        for name, letters in arrays.items()
    )


def _by_gate(words: Mapping[str, str], arrays: Mapping[str, str], **how: Any) -> tuple[Stack, ...]:
    """Return arrays that have one gate each, whose word stands in their name."""
    return tuple(
        Stack(name.format(words.get(gate, "")), (letter,), (gate,), **how)
        for name, letter in arrays.items()
        for gate in _gates(letter, "".join(words))
    )


def _gates(letter: str, order: str) -> tuple[str, ...]:
    if letter in WITHOUT_GATES:
        return ("",)
    return tuple(gate for gate in order if letter not in NOT_OF_THE_CANDIDATE or gate != "c")


_DIAGONAL = _by_gate({"i": "i", "f": "f", "o": "o"}, {"w_{}_diag": "p"})
_BLOCK = {"w": "WU", "b": "b"}
_OF_BLOCK = _by_gate({"i": "i", "f": "f", "o": "o"}, {"wc{}": "p"})
_OF_FLAX = {"i": "i", "f": "f", "c": "g", "o": "o"}
_OF_FLAX_GRU = {"r": "r", "z": "z", "h": "n"}
_OF_TFLITE = {"i": "input", "f": "forget", "c": "cell", "o": "output"}
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
        _stacked("ifoc", {"W_xc": "W", "b_c": "b", "W_hc": "U"}),
        "BVLC/caffe, src/caffe/layers/lstm_layer.cpp: gate_input_t = (i_t, f_t, o_t, g_t)",
    ),
    "chainer": Layout(
        "Chainer's links.LSTM and StatelessLSTM",
        _stacked("cifo", {"upward/W": "W", "upward/b": "b", "lateral/W": "U"}, interleaved=True),
        "chainer/chainer, chainer/functions/rnn/lstm.py: _extract_gates has a, i, f, o",
        other="^/",
    ),
    "coreml": Layout(
        "Core ML's add_unilstm, which takes a list of arrays for each",
        _stacked("ifoc", {"W_h": "U", "W_x": "W", "b": "b", "peep": "p"}, apart=True),
        "apple/coremltools, NeuralNetworkBuilder.add_unilstm: [R_i, R_f, R_o, R_z]; with "
        "forget_bias, ones are added",
        forget_bias=0,
    ),
    "coreml_mil": Layout(
        "Core ML's MIL operation lstm",
        _stacked("ifoc", {"weight_ih": "W", "weight_hh": "U", "bias": "b", "peephole": "p"}),
        "apple/coremltools, converters/mil/mil/ops/defs/iOS15/recurrent.py: [input_gate, "
        "forget_gate, output_gate, cell_gate]",
    ),
    "dl4j": Layout(
        "Deeplearning4j's LSTM and GravesLSTM, whose I is the candidate and G the input gate",
        (
            *_stacked("cfoi", {"W": "W", "RW": "U"}, columns=True),
            *_stacked("cfoi", {"RW": "U"}, columns=True, vectors=("p_f", "p_o", "p_i")),
            *_stacked("cfoi", {"b": "b"}, leading=1),
        ),
        "deeplearning4j, nn/params/LSTMParamInitializer.java and layers/recurrent/LSTMHelpers."
        "java, [wI,wF,wO,wG,wFF,wOO,wGG]",
    ),
    "dynet": Layout(
        "DyNet's VanillaLSTMBuilder and CompactVanillaLSTMBuilder",
        _stacked("ifoc", {"x2i": "W", "h2i": "U", "bi": "b"}),
        "clab/dynet, dynet/lstm.cc: i_ait, i_aft, i_aot, i_agt, and i_aft + forget_bias",
        forget_bias=1,
    ),
    "flax": Layout(
        "Flax's LSTMCell, OptimizedLSTMCell and GRUCell",
        (
            *_by_gate(_OF_FLAX, {"i{}/kernel": "W", "h{}/kernel": "U"}, columns=True),
            *_by_gate(_OF_FLAX, {"h{}/bias": "b"}),
        ),
        "google/flax, flax/linen/recurrent.py",
        others=(
            (
                *_by_gate(_OF_FLAX_GRU, {"i{}/kernel": "W", "h{}/kernel": "U"}, columns=True),
                *_by_gate(_OF_FLAX_GRU, {"i{}/bias": "b"}),
                Stack("hn/bias", ("d",), ("h",)),
            ),
        ),
    ),
    "haiku": Layout(
        "Haiku's LSTM",
        _stacked("icfo", {"w": "WU", "b": "b"}, columns=True),
        "google-deepmind/dm-haiku, haiku/_src/recurrent.py: i, g, f, o of [x, h], and f + 1",
        forget_bias=1,
        fixed=True,
    ),
    "keras": Layout(
        "Keras's LSTM, GRU and SimpleRNN",
        _stacked("ifco", {**_OF_KERAS, "bias": "b"}, columns=True),
        "keras-team/keras, keras/src/layers/rnn/lstm.py and gru.py, whose two biases are rows",
        simple=True,
        others=(
            (
                *_stacked("zrh", _OF_KERAS, columns=True),
                *_stacked("zrh", {"bias": ("b", "bbd")}, rows=True),
            ),
            _stacked("zrh", {**_OF_KERAS, "bias": "b"}, columns=True),
        ),
    ),
    "mxnet": Layout(
        "MXNet's LSTMCell, LSTM, GRUCell, GRU and RNNCell",
        _stacked("ifco", {**_OF_MXNET, "h2h_bias": "b", "h2r_weight": "P"}),
        "apache/mxnet, python/mxnet/gluon/rnn/rnn_cell.py: slices _i, _f, _c, _o, and _r, _z, _o",
        simple=True,
        others=(_stacked("rzh", {**_OF_MXNET, "h2h_bias": _AFTER}),),
        other=r"^.*?(?=(i2h|h2h|h2r)_)",
    ),
    "onnx": Layout(
        "ONNX's operators LSTM, GRU and RNN",
        _stacked("iofc", {**_OF_ONNX, "B": "bb", "P": "p"}, leading=1),
        "onnx/onnx, docs/Operators.md, LSTM: W[iofc], P[iof], [Wb[iofc], Rb[iofc]]; GRU: W[zrh]",
        simple=True,
        others=(
            _stacked("zrh", {**_OF_ONNX, "B": ("b", "bbd")}, leading=1),
            _stacked("zrh", {**_OF_ONNX, "B": "bb"}, leading=1),
        ),
        coupled=True,
    ),
    "openvino": Layout(
        "OpenVINO's LSTMCell, GRUCell, LSTMSequence and GRUSequence",
        _stacked("fico", {**_OF_ONNX, "B": "b"}),
        "openvinotoolkit/openvino, docs of LSTMSequence: format fico; of GRUCell: zrh, and with "
        "linear_before_reset four biases",
        others=(
            (*_stacked("zrh", _OF_ONNX), Stack("B", ("bbbd",), ("z", "r", "h", "h"))),
            _stacked("zrh", {**_OF_ONNX, "B": "b"}),
        ),
    ),
    "tf1": Layout(
        "TensorFlow 1's BasicLSTMCell, LSTMCell, GRUCell and BasicRNNCell",
        (
            *_stacked("icfo", {"kernel": "WU", "bias": "b"}, columns=True),
            *_DIAGONAL,
            *_stacked("", {"projection/kernel": "P"}, columns=True),
        ),
        "tensorflow, python/keras/layers/legacy_rnn/rnn_cell_impl.py: i, j, f, o of [x, h], and "
        "r, u, whose u is z",
        forget_bias=1,
        simple=True,
        others=(
            (
                *_stacked("rz", {"gates/kernel": "WU", "gates/bias": "b"}, columns=True),
                *_stacked("h", {"candidate/kernel": "WU", "candidate/bias": "b"}, columns=True),
            ),
        ),
    ),
    "tf_block": Layout(
        "TensorFlow's LSTMBlockCell and BlockLSTM",
        (*_stacked("icfo", _BLOCK, columns=True), *_OF_BLOCK),
        "tensorflow, core/kernels/rnn/lstm_ops.h: GateLayout ICFO, and forget_bias",
        forget_bias=1,
    ),
    "tf_block_v2": Layout(
        "TensorFlow's BlockLSTMV2",
        (*_stacked("ifco", _BLOCK, columns=True), *_OF_BLOCK),
        "tensorflow, core/kernels/rnn/lstm_ops.h: GateLayout IFCO, with no forget_bias",
    ),
    "tflite": Layout(
        "TensorFlow Lite's LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM",
        (
            *_by_gate(_OF_TFLITE, {"input_to_{}_weights": "W", "recurrent_to_{}_weights": "U"}),
            *_by_gate(_OF_TFLITE, {"cell_to_{}_weights": "p", "{}_gate_bias": "b"}),
            *_stacked("", {"projection_weights": "P"}),
        ),
        "tensorflow, lite/kernels/lstm.cc: the inputs of the full kernel",
    ),
    "torch": Layout(
        "PyTorch's LSTM, GRU and RNN, and their cells",
        _stacked("ifco", {**_OF_TORCH, "bias_hh_l0": "b", "weight_hr_l0": "P"}),
        "pytorch/pytorch, torch/nn/modules/rnn.py: (W_ii|W_if|W_ig|W_io), (W_ir|W_iz|W_in)",
        simple=True,
        others=(_stacked("rzh", {**_OF_TORCH, "bias_hh_l0": _AFTER}),),
        other=r"(_l\d+(_reverse)?)?$",
        usual="_l0",
    ),
    "webnn_ifgo": Layout(
        'WebNN\'s lstm and lstmCell with layout "ifgo"',
        _stacked("ifco", {**_OF_WEBNN, "recurrentBias": "b"}),
        "W3C, Web Neural Network API, MLLstmWeightLayout",
        lacks=_LAST_STATE,
    ),
    "webnn_iofg": Layout(
        'WebNN\'s lstm and lstmCell with layout "iofg", as unless given',
        _stacked("iofc", {**_OF_WEBNN, "recurrentBias": "b"}),
        "W3C, Web Neural Network API, MLLstmWeightLayout",
        lacks=_LAST_STATE,
    ),
    "webnn_rzn": Layout(
        'WebNN\'s gru and gruCell with layout "rzn"',
        _stacked("rzh", {**_OF_WEBNN, "recurrentBias": _AFTER}),
        "W3C, Web Neural Network API, MLGruWeightLayout; webmachinelearning/webnn-baseline, "
        "src/gru_cell.js",
        others=(_stacked("rzh", {**_OF_WEBNN, "recurrentBias": "b"}),),
    ),
    "webnn_zrn": Layout(
        'WebNN\'s gru and gruCell with layout "zrn", as unless given',
        _stacked("zrh", {**_OF_WEBNN, "recurrentBias": _AFTER}),
        "W3C, Web Neural Network API, MLGruWeightLayout; webmachinelearning/webnn-baseline, "
        "src/gru_cell.js",
        others=(_stacked("zrh", {**_OF_WEBNN, "recurrentBias": "b"}),),
    ),
}
"""The layouts by the names that `Cell.bind` and `Layer.stacked` know them by."""
