"""Show trainings, and single updates: the losses, and the weights before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from symlstm.figures.values import numbers_of
from symlstm.languages.catalogue import ENGLISH
from symlstm.notebook.entries import block, few
from symlstm.notebook.grid import STEPS, Row, layer_weights
from symlstm.notebook.html import caption, equality, escape, numbers, page, table
from symlstm.runs.layer import Layer
from symlstm.training.training import Training


def training(training: Training) -> dict[str, str]:
    """Show a training: the losses of its first updates and the last, and what became of weights."""
    updates = training.updates
    rows = [["⋯"] * 4 if k is None else _update_row(updates[k]) for k in few(len(updates), STEPS)]
    losses = table(("update", "epoch", "sequences", "loss before it"), rows)
    many = f"{len(updates):,} update{'' if len(updates) == 1 else 's'}"
    words = f"Training: {many}, batch size {training.batch_size}, {_loss(updates[0])}"
    weights = _weights(updates[0].before, training.layer)
    return {"text/html": page(caption(words), losses, *weights)}


def update(update: Any) -> dict[str, str]:
    """Show an update: the loss before it, and the weights before and after."""
    words = f"{update!r}, {_loss(update)}"
    losses = table(("update", "epoch", "sequences", "loss before it"), [_update_row(update)])
    return {"text/html": page(caption(words), losses, *_weights(update.before, update.after))}


def _loss(update: Any) -> str:
    return ENGLISH.words(f"losses.{update.loss_name}")


def _update_row(update: Any) -> list[str]:
    first, last = update.sequences[0], update.sequences[-1]
    which = str(first) if first == last else f"{first} to {last}"
    spelled = numbers_of(update.gradients.adjoints.layers[0])
    loss = block(np.array([[update.loss]], dtype=object), spelled)
    return [str(update.number), str(update.batch.epoch), which, numbers(loss, signs=True)]


def _weights(before: Any, after: Any) -> Iterator[str]:
    """Yield the weights of each layer before and after, a table with a row for each."""
    for number, (first, last) in enumerate(zip(before.layers, after.layers, strict=True)):
        if len(before.layers) > 1:
            yield caption(f"layers[{number}]")
        yield _of_layer(first, last)


def _of_layer(before: Layer, after: Layer) -> str:
    """Return the weights before and after as a table: a row for each."""
    first, last = layer_weights(before), layer_weights(after)
    members = [weight.name for group in before.cell.groups.values() for weight in group]
    rows = ([equality(first[name]), "→", _value(last[name])] for name in members)
    return table((escape("before"), "", "after"), rows)


def _value(row: Row) -> str:
    (value,) = row.values
    assert value is not None
    return numbers(value, signs=True)
