"""Training: gradient descent on a layer's weights, with a record of every update."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.equations.activations import activation, rational_names
from symlstm.errors import (
    NotExactError,
    NumberError,
    ShapeError,
    SymlstmError,
    TooLargeError,
    choices,
)
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, rational_array
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import rational, shown, whole_number
from symlstm.runs.certify import require_numbers
from symlstm.runs.layer import Layer
from symlstm.training.objective import LOSSES, Objective
from symlstm.training.update import Batch, Descent, Update

DIGITS_PER_BIT = math.log10(2)


@dataclass(frozen=True, eq=False)
class Training(Shown):
    """What `Layer.fit` did: an update after each batch, and the ``layer`` that they lead to."""

    batch_size: int
    updates: tuple[Update, ...]

    @property
    def layer(self) -> Layer:
        """The trained layer."""
        return self.updates[-1].after

    @property
    def losses(self) -> list[Any]:
        """The loss of each update's batch, before it."""
        return [update.loss for update in self.updates]


def fit(
    layer: Layer,
    inputs: Any,
    targets: Any,
    *,
    loss: str,
    learning_rate: Any,
    batch_size: int,
    epochs: int,
    return_sequences: bool,
    algebra: str,
    max_digits: int,
) -> Training:
    """Return the training of ``layer``; `Layer.fit` has the arguments and their defaults."""
    if not isinstance(loss, str) or loss not in LOSSES:
        message = f"loss is {shown(loss)}; {choices(loss, LOSSES)}"
        raise SymlstmError(message, argument="loss")
    if algebra in ("ball", "decimal"):
        message = f"algebra is {algebra!r}, and training is exact or in float64"
        message += "; choose 'exact' or 'float'"
        raise SymlstmError(message, argument="algebra")
    require_numbers(layer.weights, "training")
    if algebra == "exact":
        _require_exact(layer.cell)
    sequences = _inputs(layer.cell, inputs)
    count, length, _ = sequences.shape
    steps = tuple(range(1, length + 1)) if return_sequences else (length,)
    wanted = _targets(layer.cell, targets, count, length if return_sequences else None)
    rate = rational(learning_rate, argument="learning_rate")
    if rate < 0:
        message = f"learning_rate is {shown(learning_rate)}; give 0 or more, to go down the slope"
        raise NumberError(message, argument="learning_rate")
    max_digits = whole_number(max_digits, argument="max_digits")
    descent = Descent(Objective(layer.cell, loss, steps), rate, algebra, sequences, wanted)
    size = whole_number(batch_size, argument="batch_size")
    epochs = whole_number(epochs, argument="epochs")
    count_updates = epochs * -(-count // size)
    afford("updates", count_updates, what=f"epochs is {written(epochs)}", argument="epochs")
    updates: list[Update] = []
    for batch in _batches(count, size, epochs):
        _validate_digits(layer, len(updates), max_digits)
        updates.append(descent.update(layer, batch))
        layer = updates[-1].after
    return Training(size, tuple(updates))


def _require_exact(cell: Cell) -> None:
    """Raise for a function without exact values; balls, which others give it, train nothing."""
    for row in (activation(getattr(cell, option)) for option in cell.activations):
        if not row.rational:
            raise NotExactError(
                f"{row.name} takes rational numbers to irrational ones, so that it has no exact "
                "values; train with algebra='float', or use a rational activation "
                f"({', '.join(rational_names())})",
                argument=row.name,
            )


def _batches(count: int, size: int, epochs: int) -> Iterator[Batch]:
    """Yield the batches of so many sequences, in order."""
    firsts = range(1, count + 1, size)
    for epoch in range(1, epochs + 1):
        for number, first in enumerate(firsts, start=1):
            sequences = range(first, min(first + size, count + 1))
            yield Batch((epoch - 1) * len(firsts) + number, epoch, sequences, size)


def _validate_digits(layer: Layer, update: int, most: int) -> None:
    """Raise for weights so long that the next update may not come to an end."""
    entries = (entry for array in layer.weights.values() for entry in array.flat)
    bits = max(max(entry.p.bit_length(), entry.q.bit_length()) for entry in entries)
    if update and bits * DIGITS_PER_BIT > most:
        raise TooLargeError(
            f"after update {update} a weight has {bits * DIGITS_PER_BIT:,.0f} digits, more than "
            f"max_digits={most}, and every update makes them several times longer; make fewer "
            "updates, allow more with a larger max_digits, or train in Python with algebra='float'",
            argument="max_digits",
        )


def _inputs(cell: Cell, inputs: Any) -> Array:
    """Return the sequences, of shape (sequences, T, input_dim)."""
    array = rational_array(inputs, argument="inputs")
    given = array.shape
    if array.ndim == 2 and cell.input_dim == 1:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] != cell.input_dim or 0 in array.shape:
        short = "(sequences, T) or " if cell.input_dim == 1 else ""
        message = (
            f"inputs have shape {given}; give {short}(sequences, T, {cell.input_dim}), "
            "with at least one sequence and one step"
        )
        raise ShapeError(message, argument="inputs")
    return array


def _targets(cell: Cell, targets: Any, count: int, length: int | None) -> Array:
    """Return the targets, of shape (sequences, steps with a target, units)."""
    array = rational_array(targets, argument="targets")
    over_time = () if length is None else (length,)
    wanted = (count, *over_time, cell.output_dim)
    if array.shape != wanted and not (cell.output_dim == 1 and array.shape == wanted[:-1]):
        short = f"{wanted[:-1]} or " if cell.output_dim == 1 else ""
        outputs = "each last output" if length is None else "every output"
        hint = " (return_sequences=True is for one at every step)" if length is None else ""
        raise ShapeError(
            f"targets have shape {array.shape}; give {short}{wanted}, one for {outputs}{hint}",
            argument="targets",
        )
    return array.reshape(count, length or 1, cell.output_dim)
