"""The cross-check: the exact values, or the certified ones, against NumPy's float64."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from flint import arb, fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.running_error import RunningErrorAlgebra
from symlstm.errors import CellError, NotExactError, TooLargeError
from symlstm.notation.showing import Shown
from symlstm.numbers.exact import Interval, rational, real, to_float, to_sympy
from symlstm.numbers.remembered import cached_property
from symlstm.runs.certify import HasHistories, certified_trace, require_numbers
from symlstm.runs.given import Given

DIGITS = 30
"""How many digits at least are certified of the values that a float64 run is compared with."""
MAX_DIGITS = 10_000
"""How long exact numbers may become before certified ones stand for them."""


class Checked(HasHistories, Protocol):
    """A trace, forward or backward: every value, and what it was computed from."""

    @property
    def algebra(self) -> Algebra[Any]:
        """The algebra of its values."""

    @property
    def given(self) -> Given | None:
        """The numbers that it was given; a symbolic one has none."""


Traced = TypeVar("Traced", bound=Checked)


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
class Check(Shown):
    """What a comparison found.

    ``worst_error`` is the largest relative error of a float64 value (of those whose exact value is
    not zero), ``worst`` where it is, and ``float_value`` and ``exact_value`` are the two. Where
    there are no exact values, ``certified`` says that they are proven enclosures, and
    ``exact_value`` is one, a ball; an error is then the distance from its middle.
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
    certified: bool = False

    @property
    def agrees(self) -> bool:
        """Whether every value is as near as float64 arithmetic can account for."""
        return self.disagreement is None

    def __str__(self) -> str:
        values = "the certified values" if self.certified else "the exact values"
        if self.disagreement is not None:
            return f"float64 disagrees with {values} at {self.disagreement}"
        text = f"float64 agrees with {values}"
        if self.worst is not None:
            text += f": worst relative error {self.worst_error:.2g}"
            text += f" at {self.worst}" if self.worst_error else ""
        if self.overflows_from is not None:
            text += f"; overflows from step {self.overflows_from}"
        return text


@dataclass(frozen=True)
class _Pair:
    place: Place
    true: fmpq | arb
    approximate: float
    bound: float

    @cached_property
    def known(self) -> Interval:
        """What is known of the true value: of an exact one, all."""
        known = real(self.true)
        return known if isinstance(known, Interval) else Interval(known, fmpq(0))

    @cached_property
    def error(self) -> fmpq:
        return abs(rational(self.approximate) - self.known.middle)

    @cached_property
    def relative_error(self) -> float:
        return to_float(self.error / abs(self.known.middle)) if self.error else 0.0

    @property
    def holds(self) -> bool:
        """Whether rounding explains the distance from all that the true value can be.

        Twice the bound, since it was found for one order of the operations and the value may have
        been computed in another.
        """
        distance = self.error - self.known.radius
        return not np.isfinite(self.bound) or distance <= 2 * rational(self.bound)


def check(trace: Traced, run: Callable[[Any, Algebra[Any]], Traced]) -> Check:
    """Compare the exact values of a trace with those in float64; see `Trace.check`.

    ``run`` computes the same trace from what it was given, in another algebra.
    """
    given = trace.given
    if given is None:
        raise CellError("a symbolic trace has no numbers to check; bind the cell and run it")
    require_numbers(given.numbers, "a comparison with float64")
    if isinstance(trace.algebra, DecimalAlgebra):
        raise NotExactError(
            "a check compares float64 with true values, and those of this trace are rounded to "
            f"{trace.algebra.places}; trace.distance() says how far from the true ones they are, "
            "and a run with algebra='exact' or algebra='ball' can be checked"
        )
    true = _true(trace, given, run)
    floats = trace if isinstance(trace.algebra, FloatAlgebra) else run(given, FloatAlgebra())
    pairs = list(_pairs(true, floats, run(given, RunningErrorAlgebra())))
    return _summary(pairs, certified=isinstance(true.algebra, CertifiedAlgebra))


def worst_of(checks: Iterable[Check]) -> Check:
    """Return the first check that disagrees, or else the one that is furthest off."""
    every = list(checks)
    disagreeing = (check for check in every if not check.agrees)
    return next(disagreeing, max(every, key=lambda check: check.worst_error))


def _true(trace: Traced, given: Given, run: Callable[[Any, Algebra[Any]], Traced]) -> Traced:
    """Return the true values: a trace's own, or exact ones of a cell that has them, or balls.

    Balls of few digits are run again with more: they would be wider than what float64 is off by.
    """
    algebra = trace.algebra
    if isinstance(algebra, ExactAlgebra):
        return trace
    if isinstance(algebra, CertifiedAlgebra):
        return trace if algebra.digits >= DIGITS else _certified(given, run)
    try:
        return run(given, ExactAlgebra(MAX_DIGITS))
    except (NotExactError, TooLargeError):
        return _certified(given, run)


def _certified(given: Given, run: Callable[[Any, Algebra[Any]], Traced]) -> Traced:
    return certified_trace(given.numbers, lambda algebra: run(given, algebra), DIGITS)


def _pairs(true: Traced, floats: Traced, bounded: Traced) -> Iterator[_Pair]:
    for sequence, history in enumerate(true.histories):
        for step in sorted(history):
            for name, value in history[step].items():
                approximate = floats.histories[sequence][step][name].flat
                bounds = bounded.histories[sequence][step][name].bound.flat
                entries = zip(value.entries(), approximate, bounds, strict=True)
                for entry, (exact, number, bound) in enumerate(entries):
                    place = Place(name, step, entry, sequence)
                    yield _Pair(place, exact, float(number), float(bound))


def _summary(pairs: list[_Pair], *, certified: bool) -> Check:
    finite = [pair for pair in pairs if np.isfinite(pair.approximate)]
    overflowed = [pair.place.step for pair in pairs if not np.isfinite(pair.approximate)]
    wrong = [pair.place for pair in finite if not pair.holds]
    nonzero = [pair for pair in finite if abs(pair.known.middle) > pair.known.radius]
    worst = max(nonzero, key=lambda pair: pair.relative_error, default=None)
    return Check(
        worst_error=worst.relative_error if worst else 0.0,
        worst=worst.place if worst else None,
        float_value=worst.approximate if worst else 0.0,
        exact_value=_exported(worst.true) if worst else None,
        overflows_from=min(overflowed, default=None),
        disagreement=wrong[0] if wrong else None,
        certified=certified,
    )


def _exported(value: fmpq | arb) -> Any:
    return value if isinstance(value, arb) else to_sympy(value)
