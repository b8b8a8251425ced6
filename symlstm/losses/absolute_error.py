"""The mean of the absolute errors: Keras's ``MeanAbsoluteError`` and PyTorch's ``L1Loss``.

Where an error is zero, so is its derivative.
"""

from __future__ import annotations

from symlstm.equations.expression import Quantity, subtract
from symlstm.equations.vocabulary import absolute, mean
from symlstm.losses.loss import Loss, Parts


def _mean(output: Quantity, target: Quantity, L: Quantity, *, e: Quantity) -> Parts:
    yield e, subtract(output, target)
    yield L, mean(absolute(e))


MEAN_ABSOLUTE = Loss(_mean, between=("e",), over_units="mean")
