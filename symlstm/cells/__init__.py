"""The cells, one a file: its equations and nothing else."""

from symlstm.cells.lstm import LSTM
from symlstm.cells.peephole import PeepholeLSTM

__all__ = ["CELLS", "LSTM", "PeepholeLSTM"]

CELLS = {cell.__name__: cell for cell in (LSTM, PeepholeLSTM)}
"""The cells by name, as a derivation file asks for them."""
