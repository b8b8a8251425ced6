"""How a run goes through time: in which direction, past which steps, and what it shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import CellError, ShapeError, SymlstmError
from symlstm.numbers.remembered import cached_property

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Timeline:
    """The time steps of a batch, in the order in which they are processed.

    ``computed`` says which steps are, of shape (batch, T): at the others a sequence holds its
    states, and its output. ``shown`` says which outputs are what a step computes or holds; the
    others are zero. ``backwards`` says whether the sequences are processed from their ends.
    """

    computed: Booleans
    shown: Booleans
    backwards: bool = False
    emptied: Booleans | None = None
    """Which sequences begin and end in states of zero whatever states they are given, if any do."""

    @cached_property
    def is_whole(self) -> bool:
        """Whether every step of every sequence is computed."""
        return bool(self.computed.all())

    def is_emptied(self, sequence: int) -> bool:
        """Say whether a sequence has nothing to do with the states that it is given."""
        return self.emptied is not None and bool(self.emptied[sequence])

    def computes(self, step: int, sequence: int) -> bool:
        """Say whether a time step is computed."""
        return bool(self.computed[sequence, step - 1])

    def shows(self, step: int, sequence: int) -> bool:
        """Say whether the output of a time step is what it computes or holds, and not zero."""
        return bool(self.shown[sequence, step - 1])

    def steps(self, sequence: int) -> list[int]:
        """Return the time steps of a sequence that are computed, counted from 1."""
        if self.is_whole:
            return list(range(1, self.computed.shape[1] + 1))
        steps: list[int] = (np.flatnonzero(self.computed[sequence]) + 1).tolist()
        return steps

    def groups(self) -> list[list[int]]:
        """Return the sequences in groups, each of those that compute the same steps."""
        if self.is_whole:
            return [list(range(len(self.computed)))]
        groups: dict[bytes, list[int]] = {}
        for k, computed in enumerate(self.computed):
            groups.setdefault(computed.tobytes(), []).append(k)
        return list(groups.values())

    def counted(self, sequence: int) -> list[int]:
        """Return, for each time step, how many have been computed by then."""
        counts: list[int] = np.cumsum(self.computed[sequence]).tolist()
        return counts

    def ordered(self, over_time: Any, axis: int = 1) -> Any:
        """Return what has an entry a time step in the order of processing, or back from it."""
        return np.flip(over_time, axis) if self.backwards else over_time


class OnTimeline(ABC):
    """Something that has gone through time; without a ``timeline``, past every step."""

    @property
    @abstractmethod
    def timeline(self) -> Timeline | None:
        """How it went through time."""

    @abstractmethod
    def __len__(self) -> int:
        """Return how many time steps there are."""

    def computed(self, sequence: int) -> tuple[list[int], list[int]]:
        """Return the steps of a sequence that are computed, and how many are by each step."""
        if self.timeline is None or self.timeline.is_whole:
            every = list(range(1, len(self) + 1))
            return every, every
        return self.timeline.steps(sequence), self.timeline.counted(sequence)

    @property
    def is_whole(self) -> bool:
        """Whether every step of every sequence is computed."""
        return self.timeline is None or self.timeline.is_whole

    def is_computed(self, step: int, sequence: int = 0) -> bool:
        """Say whether a step of a sequence is computed, or else holds what was before it."""
        return step == 0 or self.timeline is None or self.timeline.computes(step, sequence)

    def require_every_step(self, asked: str) -> None:
        """Raise `CellError` for a masked step, where something is ``asked`` of all steps."""
        if not self.is_whole:
            message = "run its sequences apart, without the steps that are masked"
            raise CellError(f"{asked} needs every step, and this trace has masked ones; {message}")


def timeline(
    shape: tuple[int, int],
    mask: Any = None,
    sequence_lens: Any = None,
    *,
    backwards: bool = False,
    zero_output: bool = False,
) -> Timeline:
    """Return how a batch of ``shape`` (batch, T) goes through time; see `Layer.run`.

    Raises `ShapeError` or `SymlstmError` for a mask or lengths that do not fit.
    """
    if mask is not None and sequence_lens is not None:
        message = "mask and sequence_lens are both given; give one of them"
        raise SymlstmError(message, argument="mask")
    computed = np.ones(shape, dtype=bool)
    if mask is not None:
        computed = _mask(mask, shape)
    elif sequence_lens is not None:
        computed = np.arange(shape[1]) < _lengths(sequence_lens, shape)[:, None]
    computed = computed[:, ::-1] if backwards else computed
    shown = computed if zero_output or mask is None else np.logical_or.accumulate(computed, axis=1)
    emptied: Booleans | None = None
    if sequence_lens is not None:
        emptied = np.logical_not(computed.any(axis=1))
    return Timeline(computed, shown, backwards, emptied)


def _mask(mask: Any, shape: tuple[int, int]) -> Booleans:
    array = _array(mask, "mask")
    if array.shape != shape and (shape[0] > 1 or array.shape != shape[1:]):
        message = f"mask has shape {array.shape}; give a truth value for each step, {shape}"
        raise ShapeError(message, argument="mask")
    if array.dtype != bool and (array.dtype.kind not in "iuf" or not np.isin(array, (0, 1)).all()):
        message = "mask has other entries than truth values; give True for what counts, else False"
        raise SymlstmError(message, argument="mask")
    return array.reshape(shape).astype(bool)


def _array(values: Any, argument: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        message = f"{argument} is no array; give a list, or an array"
        raise ShapeError(message, argument=argument) from error


def _lengths(sequence_lens: Any, shape: tuple[int, int]) -> NDArray[np.int64]:
    array = _array(sequence_lens, "sequence_lens")
    if array.dtype.kind not in "iu" or array.shape != shape[:1]:
        message = "give a whole number for each sequence, in an array of shape"
        raise ShapeError(f"sequence_lens: {message} {shape[:1]}", argument="sequence_lens")
    if (array < 0).any() or (array > shape[1]).any():
        message = f"sequence_lens is {array.tolist()}; give lengths from 0 to {shape[1]} steps"
        raise SymlstmError(message, argument="sequence_lens")
    return array.astype(np.int64)
