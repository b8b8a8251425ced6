"""Certified values: precision is raised until what is asked for is proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from flint import arb, fmpq

from symlstm.algebras.ball import BallAlgebra
from symlstm.errors import PrecisionError

if TYPE_CHECKING:
    from symlstm.trace import Trace

BITS_PER_DIGIT = 3.3219281
MARGIN = 32
"""How many bits more than the digits ask for to begin with."""
MOST = 64
"""How many times as many bits as to begin with are tried before giving up."""

Result = TypeVar("Result")


def certified(
    compute: Callable[[BallAlgebra], Result],
    undecided: Callable[[Result], str | None],
    digits: int,
) -> Result:
    """Return what ``compute`` computes, at a precision at which nothing in it is ``undecided``.

    Raises `PrecisionError`, with what ``undecided`` says, when something stays so.
    """
    first = precision = int(digits * BITS_PER_DIGIT) + MARGIN
    while True:
        result = compute(BallAlgebra(precision, digits))
        reason = undecided(result)
        if reason is None:
            return result
        if 2 * precision > MOST * first:
            raise PrecisionError(f"{reason}, not at {precision} bits either")
        precision *= 2


def certified_trace(run: Callable[[BallAlgebra], Trace[Any]], digits: int) -> Trace[Any]:
    """Return a trace of balls that are all so small that ``digits`` of their digits are proven.

    Of a value within 10^-digits of zero, twice as many decimals are.
    """

    def undecided(trace: Trace[Any]) -> str | None:
        for history in trace.histories:
            for step, values in history.items():
                for name, value in values.items():
                    if not all(_has_digits(ball, digits) for ball in value.entries()):
                        return f"{name}_{step} is not known to {digits} digits"
        return None

    return certified(run, undecided, digits)


def _has_digits(ball: arb, digits: int) -> bool:
    if not ball.is_finite():
        return False
    radius, middle = exactly(ball.rad()), abs(exactly(ball.mid()))
    scale = fmpq(1, 10**digits)
    return bool(radius <= scale * max(middle, scale) / 2)


def exactly(end: arb) -> fmpq:
    """Return the rational number that an exact ball is."""
    mantissa, exponent = end.man_exp()
    power = fmpq(2) ** abs(int(exponent))
    return fmpq(mantissa) * power if exponent >= 0 else fmpq(mantissa) / power
