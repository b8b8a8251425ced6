"""What the outputs of a run are compared with: targets, for each output or for the last ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from symlstm.errors import ShapeError, SymlstmError
from symlstm.losses.loss import Loss
from symlstm.losses.table import loss_named
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.exact import real, shown
from symlstm.runs.states import timed

Reduction = Literal["mean", "sum", "sum_over_units"]
Made = TypeVar("Made")
REDUCTIONS = ("mean", "sum", "sum_over_units")


@dataclass(frozen=True, eq=False)
class Goal:
    """What the outputs of a run are compared with, and how.

    ``reduction`` says what becomes of the losses of all steps of all sequences, ``"mean"`` or
    ``"sum"``; with ``"sum_over_units"``, those of all units are added up, too, of which a step's
    loss may be the mean. Without, it is what is usual for the loss.
    """

    loss: Loss
    targets: Array
    reduction: Reduction | None = None

    @classmethod
    def of(
        cls, targets: Any, loss: Any, *, from_logits: bool = False, reduction: Any = None
    ) -> Goal:
        """Return the goal that a user gives; raises `SymlstmError` for what is none."""
        if targets is None:
            message = "targets is missing; give one for each output, or for each last one"
            raise SymlstmError(message, argument="targets")
        if reduction not in (None, *REDUCTIONS):
            message = f"reduction is {shown(reduction)}; give 'mean', 'sum', 'sum_over_units' or "
            message += "None"
            raise SymlstmError(message, argument="reduction")
        array = rational_array(targets, argument="targets", read=real)
        return cls(loss_named(loss, from_logits=from_logits), array, reduction)


class HasLoss(ABC, Generic[Made]):
    """Something with outputs, which targets may be compared with."""

    @abstractmethod
    def compared(self, goal: Goal) -> Made:
        """Return the loss of the outputs."""

    def loss(
        self,
        targets: Any,
        *,
        loss: Any = "mean_squared_error",
        from_logits: bool = False,
        reduction: str | None = None,
    ) -> Made:
        """Return the loss of the outputs, as they are; see `Layer.loss` for the arguments.

        >>> from symlstm import Dense
        >>> layer = Dense(2, 1).bind(kernel=[[1, 2]], bias=0)
        >>> options = {"loss": "categorical_crossentropy", "from_logits": True}
        >>> loss = layer.reference([[1]]).loss([0], **options)
        >>> loss.value, loss.backward()["b_y"]
        (np.float32(1.31326...), array([-0.73105...,  0.73105...], dtype=float32))
        """
        return self.compared(Goal.of(targets, loss, from_logits=from_logits, reduction=reduction))


def shares_of(goal: Goal, counted: NDArray[np.bool_], size: int) -> tuple[fmpq, ...]:
    """Return how much a step of each sequence, of outputs of a size, counts."""
    every, batch = int(counted.sum()), len(counted)
    if goal.reduction == "sum_over_units" and goal.loss.over_units == "mean":
        return (fmpq(size),) * batch
    if goal.reduction in ("sum", "sum_over_units"):
        return (fmpq(1),) * batch
    if goal.reduction is None and goal.loss.over_steps == "sum":
        return (fmpq(1, batch),) * batch
    return (fmpq(1, every),) * batch


def counted_in(trace: Any, shape: Sequence[int]) -> NDArray[np.bool_]:
    """Return which steps of which sequences have an output of their own: not those of a mask."""
    line = timed(trace.layers).timeline
    if line is None or shape[1] != line.computed.shape[1]:
        return np.ones(shape[:2], dtype=bool)
    return np.asarray(line.ordered(line.computed, 1), dtype=bool)


def fitted(
    goal: Goal, outputs: tuple[int, ...], shape: tuple[int, ...], shown: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.bool_]]:
    """Return targets of shape (batch, T, size), and which steps have one."""
    given, size, length = goal.targets, shape[2], shape[1]
    fits: dict[str, tuple[int, ...]] = {"each output": outputs}
    whole = outputs if len(outputs) > 1 else (*outputs, 1)
    fits["each last output"] = (*whole[:-2], size)
    if size == 1:
        fits |= {"one of each": whole[:-1], "one of each last": whole[:-2]}
    elif goal.loss.of_classes:
        fits |= {"a class of each": whole[:-1], "a class of each last": whole[:-2]}
    found = [name for name, wanted in fits.items() if given.shape == wanted]
    of_classes = any("class" in name for name in found)
    if len(found) == 2 and of_classes:
        unlikely = _are_no_probabilities(given)
        if unlikely != _are_no_classes(given, size):
            found = [name for name in found if ("class" in name) == unlikely]
    if len(found) != 1 and not (found and (size == 1 or length == 1)):
        known = ", ".join(str(wanted) for wanted in dict.fromkeys(fits.values()))
        ways = "could be for several" if found else "fit none"
        message = f"targets have shape {given.shape}, and {ways} of the shapes {known}"
        message += f" that {' or '.join(fits)} could have"
        raise ShapeError(message, argument="targets")
    if "class" in found[0]:
        given = _one_of(given, size)
    counted = shown.copy()
    if "last" in found[0]:
        counted[:, :-1] = False
        if not counted[:, -1].all():
            message = "targets are for the last outputs, and some are masked; give a target for "
            message += "each output, or a network a head with return_sequences=False"
            raise ShapeError(message, argument="targets")
        given = np.broadcast_to(given.reshape(shape[0], 1, size), shape)
    if not counted.any():
        message = "every time step is left out, so that targets are compared with nothing; give a "
        raise ShapeError(f"{message}mask or sequence_lens that leave some", argument="targets")
    return given.reshape(shape), counted


def _one_of(classes: Array, size: int) -> Array:
    """Return the probabilities, one and zeros, of classes by number."""
    if _are_no_classes(classes, size):
        message = f"targets are classes, and some are none; number them from 0 to {size - 1}"
        raise ShapeError(message, argument="targets")
    rows = np.array([[int(k == entry) for k in range(size)] for entry in classes.flat])
    return rational_array(rows.reshape(*classes.shape, size), argument="targets")


def _are_no_classes(numbers: Array, size: int) -> bool:
    return not all(
        hasattr(entry, "q") and entry.q == 1 and 0 <= entry < size for entry in numbers.flat
    )


def _are_no_probabilities(numbers: Array) -> bool:
    return any(sum(row[1:], row[0]) != 1 for row in numbers.reshape(-1, numbers.shape[-1]))
