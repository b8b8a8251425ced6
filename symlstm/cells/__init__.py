"""The cells, one a file: its equations and nothing else."""

from symlstm.cells.lstm import LSTM
from symlstm.cells.peephole import PeepholeLSTM
from symlstm.cells.simple_rnn import SimpleRNN

__all__ = ["CELLS", "LSTM", "PeepholeLSTM", "SimpleRNN"]

CELLS = {cell.__name__: cell for cell in (LSTM, PeepholeLSTM, SimpleRNN)}
"""The cells by name, as a derivation file asks for them."""
