"""Balls widen: an attempt at values that will not be known in the end is given up early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from flint import arb

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra, TooWideError, Wanted
from symlstm.algebras.evaluate import History

FIRST = 8
"""After so many steps, and whenever these have doubled, it is told what the next ones will cost."""
AHEAD = 4
"""As far as so many times the steps there have been, or the bits, and no further."""


def while_narrow(
    steps: Sequence[int], history: History[Any], names: Sequence[str], algebra: Algebra[Any]
) -> Iterator[int]:
    """Yield the steps of a run, unless too many bits are lost on the way to know what is wanted.

    A step widens the balls of the values called ``names`` by about as many bits as the one before:
    what the later half of the steps so far has cost tells what the next ones will, unless errors
    are contracted. It is no proof, and none is needed. Raises `TooWideError`.
    """
    if not (names and isinstance(algebra, CertifiedAlgebra) and algebra.wanted):
        yield from steps
        return
    wanted, largest, lost = algebra.wanted, arb(0), {0: 0}
    for count, step in enumerate(steps):
        if count.bit_count() == 1:
            with algebra.context():
                balls = [b for name in names for b in history[steps[count - 1]][name].entries()]
                largest = reduce(arb.max, (abs(ball.mid()) for ball in balls), largest)
                lost[count] = algebra.precision - _accuracy(balls, wanted, largest)
            if count >= FIRST:
                _require_enough(algebra, wanted.bits + lost[count], lost, count, len(steps))
        yield step


def _require_enough(
    algebra: CertifiedAlgebra[Any], needed: int, lost: Mapping[int, int], count: int, steps: int
) -> None:
    """Raise `TooWideError` if more bits are needed than there are, or soon will be."""
    message = f"after {count} steps, {algebra} are too wide"
    if algebra.contracts:
        if needed > algebra.precision:
            raise TooWideError(f"{message}, since the errors are not forgotten")
        return
    growth = max(lost[count] - lost[count // 2], 0) / (count - count // 2)
    needed += round(growth * (min(steps, AHEAD * count) - count))
    if needed > algebra.precision:
        raise TooWideError(message, min(needed, AHEAD * algebra.precision))


def _accuracy(balls: Sequence[arb], wanted: Wanted, largest: arb) -> int:
    """Return about how many bits are known of values, or of the least that matters."""
    least = largest if wanted.least is None else arb(wanted.least)
    if least.is_zero():
        return min(map(arb.rel_accuracy_bits, balls))
    return min((ball / least).rel_one_accuracy_bits() for ball in balls)
