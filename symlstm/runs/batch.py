"""The sequences of a batch: one after the other, or batched, with an axis for them in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.numbers.remembered import cached_property
from symlstm.runs.over_time import OverTime
from symlstm.runs.timeline import Timeline


class Batch(Sequence[History[Any]]):
    """The histories of sequences that were computed at once, made when one is asked for.

    ``over_time`` has their values: over all steps and, with an axis in front, of all sequences.
    """

    def __init__(self, history: History[Any], size: int, over_time: OverTime) -> None:
        self._history, self._size, self.over_time = history, size, over_time

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, k: Any) -> Any:
        return self._apart[k]

    @property
    def batched(self) -> History[Any]:
        """The values of all sequences, with an axis for them in front if there are several."""
        self.over_time.put()
        return self._history

    @cached_property
    def _apart(self) -> tuple[History[Any], ...]:
        steps = self.batched.items()
        if self._size == 1:
            return (self._history,)
        return tuple(
            {step: {name: value[k] for name, value in now.items()} for step, now in steps}
            for k in range(self._size)
        )

    def at(self, step: int, name: str) -> dict[str, Any] | None:
        """Return the values at a step, one of a name among them if there is one."""
        known = self._history.get(step)
        return known if known is None or name in known else self.batched[step]

    def of(self, value: Any, k: int) -> Any:
        """Return of a value of all sequences that of one."""
        return value[k] if self._size > 1 else value

    @property
    def steps(self) -> int:
        """How many time steps there are."""
        return len(self._history) - 1

    def __reduce__(self) -> Any:
        return _batch, (self.batched, self._size)


def _batch(history: History[Any], size: int) -> Batch:
    return Batch(history, size, OverTime([history[step] for step in range(1, len(history))]))


def groups_of(
    algebra: Algebra[Any], batch: int, timeline: Timeline | None
) -> Sequence[Sequence[int]]:
    """Return the sequences of a batch in groups, each of which an algebra computes at once."""
    if not algebra.at_once:
        return [[k] for k in range(batch)]
    return [range(batch)] if timeline is None else timeline.groups()


def stacked(histories: Sequence[History[Any]], sequences: Sequence[int]) -> History[Any]:
    """Return the values of some sequences, with an axis for them in front if there are several."""
    if isinstance(histories, Batch) and len(sequences) == len(histories):
        return histories.batched
    first = sequences[0]
    if len(sequences) == 1:
        return histories[first]
    return {
        step: {name: np.stack([histories[k][step][name] for k in sequences]) for name in values}
        for step, values in histories[first].items()
    }


def in_order(
    ran: Iterable[tuple[Sequence[int], tuple[History[Any], OverTime | None]]],
) -> Sequence[History[Any]]:
    """Return the histories of a batch, of groups of its sequences and what was computed of each.

    That is the values by step, and those over time if they were computed at once at every step.
    """
    groups = list(ran)
    histories: dict[int, History[Any]] = {}
    for sequences, (history, over_time) in groups:
        each: Sequence[History[Any]] = [history]
        if over_time is not None:
            each = Batch(history, len(sequences), over_time)
        elif len(sequences) > 1:
            each = _batch(history, len(sequences))
        if len(groups) == 1 and isinstance(each, Batch):
            return each
        histories.update(zip(sequences, each, strict=True))
    return tuple(histories[k] for k in range(len(histories)))
