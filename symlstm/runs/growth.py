"""Exact numbers grow: a run of them ends before a step that would take too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.algebras.exact import DIGITS_PER_BIT, ExactAlgebra
from symlstm.errors import TooLargeError
from symlstm.numbers.budget import most, written

USUAL_GROWTH = 5.0
"""By how much a step makes numbers longer, before two steps have shown it."""


def within_digits(
    steps: Iterable[int], history: History[Any], states: Iterable[str], algebra: Algebra[Any]
) -> Iterator[int]:
    """Yield the steps of a run, each when its numbers will not be too long.

    How long they will be is told from the states of the last step and of the one before: numbers
    get longer by the same factor at every step, once they grow. Raises `TooLargeError` before a
    step that would have more than the ``max_digits`` of an exact algebra; another one has no limit.
    """
    names = list(states)
    for step in steps:
        if isinstance(algebra, ExactAlgebra) and names and step > 1:
            _validate(step, history, names, algebra.max_digits)
        yield step


def _validate(step: int, history: History[Any], states: list[str], max_digits: int | None) -> None:
    digits, limit = _longest(history[step - 1], states)
    allowed = most(limit) if max_digits is None else max_digits
    growth = USUAL_GROWTH
    if step > 2:
        before, _ = _longest(history[step - 2], states)
        growth = max(1.0, digits / max(before, 1))
    wanted = round(digits * growth)
    if wanted > allowed:
        raise TooLargeError(
            f"step {step - 1} has numbers of {written(digits)} digits, and step {step} would have "
            f"about {written(wanted)}, more than max_digits={allowed}; take fewer steps, allow "
            "more with a larger max_digits, or run the layer with algebra='ball' for certified "
            "digits or algebra='float'",
            argument="max_digits",
        )


def _longest(values: dict[str, Any], states: list[str]) -> tuple[int, str]:
    """Return the digits of the longest number in the states, and which limit is on it."""
    entries = [entry for name in states for entry in values[name].entries()]
    bits = max(max(entry.p.bit_length(), entry.q.bit_length()) for entry in entries)
    whole = all(entry.q == 1 for entry in entries)
    return round(bits * DIGITS_PER_BIT), "integer_digits" if whole else "fraction_digits"
