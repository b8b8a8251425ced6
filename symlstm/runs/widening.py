"""Balls widen: an attempt at values that will not be known in the end is given up early."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

from flint import arb

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra, Wanted
from symlstm.algebras.evaluate import History
from symlstm.errors import PrecisionError

FIRST = 8
"""After so many steps, and whenever these have doubled, it is told what the next ones will cost."""
AHEAD = 4
"""As far as so many times the steps there have been, or the bits, and no further."""


class TooWideError(PrecisionError):
    """An attempt that was given up, as those at fewer than ``bits`` bits would be."""

    def __init__(self, message: str, bits: int = 0) -> None:
        super().__init__(message)
        self.bits = bits


def while_narrow(
    steps: Sequence[int], history: History[Any], names: Sequence[str], algebra: Algebra[Any]
) -> Iterator[int]:
    """Yield the steps of a run, unless too many bits are lost on the way to know what is wanted.

    A step widens the balls of the values called ``names`` by about as many bits as the one before:
    what the later half of the steps so far has cost tells what the next ones will. It is no proof,
    and none is needed. Raises `TooWideError`.
    """
    if not (names and isinstance(algebra, BallAlgebra) and algebra.wanted):
        yield from steps
        return
    wanted, largest, lost = algebra.wanted, arb(0), {0: 0}
    for count, step in enumerate(steps):
        if count and not count & (count - 1):
            balls = [b for name in names for b in history[steps[count - 1]][name].entries()]
            largest = reduce(arb.max, (abs(ball.mid()) for ball in balls), largest)
            lost[count] = algebra.precision - _accuracy(balls, wanted, largest)
            ahead = min(len(steps), AHEAD * count) - count
            growth = max(lost[count] - lost[count // 2], 0) / (count - count // 2)
            needed = wanted.bits + lost[count] + round(growth * ahead)
            if count >= FIRST and needed > algebra.precision:
                message = f"after {count} steps, balls of {algebra.precision} bits are too wide"
                raise TooWideError(message, min(needed, AHEAD * algebra.precision))
        yield step


def _accuracy(balls: Sequence[arb], wanted: Wanted, largest: arb) -> int:
    """Return about how many bits are known of values, or of the least that matters."""
    least = largest if wanted.least is None else arb(wanted.least)
    if least.is_zero():
        return min(map(arb.rel_accuracy_bits, balls))
    return min((ball / least).rel_one_accuracy_bits() for ball in balls)
