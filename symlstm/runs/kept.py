"""What a stateful run leaves for the next one: its last states, or the run that ends in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.errors import ShapeError
from symlstm.numbers.arrays import Array, middles, rational_array
from symlstm.numbers.exact import computed
from symlstm.runs.certify import certified_trace, tightest

DIGITS = 30
"""How many digits of a true state are certain where a run in floats or decimals goes on from it."""

States = Mapping[str, Array]
"""The states of a layer by name, each of shape (batch, size)."""


class GoesOn(Protocol):
    """The numbers that a run is given, and what it goes on from."""

    @property
    def numbers(self) -> Mapping[str, Array]:
        """All the numbers, exact, by the names that a user knows them by."""

    @property
    def batch(self) -> int:
        """How many sequences are run."""

    @property
    def before(self) -> Kept | None:
        """The run that this one goes on from, if its states are worked out again."""

    def run(self, algebra: Algebra[Any]) -> Any:
        """Return the trace of the run in an algebra."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The true states that a run ends in, worked out as precisely as the next run needs them.

    Balls that were kept would get wider from run to run, and decide less and less. So it is kept
    what the run was ``given``; with what each precision came to, so that it comes to it only once.
    ``intervals`` has the interval among all the numbers so far that needs the most bits, if any.
    """

    given: Any
    intervals: Mapping[str, Array]
    _known: dict[Any, Sequence[States]] = field(default_factory=dict, repr=False)

    def states(self, algebra: Algebra[Any]) -> Sequence[States]:
        """Return the states of each layer, as what ``algebra`` converts.

        They are enclosures in the ball algebra, exact in the exact one; others start near them.
        """
        if isinstance(algebra, CertifiedAlgebra):
            return self._in(algebra, (type(algebra), algebra.precision))
        if isinstance(algebra, ExactAlgebra):
            return self._in(algebra, (ExactAlgebra, 0))
        if "near" not in self._known:
            certain = certified_trace(self.given.numbers, self.given.run, DIGITS)
            near = [{n: middles(s) for n, s in one.items()} for one in last_states(certain)]
            self._known["near"] = near
        return self._known["near"]

    def remember(self, trace: Any) -> None:
        """Take the states of a run in balls that has been made already."""
        algebra = trace.layers[0].algebra
        self._known[type(algebra), algebra.precision] = last_states(trace)

    def _in(self, algebra: Algebra[Any], key: tuple[type, int]) -> Sequence[States]:
        # Earliest first, and not each from the one before it: there may be thousands.
        missing: list[Kept] = []
        for kept in self._backward():
            if key in kept._known:
                break
            missing.append(kept)
        for kept in reversed(missing):
            kept._known[key] = last_states(kept.given.run(algebra))
        return self._known[key]

    def _backward(self) -> Iterator[Kept]:
        kept: Kept | None = self
        while kept is not None:
            yield kept
            kept = kept.given.before

    def __getstate__(self) -> list[Any]:
        # One after the other, and not one in the other: a pickle is only so deep.
        return [(replace(one.given, before=None), one.intervals) for one in self._backward()][::-1]

    def __setstate__(self, runs: list[Any]) -> None:
        before: Kept | None = None
        *earlier, (given, intervals) = runs
        for one, of_one in earlier:
            before = Kept(replace(one, before=before), of_one)
        vars(self).update(given=replace(given, before=before), intervals=intervals, _known={})


class Memory:
    """What the stateful runs of a layer or a network have kept, until it is cleared.

    It is the states of each layer, or the run that ended in them.
    """

    def __init__(self, states: Sequence[States] | None = None) -> None:
        self._states: Sequence[States] | Kept | None = states

    @classmethod
    def together(cls, memories: Iterable[Memory], others: int) -> Memory:
        """Return that of a network of several, and others that remember nothing.

        If any of them keeps no states, it is nothing.
        """
        each = [memory._states for memory in memories]
        known = [states for states in each if isinstance(states, Sequence)]
        kept = [one for states in known for one in states]
        return cls([*kept, *({} for _ in range(others))] if len(known) == len(each) else None)

    def start(self, batch: int) -> Sequence[States] | Kept | None:
        """Return what so many sequences go on from; raises `ShapeError` for as many others."""
        states = self._states
        if isinstance(states, Kept):
            kept = states.given.batch
        else:
            arrays = [array for one in states or () for array in one.values()]
            if not arrays:  # nothing is kept, or remembers anything
                return None
            kept = len(arrays[0])
        if kept != batch:
            raise ShapeError(
                f"inputs have {batch} sequences, and the states kept are those of {kept}; "
                "give as many sequences, or call reset_state() first",
                argument="inputs",
            )
        return states

    def keep(self, trace: Any) -> None:
        """Keep the last states; what float64 has overflowed cannot be, and changes nothing."""
        if isinstance(trace.layers[0].algebra, CertifiedAlgebra):
            self.keep_true(trace.given).remember(trace)
            return
        self._states = [
            {name: rational_array(states, argument=name) for name, states in one.items()}
            for one in last_states(trace)
        ]

    def keep_true(self, given: GoesOn) -> Kept:
        """Keep the true states that a run ends in; nothing is worked out before it is needed."""
        found = tightest(given.numbers)
        kept = Kept(given, {} if found is None else {"what runs before were given": found})
        self._states = kept
        return kept

    def clear(self) -> None:
        """Forget it."""
        self._states = None

    def copied(self) -> Memory:
        """Return one that goes on from the same, and keeps its own."""
        copy = Memory()
        copy._states = self._states
        return copy


def last_states(trace: Any) -> list[dict[str, Array]]:
    """Return the states of each layer after the last step of a trace."""
    return [_last_of(layer) for layer in trace.layers]


def _last_of(trace: Any) -> dict[str, Array]:
    last, sequences = len(trace), range(len(trace.histories))
    columns = {
        name: [trace.entries(name, last, k)[:, 0] for k in sequences] for name in trace.cell.states
    }
    return {
        name: rational_array(np.stack(each), argument=name, read=computed)
        for name, each in columns.items()
    }
