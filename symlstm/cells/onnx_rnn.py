"""The simple recurrent cell of ONNX, with a clip."""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.cells.clipped import Clipped
from symlstm.cells.simple_rnn import SimpleRNN


@dataclass(frozen=True, repr=False)
class OnnxRNN(Clipped, SimpleRNN):
    r"""The cell of ONNX's operator RNN: `SimpleRNN`, whose activation is given at most ±``clip``.

    ONNX operators, "RNN" (version 22).

    >>> print(OnnxRNN(units=2, clip=3).equations[0])
    h_t = tanh(clip_{3}(W x_t + U h_{t-1} + b))
    """
