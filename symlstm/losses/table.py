"""The losses by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, t
from symlstm.errors import SymlstmError, choices
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
from symlstm.numbers.exact import shown

LOSSES: Mapping[str, Loss] = {
    "half_squared_error": HALF_SQUARED,
    "mean_squared_error": MEAN_SQUARED,
    "mean_absolute_error": MEAN_ABSOLUTE,
    "binary_crossentropy": BINARY,
    "categorical_crossentropy": CATEGORICAL,
    "negative_log_likelihood": OF_LOGARITHMS,
}
"""The losses by name, for which languages have words."""

OF_LOGITS: Mapping[str, Loss] = {
    "binary_crossentropy": BINARY_OF_LOGITS,
    "categorical_crossentropy": CATEGORICAL_OF_LOGITS,
}
"""Those of what is a probability only after a sigmoid or a softmax."""


def loss_named(loss: Any, *, from_logits: bool = False) -> Loss:
    """Return the loss of a name, or a `Loss` as it is; raises `SymlstmError` for another name."""
    if not isinstance(from_logits, bool):
        message = f"from_logits is {shown(from_logits)}; give True or False"
        raise SymlstmError(message, argument="from_logits")
    if isinstance(loss, Loss) and not from_logits:
        return loss
    table = OF_LOGITS if from_logits else LOSSES
    if not isinstance(loss, str) or loss not in table:
        known = choices(loss if isinstance(loss, str) else "", table)
        of = "; from_logits=True is for those of probabilities" if from_logits else ""
        of += "" if isinstance(loss, str) else "; of one of Keras or PyTorch, give what "
        of += "" if isinstance(loss, str) else "**symlstm.loss_options(loss) is"
        raise SymlstmError(f"loss is {shown(loss)}; {known}{of}", argument="loss")
    return table[loss]


def name_of(loss: Loss) -> str:
    """Return what languages have words for: the name of a loss, or ``"other"``.

    >>> name_of(LOSSES["mean_squared_error"]), name_of(OF_LOGITS["binary_crossentropy"])
    ('mean_squared_error', 'binary_crossentropy_of_logits')
    """
    named = [name for name, one in LOSSES.items() if one == loss]
    of_logits = [f"{name}_of_logits" for name, one in OF_LOGITS.items() if one == loss]
    return next(iter([*named, *of_logits]), "other")


def objective(output: Quantity, loss: Any, *, from_logits: bool = False) -> Objective:
    """Return a loss of a quantity, as a system of equations."""
    return Objective(loss_named(loss, from_logits=from_logits), output)


def equations(loss: Any, units: int, *, from_logits: bool = False) -> tuple[Equation, ...]:
    """Return the equations of a loss of so many units: of an output h_t and its target y_t."""
    return objective(Quantity("h", units, time=t), loss, from_logits=from_logits).equations
