"""Certified values: precision is raised until what is asked for is proven."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from symlstm.algebras.ball import BallAlgebra, Wanted
from symlstm.algebras.evaluate import History
from symlstm.errors import NotExactError, PrecisionError
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import Interval, shown
from symlstm.numbers.remembered import remembered
from symlstm.runs.widening import TooWideError

BITS_PER_DIGIT = 3.3219281
MARGIN = 32
"""How many bits more than the digits ask for to begin with."""
TIMES = [2**k for k in range(7)]
"""How many times as many bits as to begin with are tried, one after the other."""

Result = TypeVar("Result")


class HasHistories(Protocol):
    """A trace, of a layer or of several."""

    @property
    def histories(self) -> Sequence[History[Any]]:
        """Every value, by sequence, step and name."""


Traced = TypeVar("Traced", bound=HasHistories)


def certified(
    compute: Callable[[BallAlgebra], Result],
    undecided: Callable[[Result], str | None],
    digits: int,
    bits: int = 0,
) -> Result:
    """Return what ``compute`` computes, at a precision at which nothing in it is ``undecided``.

    It has at least so many ``bits``, if the most precise one has. Attempts that are known early to
    come to nothing are given up, but for the last one. Raises `PrecisionError`, with what
    ``undecided`` says, when something stays so.
    """
    wanted = Wanted(_bits_for(digits), fmpq(1, 10**digits))
    for precision in (_bits(digits) * times for times in TIMES):
        last = precision == _bits(digits) * TIMES[-1]
        if precision < bits and not last:
            continue
        algebra = BallAlgebra(precision, digits, None if last else wanted)
        try:
            result = compute(algebra)
        except TooWideError as error:
            bits = error.bits
            continue
        algebra.wanted = None  # what goes on from here is no attempt
        with algebra.context():
            reason = undecided(result)
        if reason is None:
            return result
    raise PrecisionError(f"{reason}, not at {precision} bits either")


def certified_trace(
    numbers: Mapping[str, Array],
    run: Callable[[BallAlgebra], Traced],
    digits: int,
    bits: int = 0,
) -> Traced:
    """Return a trace of balls that are all so small that ``digits`` of their digits are proven.

    Of a value within 10^-digits of zero, twice as many decimals are. Where the ``numbers`` that
    it rests on are intervals, values are as wide as these make them, and no precision mends that:
    it is run once, with so many bits that rounding is nothing beside the intervals. Balls may then
    be so wide that they are not finite, which proves little and is never wrong. With fewer than
    ``bits`` bits it is not tried.
    """
    wide = beside_intervals(numbers, digits)
    if wide is not None:
        return run(wide)
    return certified(run, lambda trace: unknown(trace.histories, digits), digits, bits)


def beside_intervals(numbers: Mapping[str, Array], digits: int) -> BallAlgebra | None:
    """Return balls whose rounding is nothing beside the intervals among numbers, if there are."""
    boxed = [entry for _, entry in intervals(numbers)]
    return BallAlgebra(max(_bits(digits), *map(_bits_beside, boxed)), digits) if boxed else None


def unknown(histories: Iterable[History[Any]], digits: int) -> str | None:
    """Return what to say of a value of which fewer digits are known, if there is one."""
    # Every rounding of these few operations is enclosed, and a comparison holds for all of it.
    scale = 1 / arb(10) ** digits
    enough = _bits_for(digits)
    for history in histories:
        for step, values in history.items():
            for name, value in values.items():
                balls = value.entries()
                if not (_are_within(enough, balls) or all(_is_known_to(scale, b) for b in balls)):
                    return f"{name}_{step} is not known to {digits} digits"
    return None


def _are_within(bits: int, balls: Sequence[arb]) -> bool:
    """Whether each radius is below the middle times 2^-bits: a quick test that most pass."""
    accurate = min(map(arb.rel_accuracy_bits, balls)) >= bits
    return accurate and all(map(arb.is_finite, balls))


def intervals(numbers: Mapping[str, Array]) -> Iterator[tuple[str, Interval | arb]]:
    """Yield the intervals among numbers, and the balls, each with the name that it stands under."""
    for name, entries in numbers.items():
        if entries.dtype != object or _are_numbers(entries):
            continue
        for entry in entries.flat:
            if isinstance(entry, Interval | arb):
                yield name, entry


@remembered
def _are_numbers(entries: NDArray[Any]) -> bool:
    """Say whether there are no intervals and balls in an array, which is quick, for millions."""
    return set(map(type, entries.flat)) <= {fmpq}


def tightest(numbers: Mapping[str, Array]) -> Array | None:
    """Return the interval among numbers that needs the most bits, in an array, or ``None``."""
    found = max((entry for _, entry in intervals(numbers)), key=_bits_beside, default=None)
    return None if found is None else np.array([found], dtype=object)


def require_numbers(numbers: Mapping[str, Array], asked: str) -> None:
    """Raise `NotExactError` for an interval, where something is ``asked`` of numbers alone."""
    for name, interval in intervals(numbers):
        raise NotExactError(
            f"{name} has the interval {shown(interval)}, and {asked} is for numbers; "
            "give it a number, or run the layer with algebra='ball', which takes intervals",
            argument=name,
        )


def _bits(digits: int) -> int:
    return int(digits * BITS_PER_DIGIT) + MARGIN


def _bits_for(digits: int) -> int:
    """Return how many bits of a number are enough to know so many of its digits."""
    return (10**digits).bit_length() + 1


def _bits_beside(interval: Interval | arb) -> int:
    """Return at how many bits the rounding of a middle is nothing beside the radius."""
    if isinstance(interval, arb):
        return max(int(interval.rel_accuracy_bits()), 0) + MARGIN
    ratio = abs(interval.middle) / interval.radius
    return max(int(ratio.p).bit_length() - int(ratio.q).bit_length(), 0) + MARGIN


def _is_known_to(scale: arb, ball: arb) -> bool:
    return ball.is_finite() and bool(2 * ball.rad() <= scale * abs(ball.mid()).max(scale))
