"""The cross-check: the exact values against NumPy's float64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from flint import fmpq

from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.running_error import RunningErrorAlgebra
from symlstm.errors import CellError
from symlstm.numbers import rational, to_float, to_sympy

if TYPE_CHECKING:
    from symlstm.trace import Trace


class Place(NamedTuple):
    """Where a value stands: ``o_3``, entry 1 of its vector, in the first sequence."""

    name: str
    step: int
    entry: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.name}_{self.step}"


@dataclass(frozen=True)
class Check:
    """What a comparison found.

    ``worst_error`` is the largest relative error of a float64 value, ``worst`` where it is, and
    ``float_value`` and ``exact_value`` are the two. ``overflows_from`` is the first step at which a
    float64 value is infinite or no number; such values are not compared. ``disagreement`` is the
    first place where the two are further apart than rounding explains, by running error analysis.
    """

    worst_error: float
    worst: Place | None
    float_value: float
    exact_value: Any
    overflows_from: int | None
    disagreement: Place | None

    @property
    def agrees(self) -> bool:
        """Whether every value is as near as float64 arithmetic can account for."""
        return self.disagreement is None

    def __str__(self) -> str:
        if self.disagreement is not None:
            return f"float64 disagrees with the exact values at {self.disagreement}"
        text = "float64 agrees with the exact values"
        if self.worst is not None:
            text += f": worst relative error {self.worst_error:.2g}"
            text += f" at {self.worst}" if self.worst_error else ""
        if self.overflows_from is not None:
            text += f"; overflows from step {self.overflows_from}"
        return text


class _Pair(NamedTuple):
    place: Place
    exact: fmpq
    approximate: float
    bound: float

    @property
    def distance(self) -> fmpq:
        return abs(rational(self.approximate) - self.exact)

    @property
    def relative_error(self) -> float:
        distance = self.distance
        if distance == 0:
            return 0.0
        return to_float(distance / abs(self.exact)) if self.exact else float("inf")

    @property
    def holds(self) -> bool:
        return not np.isfinite(self.bound) or self.distance <= rational(self.bound)


def check(trace: Trace[Any]) -> Check:
    """Compare the exact values of a trace's numbers with float64; see `Trace.check`."""
    if trace.given is None:
        raise CellError("a symbolic trace has no numbers to check; bind the cell and run it")
    exact = trace if trace.algebra.name == "exact" else trace.given.run(ExactAlgebra())
    return _summary(list(_pairs(exact, trace.given.run(RunningErrorAlgebra()))))


def _pairs(exact: Trace[Any], bounded: Trace[Any]) -> Iterator[_Pair]:
    for sequence, history in enumerate(exact.histories):
        for step in range(1, len(exact) + 1):
            for name, value in history[step].items():
                other = bounded.histories[sequence][step][name]
                entries = zip(value.entries(), other.value[:, 0], other.bound[:, 0], strict=True)
                for entry, (true, approximate, bound) in enumerate(entries):
                    place = Place(name, step, entry, sequence)
                    yield _Pair(place, true, float(approximate), float(bound))


def _summary(pairs: list[_Pair]) -> Check:
    finite = [pair for pair in pairs if np.isfinite(pair.approximate)]
    overflowed = [pair.place.step for pair in pairs if not np.isfinite(pair.approximate)]
    wrong = [pair.place for pair in finite if not pair.holds]
    worst = max(finite, key=lambda pair: pair.relative_error, default=None)
    return Check(
        worst_error=worst.relative_error if worst else 0.0,
        worst=worst.place if worst else None,
        float_value=worst.approximate if worst else 0.0,
        exact_value=to_sympy(worst.exact) if worst else None,
        overflows_from=min(overflowed, default=None),
        disagreement=wrong[0] if wrong else None,
    )
