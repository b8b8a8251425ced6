"""The sequences of a batch: one after the other, or batched, with an axis for them in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.numbers.remembered import cached_property
from symlstm.runs.timeline import Timeline


class Batch(Sequence[History[Any]]):
    """The histories of sequences that were computed at once, taken apart when one is asked for.

    ``batched`` has the values of all of them, with an axis for the sequences in front.
    """

    def __init__(self, batched: History[Any], size: int) -> None:
        self.batched, self._size = batched, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, k: Any) -> Any:
        return self._apart[k]

    @cached_property
    def _apart(self) -> tuple[History[Any], ...]:
        steps = self.batched.items()
        return tuple(
            {step: {name: value[k] for name, value in now.items()} for step, now in steps}
            for k in range(self._size)
        )


def groups_of(
    algebra: Algebra[Any], batch: int, timeline: Timeline | None
) -> Sequence[Sequence[int]]:
    """Return the sequences of a batch in groups, each of which an algebra computes at once."""
    if not algebra.at_once:
        return [[k] for k in range(batch)]
    return [range(batch)] if timeline is None else timeline.groups()


def stacked(histories: Sequence[History[Any]], sequences: Sequence[int]) -> History[Any]:
    """Return the values of some sequences, with an axis for them in front if there are several."""
    first = sequences[0]
    if len(sequences) == 1:
        return histories[first]
    if isinstance(histories, Batch) and len(sequences) == len(histories):
        return histories.batched
    return {
        step: {name: np.stack([histories[k][step][name] for k in sequences]) for name in values}
        for step, values in histories[first].items()
    }


def in_order(ran: Iterable[tuple[Sequence[int], History[Any]]]) -> Sequence[History[Any]]:
    """Return the histories of a batch, of groups of its sequences and what was computed of each."""
    groups = list(ran)
    if len(groups) == 1 and len(groups[0][0]) > 1:
        return Batch(groups[0][1], len(groups[0][0]))
    histories: dict[int, History[Any]] = {}
    for sequences, history in groups:
        each = Batch(history, len(sequences)) if len(sequences) > 1 else [history]
        histories.update(zip(sequences, each, strict=True))
    return tuple(histories[k] for k in range(len(histories)))


def batched(histories: Sequence[History[Any]]) -> History[Any] | None:
    """Return the values of all sequences, batched, if they were computed so."""
    return histories.batched if isinstance(histories, Batch) else None
