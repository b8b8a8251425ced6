"""Cells: sizes and activations in; a system of equations out."""

from symlstm.cells.lstm import LSTM
from symlstm.cells.onnx_lstm import OnnxLSTM
from symlstm.cells.peephole import PeepholeLSTM
from symlstm.cells.projected import ProjectedLSTM
from symlstm.cells.simple_rnn import SimpleRNN

__all__ = ["CELLS", "LSTM", "OnnxLSTM", "PeepholeLSTM", "ProjectedLSTM", "SimpleRNN"]

CELLS = {cell.__name__: cell for cell in (LSTM, OnnxLSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN)}
"""The cells by name, as a derivation file asks for them."""
