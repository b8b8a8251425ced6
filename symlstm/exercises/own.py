"""Runs that go on with what someone has written, instead of what the equations come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.derivations.exercise import Place
from symlstm.errors import SymlstmError
from symlstm.gradients.gradients import Gradients, backward
from symlstm.gradients.seeds import of_run, outside_of
from symlstm.numbers.arrays import Array
from symlstm.runs.trace import Trace

Enter = Callable[[Place, int, Any], Any]
"""What a run goes on with, of a place, a sequence, and the value that is computed there."""


class _Own(Algebra[Any]):
    """An algebra that records what is computed, and goes on with what is entered instead."""

    enter: Enter
    recorded: dict[Place, list[Any]]

    def assign(self, name: str, step: int, value: Any) -> Any:
        value = super().assign(name, step, value)
        place = Place(name, step)
        sequences = self.recorded[place]  # which are run one after the other
        sequences.append(value)
        return self.enter(place, len(sequences) - 1, value)


class _OwnExact(_Own, ExactAlgebra):
    """Rational numbers."""


class _OwnDecimal(_Own, DecimalAlgebra):
    """Decimals, each rounded."""


class _OwnBall(_Own, BallAlgebra):
    """Balls."""


class OwnRun:
    """A run of the numbers of a trace, or of gradients, in which ``enter`` has its say.

    ``bits`` are those of the balls, if that is what the run is in. Where numbers become too large
    to go on, the run ends, and what comes later has no values.
    """

    def __init__(self, subject: Trace[Any] | Gradients, enter: Enter, bits: int) -> None:
        trace = subject.adjoints if isinstance(subject, Gradients) else subject
        assert trace.given is not None
        self.algebra: _Own = _own(trace.algebra, bits)
        self.algebra.enter, self.algebra.recorded = enter, defaultdict(list)
        with suppress(SymlstmError):
            run = trace.given.run(self.algebra)
            if isinstance(subject, Gradients):
                backward(run, self._incoming(run, subject))

    def _incoming(self, run: Trace[Any], gradients: Gradients) -> Mapping[str, Array]:
        """Return what comes from outside: of a loss, what it sends where the outputs are these."""
        if gradients.loss is None:
            return gradients.incoming
        recorded, enter = self.algebra.recorded, self.algebra.enter
        self.algebra.recorded, self.algebra.enter = defaultdict(list), lambda *given: given[-1]
        outside = outside_of(run, of_run(run, {"loss": gradients.loss}))
        self.algebra.recorded, self.algebra.enter = recorded, enter
        return outside

    def value(self, place: Place, sequence: int) -> Any:
        """Return what was computed at a place of a sequence."""
        return self.algebra.recorded[place][sequence]

    def numbers(self, place: Place) -> list[Array]:
        """Return what was computed at a place as numbers, by sequence; by a weight, the one sum."""
        if place.step is not None:
            return [self.algebra.export(value) for value in self.algebra.recorded.get(place, [])]
        sums = self.algebra.recorded.get(place._replace(step=1), [])
        if len(sums) < 2:
            return [self.algebra.export(total) for total in sums]
        with self.algebra.context():
            return [self.algebra.kept(self.algebra.export(self.algebra.add(*sums)))]


def _own(algebra: Algebra[Any], bits: int) -> _Own:
    if isinstance(algebra, DecimalAlgebra):
        return _OwnDecimal(algebra.places, algebra.max_digits)
    if isinstance(algebra, CertifiedAlgebra):
        return _OwnBall(bits, algebra.digits)
    return _OwnExact()
