"""Cells: sizes and activations in; a system of equations out."""

from symlstm.cells.coupled import CoupledLSTM
from symlstm.cells.dense import Dense
from symlstm.cells.flax_mgu import FlaxMGU
from symlstm.cells.gru import GRU
from symlstm.cells.haiku_gru import HaikuGRU
from symlstm.cells.headed import Headed, headed
from symlstm.cells.ind_rnn import IndRNN
from symlstm.cells.layer_norm import LayerNormLSTM
from symlstm.cells.lstm import LSTM
from symlstm.cells.lstm_1997 import LSTM1997
from symlstm.cells.mgu import MGU
from symlstm.cells.minimal import MinGRU, MinLSTM
from symlstm.cells.onnx_gru import OnnxGRU
from symlstm.cells.onnx_lstm import OnnxLSTM
from symlstm.cells.onnx_rnn import OnnxRNN
from symlstm.cells.peephole import PeepholeLSTM
from symlstm.cells.projected import ProjectedLSTM
from symlstm.cells.simple_rnn import SimpleRNN
from symlstm.cells.slstm import SLSTM
from symlstm.cells.tensorflow_lstm import TensorFlowLSTM
from symlstm.cells.ugrnn import UGRNN

__all__ = [
    "CELLS",
    "GRU",
    "LSTM",
    "LSTM1997",
    "MGU",
    "SLSTM",
    "UGRNN",
    "CoupledLSTM",
    "Dense",
    "FlaxMGU",
    "HaikuGRU",
    "Headed",
    "IndRNN",
    "LayerNormLSTM",
    "MinGRU",
    "MinLSTM",
    "OnnxGRU",
    "OnnxLSTM",
    "OnnxRNN",
    "PeepholeLSTM",
    "ProjectedLSTM",
    "SimpleRNN",
    "TensorFlowLSTM",
    "headed",
]

CELLS = {
    cell.__name__: cell
    for cell in (
        *(LSTM, GRU, SimpleRNN, PeepholeLSTM, ProjectedLSTM, LSTM1997, CoupledLSTM),
        *(LayerNormLSTM, SLSTM, MGU, MinGRU, MinLSTM, UGRNN, IndRNN, Dense),
        *(OnnxLSTM, OnnxGRU, OnnxRNN, TensorFlowLSTM, FlaxMGU, HaikuGRU),
    )
}
"""The cells by name, as a derivation file asks for them."""
