"""How far a run that rounds every value ends up from the true values, proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
from flint import arb, fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.errors import CellError
from symlstm.notation.showing import Shown
from symlstm.numbers.decimals import enclosing
from symlstm.numbers.exact import rational
from symlstm.numbers.places import Places
from symlstm.numbers.precision import precision
from symlstm.runs.certify import HasHistories, certified
from symlstm.runs.given import Given

DIGITS = 6
"""How many digits of a difference are proven."""
SMALLEST = fmpq(1, 1000)
"""A difference is known at least to so many digits of this part of a unit in the last place."""

BOUND_BITS = 32
FURTHEST = 2**20
"""Beyond this power of two, bounds are the largest and the smallest that they can be."""


class Run(HasHistories, Protocol):
    """What a run came to, of a layer or of several, in its parts and as a whole."""

    @property
    def layers(self) -> Sequence[Any]:
        """The traces of all layers, or the one that it is."""

    @property
    def given(self) -> Given | None:
        """The numbers that it was given; a symbolic one has none."""

    @property
    def sequence_out(self) -> Any:
        """The output at every step."""

    def __getitem__(self, name: Any) -> Any:
        """Return a value over time."""


@dataclass(frozen=True, eq=False, repr=False)
class Distance(Shown):
    """The true values of a run less those of one that rounds every value; of `Trace.distance`.

    Each is a ball, in the shapes of a trace: ``distance["c"]`` over time, and `sequence_out`,
    `state_h` and `state_c`. Six digits of it are proven, or that there is next to nothing.
    """

    true: Any
    rounded: Any

    @property
    def layers(self) -> tuple[Distance, ...]:
        """The same for each layer of a network; of a single layer, for itself."""
        return tuple(map(Distance, self.true.layers, self.rounded.layers))

    @property
    def sequence_out(self) -> Any:
        """That of the output at every step."""
        return self._less(self.true.sequence_out, self.rounded.sequence_out)

    @property
    def state_h(self) -> Any:
        """That of the output h of the last step."""
        return self._less(self.true.state_h, self.rounded.state_h)

    @property
    def state_c(self) -> Any:
        """That of the cell state c after the last step."""
        return self._less(self.true.state_c, self.rounded.state_c)

    def __getitem__(self, name: str) -> Any:
        return self._less(self.true[name], self.rounded[name])

    @property
    def most(self) -> Decimal:
        """How far an output is from the true one at the most, a bound of two digits."""
        return max(bound(ball) for ball in np.ravel(self.sequence_out))

    def __repr__(self) -> str:
        return f"Distance(outputs within {self.most} of the true ones)"

    def _less(self, true: Any, rounded: Any) -> Any:
        with self._algebra.context():
            return np.vectorize(_difference, otypes=[object])(true, rounded)[()]

    @property
    def _algebra(self) -> Algebra[Any]:
        algebra: Algebra[Any] = self.true.layers[0].algebra
        return algebra


def distance(trace: Run) -> Distance:
    """Return how far the values of a decimal run are from the true ones; see `Trace.distance`."""
    algebra, given = trace.layers[0].algebra, trace.given
    if given is None or not isinstance(algebra, DecimalAlgebra):
        raise CellError(
            f"distance() is for the runs that round every value, and this one is {algebra.name}; "
            "run the layer with algebra='decimal'"
        )
    places = algebra.places

    def undecided(true: Run) -> str | None:
        return _undecided(true, trace, places)

    return Distance(certified(given.run, undecided, places.count + DIGITS), trace)


def _undecided(true: HasHistories, rounded: HasHistories, places: Places) -> str | None:
    """Return what to say of the first difference that is not known well enough, if there is one."""
    for history, other in zip(true.histories, rounded.histories, strict=True):
        for step, values in history.items():
            for name, value in values.items():
                decimals = other[step][name].entries()
                if not all(map(_is_known, value.entries(), decimals, [places] * len(decimals))):
                    return f"how far {name}_{step} is from its true value is not known"
    return None


def _is_known(ball: arb, decimal: fmpq, places: Places) -> bool:
    difference = ball - decimal
    least = arb(places.unit(decimal) * SMALLEST)
    known = abs(difference.mid()).max(least) / 10**DIGITS
    return ball.is_finite() and bool(difference.rad() <= known)


def _difference(true: arb, rounded: Any) -> arb:
    return true - rational(rounded)


def bound(ball: arb) -> Decimal:
    """Return a decimal of two digits that is no less than the magnitude of any number in a ball."""
    with precision(BOUND_BITS):
        mantissa, exponent = map(int, abs(ball).upper().man_exp())
    if exponent < -FURTHEST:
        return Decimal("1E-300000")
    if exponent > FURTHEST:
        return Decimal("Infinity")
    return enclosing(fmpq(mantissa) * fmpq(2) ** exponent, 2)[1]
