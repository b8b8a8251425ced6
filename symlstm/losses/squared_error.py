"""Squared errors: half their sum, as textbooks have it, and their mean.

C. M. Bishop, "Pattern Recognition and Machine Learning" (2006), equation 5.11; Keras's
``MeanSquaredError`` and PyTorch's ``MSELoss``, whose mean is over units, steps and sequences.
"""

from __future__ import annotations

from symlstm.equations.expression import Quantity, scale, subtract
from symlstm.equations.vocabulary import mean, square, summed
from symlstm.losses.loss import Loss, Parts


def _half(output: Quantity, target: Quantity, L: Quantity, *, e: Quantity) -> Parts:
    yield e, subtract(output, target)
    yield L, scale("1/2", summed(square(e)))


def _mean(output: Quantity, target: Quantity, L: Quantity, *, e: Quantity) -> Parts:
    yield e, subtract(output, target)
    yield L, mean(square(e))


HALF_SQUARED = Loss(_half, between=("e",), over_steps="sum")
MEAN_SQUARED = Loss(_mean, between=("e",), over_units="mean")
