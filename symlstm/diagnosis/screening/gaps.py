"""Steps that are left out: what a sequence computes, numbered without gaps, as it goes backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.runs.timeline import Timeline


class Gaps:
    """Where each sequence's computed steps are; after them come steps at which all is zero.

    Adjoints of those are zero, too, and add nothing: every term of an adjoint equation has one.
    """

    def __init__(self, line: Timeline) -> None:
        batch, steps = line.computed.shape
        self.line = line
        self.counted = np.cumsum(line.computed, axis=1)
        self.places = np.zeros((steps, batch), dtype=int)
        """Which step is the n-th that is computed of a sequence, counted from 1; 0 for none."""
        for sequence in range(batch):
            own = line.steps(sequence)
            self.places[: len(own), sequence] = own

    def closed(self, history: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
        """Return a history in which every sequence's computed steps come first."""
        steps = range(1, len(self.places) + 1)
        found: dict[int, dict[str, Any]] = {0: dict(history[0]), **{step: {} for step in steps}}
        for name in history[1]:
            whole = self._stacked([history[step][name] for step in steps])
            whole = np.concatenate([np.zeros_like(whole[:1]), whole])
            for step, places in zip(steps, self.places, strict=True):
                found[step][name] = self._picked(whole, places)
        return found

    def gathered(self, outside: Sequence[Any]) -> list[Any]:
        """Return what comes from outside at each step, added up where the state was computed.

        The first is what comes to an initial state that is held; to none, where it is not used.
        """
        whole = self._stacked(outside)
        found = np.zeros((len(whole) + 1, *whole.shape[1:]))
        for sequence, counted in enumerate(self.counted):
            for values, number in zip(whole, counted, strict=True):
                found[number, ..., sequence] += values[..., sequence]
            if self.line.is_emptied(sequence):
                found[0, ..., sequence] = 0
        return list(found)

    def opened(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return (..., T, size, batch) at the steps where it was computed, and zero elsewhere."""
        found = np.zeros_like(values)
        for sequence in range(values.shape[-1]):
            steps = np.array(self.line.steps(sequence), dtype=int) - 1
            own = values[..., sequence][..., : len(steps), :]
            found[..., sequence][..., steps, :] = own
        return found

    def _stacked(self, values: Sequence[Any]) -> NDArray[Any]:
        batch = np.empty(len(self.counted))
        *alike, _ = np.broadcast_arrays(*values, batch)
        return np.stack(alike)

    @staticmethod
    def _picked(whole: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
        columns = [whole[place, ..., sequence] for sequence, place in enumerate(places)]
        return np.stack(columns, axis=-1)
