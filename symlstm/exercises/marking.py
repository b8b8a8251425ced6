"""Mark answers: each against the true value, and against what the answers before it come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.derivations.derivation import Derivation
from symlstm.derivations.exercise import Place
from symlstm.errors import SpecError
from symlstm.exercises.answers import Given
from symlstm.exercises.marks import Answer, Marks
from symlstm.exercises.own import OwnRun
from symlstm.exercises.places import Subject, places, trace_of
from symlstm.exercises.written import LEAST_DIGITS, exact_numbers, height
from symlstm.gradients.gradients import Gradients
from symlstm.numbers.arrays import Array
from symlstm.runs.certify import BITS_PER_DIGIT
from symlstm.runs.trace import Trace
from symlstm.writers.roundings import written

LONGER = 100
"""An answer of so many digits more than the value is not gone on with: that might not end."""
MORE_BITS = 64
"""Balls beside which answers are held have so many bits more than these."""


def mark(derivation: Derivation, answers: Mapping[str, Any], *, student: str = "") -> Marks:
    """Mark answers by name, ``{"i_1": 2, "h_1": "3/2", "gradients": {"W_i": 5}}``.

    Names are those of a run with their steps, and gradients are named by what they are by.
    An answer is right that is the value, or a decimal of at least three digits to which the value
    rounds; where a file rounds each line, the number that its line has. A wrong one is carried on
    when it follows from the answers before it, by the equations of the cell. Where there are none,
    it may follow from what the sheet says, or, at a blank, from what follows there. Decimals are
    gone on with as they are written, or with all their digits. What else is wrong is a slip.

    Raises `SpecError` for a derivation of which there is nothing to be asked.
    """
    subject = derivation.subject
    if derivation.exercise is None or not isinstance(subject, Trace | Gradients):
        mend = "give a run of numbers of one [cell], without [training]"
        raise SpecError(f"{derivation.path}: has nothing to be asked; {mend}")
    page = places(subject)
    blanks = derivation.exercise.blanks.among(page)
    marking = _Marking(subject, Given(subject, answers), {*page} - {*blanks})
    return Marks(tuple(marking.answers(blanks)), student)


class _Marking:
    """Answers, beside the true values and what they come to themselves.

    ``printed`` are the places whose values a sheet says.
    """

    def __init__(self, subject: Subject, given: Given, printed: set[Place]) -> None:
        self.given, self.printed, self.trace = given, printed, trace_of(subject)
        algebra = self.trace.algebra
        self.rounds = not isinstance(algebra, DecimalAlgebra)
        columns = given.written.values()
        longest = max((one.length for column in columns for one in column.flat), default=0)
        bits = int(min(longest, LONGER) * BITS_PER_DIGIT) + MORE_BITS
        bits += algebra.precision if isinstance(algebra, CertifiedAlgebra) else 0
        self.true = OwnRun(subject, lambda _place, _sequence, value: value, bits)
        self.used = {p: column for p, column in given.written.items() if self._is_usable(p)}
        meant = any(one.rounded for column in columns for one in column.flat) and self.rounds
        ways = (self._as_written, self._in_full) if meant else (self._as_written,)
        self.own = [OwnRun(subject, enter, bits) for enter in ways]

    def answers(self, blanks: Mapping[Place, None]) -> Iterator[Answer]:
        """Yield the marks of all blanks and answers as they are computed, then unknown ones."""
        for place, name in self.given.names.items():
            if place in blanks or place in self.given.typed:
                yield self._answer(place, name, *self._verdict(place))
        for name, given, note in self.given.unknown:
            yield Answer(name, None, given, None, "unknown", note)

    def _answer(self, place: Place, name: str, verdict: str, note: str = "") -> Answer:
        algebra = self.trace.algebra
        value = written(algebra, self._stacked(self.true, place))
        digits = algebra.digits if isinstance(algebra, CertifiedAlgebra) else None
        return Answer(name, place, self.given.typed.get(place), value, verdict, note, digits)

    def _verdict(self, place: Place) -> tuple[str, str] | tuple[str]:
        if place in self.given.refused:
            return "no number", self.given.refused[place]
        if place not in self.given.written:
            return ("missing",)
        column = self.given.written[place].ravel()
        true = self._stacked(self.true, place).ravel()
        if self._are_right(column, true):
            exact = all(map(_is_exactly, column, true))
            return ("right",) if exact else ("right", "rounded")
        for run in self.own:
            own = self._stacked(run, place).ravel()
            if len(own) and self._are_right(column, own):
                return ("carried on",)
        return "slip", self._slip(column, true)

    def _slip(self, column: Array, true: Array) -> str:
        """Return what to say of a slip: what would mend it, or which of several numbers it is."""
        rounded = [self.rounds and one.is_about(v) for one, v in zip(column, true, strict=True)]
        right = [self._are_right([one], [v]) for one, v in zip(column, true, strict=True)]
        if all(a or b for a, b in zip(rounded, right, strict=True)):
            return f"give {LEAST_DIGITS} digits"
        wrong = [f"[{k}]" for k, holds in enumerate(right) if not holds]
        return "" if len(right) == 1 else f"at {', '.join(wrong)}"

    def _stacked(self, run: OwnRun, place: Place) -> Array:
        """Return what a run has at a place, those of several sequences one after the other."""
        numbers = run.numbers(place)
        if len(numbers) < len(self.true.numbers(place)):  # it has not come so far
            return np.empty((0, 1), dtype=object)
        return np.concatenate(numbers)

    def _are_right(self, column: Any, values: Any) -> bool:
        pairs = zip(column, values, strict=True)
        return all(one.is_right(value, rounds=self.rounds) for one, value in pairs)

    def _is_usable(self, place: Place) -> bool:
        """Say whether a run can go on with an answer, however wrong it is."""
        longest = max(one.length for one in self.given.written[place].flat)
        return longest <= LONGER + max(map(height, self._stacked(self.true, place).flat))

    def _as_written(self, place: Place, sequence: int, value: Any) -> Any:
        """Return an answer as it is written, or else what the sheet says, or what follows."""
        if place in self.used:
            return self._converted(self._column(place, sequence))
        return self._true(place, sequence) if place in self.printed else value

    def _in_full(self, place: Place, sequence: int, value: Any) -> Any:
        """Return an answer with all the digits of what it is a rounding of."""
        if place not in self.used:
            return self._as_written(place, sequence, value)
        column = self._column(place, sequence)
        for meant in (value, self._true(place, sequence)):
            if self._are_right(column.ravel(), self.trace.algebra.export(meant).ravel()):
                return meant
        return self._converted(column)

    def _column(self, place: Place, sequence: int) -> Array:
        """Return an answer for one sequence, of shape (rows, 1)."""
        column = self.used[place]
        return (column[sequence] if self.trace.layout == "batch" else column)[:, None]

    def _converted(self, column: Array) -> Any:
        return self.trace.algebra.convert(exact_numbers(column))

    def _true(self, place: Place, sequence: int) -> Any:
        return self.true.value(place, sequence)


def _is_exactly(one: Any, value: Any) -> bool:
    return bool(one.is_exactly(value))
