"""Cells: sizes and activations in; a system of equations out."""

from symlstm.cells.dense import Dense
from symlstm.cells.gru import GRU
from symlstm.cells.layer_norm import LayerNormLSTM
from symlstm.cells.lstm import LSTM
from symlstm.cells.onnx_gru import OnnxGRU
from symlstm.cells.onnx_lstm import OnnxLSTM
from symlstm.cells.onnx_rnn import OnnxRNN
from symlstm.cells.peephole import PeepholeLSTM
from symlstm.cells.projected import ProjectedLSTM
from symlstm.cells.simple_rnn import SimpleRNN
from symlstm.cells.slstm import SLSTM

__all__ = [
    "CELLS",
    "GRU",
    "LSTM",
    "SLSTM",
    "Dense",
    "LayerNormLSTM",
    "OnnxGRU",
    "OnnxLSTM",
    "OnnxRNN",
    "PeepholeLSTM",
    "ProjectedLSTM",
    "SimpleRNN",
]

CELLS = {
    cell.__name__: cell
    for cell in (
        LSTM,
        GRU,
        SimpleRNN,
        PeepholeLSTM,
        ProjectedLSTM,
        LayerNormLSTM,
        SLSTM,
        OnnxLSTM,
        OnnxGRU,
        OnnxRNN,
        Dense,
    )
}
"""The cells by name, as a derivation file asks for them."""
