"""Certified values: precision is raised until what is asked for is proven."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from symlstm.algebras.affine.boxes import BoxAlgebra
from symlstm.algebras.affine.ellipsoid import EllipsoidAlgebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.certified import CertifiedAlgebra, TooWideError, Wanted
from symlstm.algebras.evaluate import History
from symlstm.errors import NotExactError, PrecisionError
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import Interval, shown
from symlstm.numbers.remembered import remembered

BITS_PER_DIGIT = 3.3219281
MARGIN = 32
"""How many bits more than the digits ask for to begin with."""
GROWN = 40
"""How many bits errors grow by before a cell forgets them, and some for values near zero."""
FEW = 64
"""So many numbers are known together about as cheaply as each with some hundred bits more."""
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
    compute: Callable[[CertifiedAlgebra[Any]], Result],
    undecided: Callable[[Result], str | None],
    digits: int,
    bits: int = 0,
    *,
    contracting: bool = False,
) -> Result:
    """Return what ``compute`` computes, at a precision at which nothing in it is ``undecided``.

    Balls have at least so many ``bits``, if the most precise ones have. Attempts that are known
    early to come to nothing are given up, but for the last one. With ``contracting``, some are in
    ellipsoids. Raises `PrecisionError`, with what ``undecided`` says, when something stays so.
    """
    needed, reason = bits, ""
    *firsts, last = _attempts(digits, contracting)
    for algebra in (*firsts, last):
        if algebra.is_hopeless(needed):
            continue
        try:
            result = compute(algebra)
        except TooWideError as error:
            needed = max(needed, error.bits)
            continue
        algebra.wanted = None  # what goes on from here is no attempt
        with algebra.context():
            found = undecided(result)
        if found is None:
            return result
        reason = found
    raise PrecisionError(f"{reason}, not at {last.precision} bits either")


def _attempts(digits: int, contracting: bool) -> list[CertifiedAlgebra[Any]]:
    """Return what is tried, one after the other; the last one does not give up."""
    wanted, first = Wanted(_bits_for(digits), fmpq(1, 10**digits)), _bits(digits)
    return enclosures(first, digits, wanted) if contracting else in_balls(first, digits, wanted)


def in_balls(first: int, digits: int, wanted: Wanted) -> list[CertifiedAlgebra[Any]]:
    """Return balls of more and more bits; the last ones do not give up."""
    *firsts, last = (first * times for times in TIMES)
    return [*(BallAlgebra(bits, digits, wanted) for bits in firsts), BallAlgebra(last, digits)]


def enclosures(first: int, digits: int, wanted: Wanted) -> list[CertifiedAlgebra[Any]]:
    """Return what is tried, one after the other: balls, and ellipsoids where these cost less.

    Ellipsoids of few numbers come before balls of very many bits, and those of many numbers later.
    """
    balls = in_balls(first, digits, wanted)
    few = EllipsoidAlgebra(first + GROWN, digits, wanted, most=FEW)
    many = EllipsoidAlgebra(first + GROWN, digits, wanted)
    return [*balls[:2], few, *balls[2:5], many, *balls[5:]]


def certified_trace(
    numbers: Mapping[str, Array],
    run: Callable[[CertifiedAlgebra[Any]], Traced],
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

    def undecided(trace: Traced) -> str | None:
        return unknown(trace.histories, digits)

    return certified(run, undecided, digits, bits, contracting=True)


def beside_intervals(numbers: Mapping[str, Array], digits: int) -> CertifiedAlgebra[Any] | None:
    """Return what computes with intervals, if there are any among numbers.

    Its rounding is nothing beside them.
    """
    boxed = [entry for _, entry in intervals(numbers)]
    return BoxAlgebra(max(_bits(digits), *map(_bits_beside, boxed)), digits) if boxed else None


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
def _are_numbers(*arrays: NDArray[Any]) -> bool:
    """Say whether there are no intervals and balls in arrays, which is quick, for millions."""
    return all(set(map(type, one.flat)) <= {fmpq} for one in arrays)


def tightest(numbers: Mapping[str, Array]) -> Array | None:
    """Return the interval among numbers that needs the most bits, in an array, or ``None``."""
    found = max((entry for _, entry in intervals(numbers)), key=_bits_beside, default=None)
    return None if found is None else np.array([found], dtype=object)


def require_numbers(numbers: Mapping[str, Array], asked: str) -> None:
    """Raise `NotExactError` for an interval, where something is ``asked`` of numbers alone."""
    if _are_numbers(*(one for one in numbers.values() if one.dtype == object)):
        return
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
