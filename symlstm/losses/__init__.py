"""Losses: what a network gives, and what it should give, in; equations of a number out.

>>> from symlstm import losses
>>> for equation in losses.equations("categorical_crossentropy", 3, from_logits=True):
...     print(equation)
L_t = -sum(y_t ⊙ logsoftmax(h_t))
"""

from symlstm.losses.absolute_error import MEAN_ABSOLUTE
from symlstm.losses.crossentropy import (
    BINARY,
    BINARY_OF_LOGITS,
    CATEGORICAL,
    CATEGORICAL_OF_LOGITS,
    OF_LOGARITHMS,
)
from symlstm.losses.loss import Loss, Objective
from symlstm.losses.squared_error import HALF_SQUARED, MEAN_SQUARED
from symlstm.losses.table import LOSSES, equations, objective

__all__ = [
    "BINARY",
    "BINARY_OF_LOGITS",
    "CATEGORICAL",
    "CATEGORICAL_OF_LOGITS",
    "HALF_SQUARED",
    "LOSSES",
    "MEAN_ABSOLUTE",
    "MEAN_SQUARED",
    "OF_LOGARITHMS",
    "Loss",
    "Objective",
    "equations",
    "objective",
]
