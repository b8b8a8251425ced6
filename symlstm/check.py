"""The cross-check: the exact values against NumPy's float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from flint import fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.running_error import RunningErrorAlgebra
from symlstm.errors import CellError
from symlstm.numbers import rational, to_float, to_sympy

if TYPE_CHECKING:
    from symlstm.trace import Given, Trace


class Place(NamedTuple):
    """Where a value stands: ``o_3``, entry 1 of its vector, in the first sequence.

    The entries of a matrix are counted row by row.
    """

    name: str
    step: int
    entry: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.name}_{self.step}"


@dataclass(frozen=True)
class Check:
    """What a comparison found.

    ``worst_error`` is the largest relative error of a float64 value (of those whose exact value is
    not zero), ``worst`` where it is, and ``float_value`` and ``exact_value`` are the two.
    ``overflows_from`` is the first step at which a float64 value is infinite or no number; such
    values are not compared. ``disagreement`` is the first place where the two are further apart
    than rounding explains, by running error analysis.
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


@dataclass(frozen=True)
class _Pair:
    place: Place
    exact: fmpq
    approximate: float
    bound: float

    @cached_property
    def distance(self) -> fmpq:
        return abs(rational(self.approximate) - self.exact)

    @cached_property
    def relative_error(self) -> float:
        return to_float(self.distance / abs(self.exact)) if self.distance else 0.0

    @property
    def holds(self) -> bool:
        """Whether rounding explains the distance.

        Twice the bound, since it was found for one order of the operations and the value may have
        been computed in another.
        """
        return not np.isfinite(self.bound) or self.distance <= 2 * rational(self.bound)


def check(trace: Trace[Any], run: Callable[[Given, Algebra[Any]], Trace[Any]]) -> Check:
    """Compare the exact values of a trace with those in float64; see `Trace.check`.

    ``run`` computes the same trace from what it was given, in another algebra.
    """
    given = trace.given
    if given is None:
        raise CellError("a symbolic trace has no numbers to check; bind the cell and run it")
    exact = trace if isinstance(trace.algebra, ExactAlgebra) else run(given, ExactAlgebra())
    floats = trace if isinstance(trace.algebra, FloatAlgebra) else run(given, FloatAlgebra())
    return _summary(list(_pairs(exact, floats, run(given, RunningErrorAlgebra()))))


def _pairs(exact: Trace[Any], floats: Trace[Any], bounded: Trace[Any]) -> Iterator[_Pair]:
    for sequence, history in enumerate(exact.histories):
        for step in sorted(history):
            for name, value in history[step].items():
                approximate = floats.histories[sequence][step][name].flat
                bounds = bounded.histories[sequence][step][name].bound.flat
                entries = zip(value.entries(), approximate, bounds, strict=True)
                for entry, (true, number, bound) in enumerate(entries):
                    place = Place(name, step, entry, sequence)
                    yield _Pair(place, true, float(number), float(bound))


def _summary(pairs: list[_Pair]) -> Check:
    finite = [pair for pair in pairs if np.isfinite(pair.approximate)]
    overflowed = [pair.place.step for pair in pairs if not np.isfinite(pair.approximate)]
    wrong = [pair.place for pair in finite if not pair.holds]
    nonzero = [pair for pair in finite if pair.exact != 0]
    worst = max(nonzero, key=lambda pair: pair.relative_error, default=None)
    return Check(
        worst_error=worst.relative_error if worst else 0.0,
        worst=worst.place if worst else None,
        float_value=worst.approximate if worst else 0.0,
        exact_value=to_sympy(worst.exact) if worst else None,
        overflows_from=min(overflowed, default=None),
        disagreement=wrong[0] if wrong else None,
    )
