"""Exact numbers grow, and balls widen: a run ends before a step that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.algebras.exact import SHORT, ExactAlgebra
from symlstm.algebras.rational import DIGITS_PER_BIT
from symlstm.errors import TooLargeError
from symlstm.numbers.budget import most, written
from symlstm.runs.widening import while_narrow

BACKWARD = 8
"""A backward pass costs about so many times what a run of numbers as long costs."""
USUAL_GROWTH = 5.0
"""By how much a step makes numbers longer, before two steps have shown it."""


def within_digits(
    steps: Sequence[int], history: History[Any], states: Iterable[str], algebra: Algebra[Any]
) -> Iterator[int]:
    """Yield the steps of a run, each when its numbers will not be too long, nor its balls too wide.

    How long they will be is told from the states of the last step and of the one before: numbers
    get longer by the same factor at every step, once they grow. Raises `TooLargeError` before a
    step that would have more than the ``max_digits`` of an exact algebra, and `TooWideError` for
    balls; another algebra has no limit.
    """
    names = list(states)
    narrow = while_narrow(steps, history, names, algebra)
    if not isinstance(algebra, ExactAlgebra) or not names:
        yield from narrow
        return
    for step in narrow:
        _validate(step, history, names, algebra.max_digits)
        yield step


def _validate(step: int, history: History[Any], states: list[str], max_digits: int | None) -> None:
    bits = _longest(history[step - 1], states)
    if max_digits is None and bits < SHORT:
        return
    growth = USUAL_GROWTH
    if step > 2:
        growth = max(1.0, bits / max(_longest(history[step - 2], states), 1))
    digits = round(bits * DIGITS_PER_BIT)
    wanted = round(digits * growth)
    allowed = most(_limit(history[step - 1], states)) if max_digits is None else max_digits
    if wanted > allowed:
        raise TooLargeError(
            f"step {step - 1} has numbers of {written(digits)} digits, and step {step} would have "
            f"about {written(wanted)}, more than max_digits={allowed}; take fewer steps, allow "
            "more with a larger max_digits, or run the layer with algebra='ball' for certified "
            "digits or algebra='float'",
            argument="max_digits",
        )


def backward_within_digits(
    steps: Sequence[int], history: History[Any], adjoints: Iterable[str], algebra: Algebra[Any]
) -> Iterator[int]:
    """Yield the steps of a backward pass, each when its numbers will not be too long or too wide.

    A gradient at a step is that at the step after, times two values of the step or so; and while a
    run has its longest numbers at its last step, a backward pass has them at every one, in dozens
    of sums. Raises `TooLargeError` before a step of which they would be longer than a fraction of
    what the exact algebra is to have, and `TooWideError` for balls.
    """
    names = list(adjoints)
    narrow = while_narrow(steps, history, names, algebra)
    if not isinstance(algebra, ExactAlgebra):
        yield from narrow
        return
    for step in narrow:
        _validate_backward(step, history, names, algebra.max_digits)
        yield step


def _validate_backward(
    step: int, history: History[Any], adjoints: list[str], max_digits: int | None
) -> None:
    later, now = history[step + 1], history[step]
    known = [name for name in adjoints if name in later]
    bits = 2 * _longest(now, list(now)) + (_longest(later, known) if known else 0)
    if max_digits is None and bits < SHORT:
        return
    wanted = round(bits * DIGITS_PER_BIT)
    allowed = most(_limit(now, list(now))) if max_digits is None else max_digits
    if wanted > allowed // BACKWARD:
        raise TooLargeError(
            f"the gradients at step {step} would have numbers of about {written(wanted)} digits, "
            f"more than an eighth of max_digits={allowed}; take fewer steps, run the layer with a "
            "larger max_digits, or with algebra='ball' for certified digits or algebra='float'",
            argument="max_digits",
        )


def _longest(values: dict[str, Any], states: list[str]) -> int:
    """Return the bits of the longest numerator or denominator in the states."""
    return max(entry.height_bits() for name in states for entry in values[name].entries())


def _limit(values: dict[str, Any], states: list[str]) -> str:
    """Return which limit is on the length of numbers: of fractions, factors have to be found."""
    whole = all(entry.q == 1 for name in states for entry in values[name].entries())
    return "integer_digits" if whole else "fraction_digits"
