"""Float64 beside a bound on how far any run of the same equations in a format may be off.

The sums of a run are added in any order, its activation functions are off by some ulps, and its
products and sums are fused or not. A running error analysis (Higham, "Accuracy and Stability of
Numerical Algorithms", 2nd ed., sections 3.1 and 3.3) that adds up sizes alone doubles its bounds at
every other step of an LSTM. So the errors of the states are told apart and carried along with their
signs, in affine forms (Figueiredo and Stolfi, "Affine Arithmetic", 2004), of which the smallest are
put together in boxes (Girard, "Reachability of uncertain linear systems using zonotopes", 2005).
Where many errors add up, they are taken to be independent: `symlstm.algebras.error_form` says how.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from itertools import chain
from typing import Any, ClassVar

import numpy as np
import sympy
from flint import arb, fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.error_form import ErrorForm, Floats, of_rows, product, total
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.forms import Operations
from symlstm.algebras.running_error import (
    FLOAT64,
    SLACK,
    Arithmetic,
    Bounded,
    RunningErrorAlgebra,
)
from symlstm.equations.activation_rows import Prime
from symlstm.equations.activations import Activation
from symlstm.numbers.arrays import Array
from symlstm.numbers.floats import Format

TOLD_APART = 12
"""Of about so many steps, all errors are told apart."""
MOST = 2048
"""How many errors are told apart at most, unless a single step has more."""
OF_LIBRARIES = frozenset({"tanh", "sigmoid"})
"""What libraries compute as one function, to a few ulps: σ, too, where (1 + tanh) / 2 is not."""
ACTIVATION_ULP = 4
"""By so many ulps a library's function may be off: they promise 1 to 4."""
APPROXIMATED = 32
"""A function that is off by more ulps may be so by no more than so many units of rounding."""
BELOW_NORMAL = -100
"""Formats whose normal numbers begin below this power of two may have zero for smaller ones."""


def arithmetic_of(format_: Format, activation_ulp: float = ACTIVATION_ULP) -> Arithmetic:
    """Return how a format rounds; functions are off by up to so many units in the last place."""
    unit = 2.0**-format_.precision
    smallest_normal = 2.0**format_.least
    subnormal = 2.0 ** (format_.least - format_.precision + 1)
    smallest = smallest_normal if format_.least < BELOW_NORMAL else subnormal
    largest = (2 - 2 * unit) * 2.0**format_.greatest
    return Arithmetic(unit, smallest, smallest_normal, 2 * unit * activation_ulp, largest)


class AnyOrderAlgebra(Algebra[ErrorForm]):
    """NumPy's float64 beside a bound on what any run in a format may be off by.

    A function of a library is off by up to ``activation_ulp`` units in the last place, 4 at least,
    and one whose form takes several operations by what they round. The errors of the values that
    ``carried`` names are told apart. Values are exported as balls around what is true.

    ``followed`` has, by layer and name, numbers that a run has given, of shape (batch, T, size), in
    the order of processing, and NaN where it has not. Later steps are computed from them: what is
    exported then is what follows in one step from the run's own numbers, and no error grows.
    Adjoints are by the layers in the order in which they are run backward, and have an entry for
    each step that is computed.
    """

    name = "any order"
    exact = False
    takes_balls = True
    operations: ClassVar[Operations] = RunningErrorAlgebra.operations

    def __init__(
        self,
        format_: Format,
        activation_ulp: float = ACTIVATION_ULP,
        carried: Collection[str] = (),
        followed: Mapping[int, Mapping[str, Floats]] | None = None,
    ) -> None:
        self.arithmetic = arithmetic_of(format_)
        self._loose = arithmetic_of(format_, max(activation_ulp, ACTIVATION_ULP))
        self._precision, self._carried = format_.precision, frozenset(carried)
        self._followed, self._layer, self._sequence = followed or {}, -1, 0
        self._backward = False
        self._running, self._float = RunningErrorAlgebra(), FloatAlgebra()
        self._begin()

    def _begin(self) -> None:
        self._step: int | None = None
        self._last: list[ErrorForm] = []
        self._now: list[ErrorForm] = []
        self._states: list[ErrorForm] = []
        self._known = self._new = 0

    @contextmanager
    def context(self) -> Iterator[None]:
        """Begin with no errors told apart, and end so; nothing is computed but within it."""
        self._end()
        with np.errstate(all="ignore"):
            yield
        self._end()

    def _end(self) -> None:
        for form in chain(self._last, self._now):
            form.boxed()
        self._begin()

    def begin(self, sequence: int, *, backward: bool = False) -> None:
        """Follow the numbers that there are of this sequence, in the next layer or the same."""
        if backward != self._backward:
            self._layer, self._backward = -1, backward
        self._layer += sequence == 0
        self._sequence = sequence

    def convert(self, entries: Array) -> ErrorForm:
        middles = [entry.mid() if isinstance(entry, arb) else entry for entry in entries.flat]
        flat = [float(m) if isinstance(m, arb) else m for m in middles]
        value = self._float.convert(_reshaped(flat, entries.shape))
        radii = [float(e.rad()) if isinstance(e, arb) else 0.0 for e in entries.flat]
        given = np.array(radii).reshape(entries.shape)
        with np.errstate(all="ignore"):
            exact = self.arithmetic.holds(value) & (self._precision < 53 or _exact(value, entries))
            rounding = np.where(exact | (given > 0), 0.0, self.arithmetic.unit * abs(value))
            return ErrorForm(value, (given + rounding) * SLACK)

    def summed(self, entries: Array, sizes: Array) -> ErrorForm:
        value = self.convert(entries)
        return ErrorForm(value.value, value.box, None, 2, self._float.convert(sizes))

    def export(self, value: ErrorForm) -> Array:
        with np.errstate(all="ignore"):
            settled = (value.expected or value).settled(self.arithmetic)
        pairs = zip(settled.value.flat, settled.radius.flat, strict=True)
        return _reshaped([arb(float(v), float(r)) for v, r in pairs], settled.value.shape)

    def part(self, value: ErrorForm, rows: Sequence[int], columns: Sequence[int]) -> ErrorForm:
        chosen, settled = np.ix_(rows, columns), value.settled(self.arithmetic)
        return ErrorForm(settled.value[chosen], settled.radius[chosen])

    def number(self, constant: fmpq) -> Bounded:
        return self._running.number(constant)

    def add(self, *terms: ErrorForm) -> ErrorForm:
        return ErrorForm(
            reduce(np.add, (term.value for term in terms)),
            reduce(np.add, (term.box for term in terms)),
            reduce(total, (term.parts for term in terms)),
            sum(max(term.roundings, 1) for term in terms),
            reduce(np.add, (term.sizes if term.roundings else term.reach for term in terms)),
            any(term.alike for term in terms),
        )

    def multiply(self, matrix: ErrorForm, vector: ErrorForm) -> ErrorForm:
        matrix, vector = matrix.settled(self.arithmetic), vector.settled(self.arithmetic)
        size, off = abs(matrix.value), matrix.radius
        box = size @ vector.box
        if off.any():
            box = box + off @ vector.reach
        parts = None if vector.parts is None else matrix.value @ vector.parts
        sizes = matrix.reach @ vector.reach
        value, terms = matrix.value @ vector.value, matrix.value.shape[1]
        return ErrorForm(value, box * SLACK, parts, terms, sizes, matrix.repeats)

    def transpose(self, matrix: ErrorForm) -> ErrorForm:
        settled = matrix.settled(self.arithmetic)
        return ErrorForm(settled.value.T, settled.radius.T)

    def hadamard(self, *factors: ErrorForm) -> ErrorForm:
        settled = [factor.settled(self.arithmetic) for factor in factors]
        exact = reduce(product, settled)
        sizes = reduce(np.multiply, (factor.reach for factor in settled))
        return ErrorForm(exact.value, exact.box, exact.parts, len(factors) - 1, sizes)

    def scale(self, factor: ErrorForm, argument: ErrorForm) -> ErrorForm:
        return self.hadamard(factor, argument)

    def maximum(self, left: ErrorForm, right: ErrorForm) -> ErrorForm:
        """Return the larger one, whose errors are its own where it is so for certain."""
        left, right = left.settled(self.arithmetic), right.settled(self.arithmetic)
        first = left.value >= right.value
        certain = abs(left.value - right.value) > left.radius + right.radius
        chosen = np.where(first, left.box, right.box)
        box = np.where(certain, chosen, np.maximum(left.radius, right.radius))
        parts = total(of_rows(left, certain & first), of_rows(right, certain & ~first))
        return ErrorForm(np.maximum(left.value, right.value), box, parts)

    def shift(self, argument: ErrorForm) -> ErrorForm:
        largest = self._float.shift(argument.value)
        return ErrorForm(largest, np.zeros_like(largest))

    def apply(self, function: Activation, argument: ErrorForm) -> ErrorForm:
        argument = argument.settled(self.arithmetic)
        value, radius = argument.value, argument.radius
        bounded = self._bounded(function, value, radius, self.arithmetic)
        result, rounding = bounded.value, self._rounding(function, value, self.arithmetic)
        if self._loose.library > self.arithmetic.library:
            loose = self._rounding(function, value, self._loose)
            rounding = np.fmin(loose, rounding + APPROXIMATED * self.arithmetic.unit)
        direct = ErrorForm(result, bounded.bound + rounding)
        if isinstance(function, Prime) or function.form.has(sympy.Heaviside):
            return direct  # where there is no slope, or that of a slope
        # By the mean value theorem: both what is true and what is computed are within the radius.
        slope = self._bounded(function.prime, value, 2 * radius, FLOAT64)
        steepest = abs(slope.value) + slope.bound
        rounding = rounding + 4 * self.arithmetic.library * steepest * radius
        box = (abs(slope.value) * argument.box + slope.bound * radius + rounding) * SLACK
        parts = None if argument.parts is None else slope.value * argument.parts
        carried = ErrorForm(result, box, parts)
        narrower = direct.radius < carried.radius
        if not narrower.any():
            return carried
        parts = None if parts is None else np.where(narrower, 0.0, parts)
        return ErrorForm(result, np.where(narrower, direct.box, box), parts)

    def _rounding(self, function: Activation, value: Floats, arithmetic: Arithmetic) -> Floats:
        """Return how far off a function is of itself, at an argument that is right.

        A derivative is computed from the function's own value: tanh' as 1 - tanh².
        """
        bounded = self._bounded(function, value, np.zeros_like(value), arithmetic)
        size = abs(bounded.value)
        if function.name in OF_LIBRARIES:
            return arithmetic.library * size + arithmetic.smallest_normal
        if isinstance(function, Prime):
            return bounded.bound + 2 * (arithmetic.library + arithmetic.unit) * np.fmax(size, 1)
        return np.fmax(bounded.bound, arithmetic.library * size)

    def _bounded(
        self, function: Activation, value: Floats, radius: Floats, arithmetic: Arithmetic
    ) -> Bounded:
        result = self._running.scalar(function)(Bounded(value, radius, arithmetic))
        nothing = np.zeros_like(value)
        return Bounded(nothing + result.value, nothing + result.bound, arithmetic)

    def assign(self, name: str, step: int, value: ErrorForm) -> ErrorForm:
        """Return the value; the errors of one that is carried are told apart from now on."""
        if step != self._step:
            self._advance(step, value)
        given = self._given(name, step)
        if given is not None and np.isfinite(given).all():
            box = self.arithmetic.unit * abs(given)  # what is returned may be rounded once more
            value = ErrorForm(given, box, expected=value.settled(self.arithmetic))
        elif name in self._carried and value.value.shape[1] == 1:
            value = self._told_apart(value.settled(self.arithmetic))
            self._states.append(value)
        self._now.append(value)
        return value

    def _given(self, name: str, step: int) -> Floats | None:
        numbers = self._followed.get(self._layer, {}).get(name)
        return None if numbers is None or step < 1 else numbers[self._sequence, step - 1][:, None]

    def _told_apart(self, value: ErrorForm) -> ErrorForm:
        rows = np.flatnonzero(value.box > 0)
        own = np.zeros((len(value.box), self._known + len(rows)))
        own[rows, self._known + np.arange(len(rows))] = value.box[rows, 0]
        self._known += len(rows)
        self._new += len(rows)
        return ErrorForm(value.value, np.zeros_like(value.box), total(own, value.parts))

    def _advance(self, step: int, value: ErrorForm) -> None:
        """Begin a step, with few enough errors told apart; earlier values are boxed."""
        for form in self._last:
            form.boxed()
        self._last, self._now, self._step = self._now, [], step
        states, self._states = self._states, []
        new, self._new = self._new, 0
        if self._known > max(min(TOLD_APART * new, MOST), 2 * new):
            self._forget(states, [*self._last, value])

    def _forget(self, states: Sequence[ErrorForm], forms: Sequence[ErrorForm]) -> None:
        """Tell the larger half of the errors of some states apart, and box the others."""
        sizes = np.zeros(self._known)
        for state in states:
            if state.parts is not None:
                sizes[: state.parts.shape[1]] += abs(state.parts).sum(axis=0)
        chosen = np.zeros(self._known, dtype=bool)
        chosen[np.argsort(sizes)[: self._known // 2]] = True
        for form in {id(form): form for form in forms}.values():
            form.boxes(chosen)
        self._known -= int(chosen.sum())
        for state in states:
            apart = self._told_apart(state)
            state.box, state.parts = apart.box, apart.parts
        self._states, self._new = [], 0


def _exact(value: Floats, entries: Array) -> Any:
    """Return which rational numbers their floats are, precisely."""
    pairs = zip(value.flat, entries.flat, strict=True)
    return _reshaped([fmpq(*v.as_integer_ratio()) == e for v, e in pairs], value.shape).astype(bool)


def _reshaped(numbers: Sequence[Any], shape: tuple[int, ...]) -> Array:
    array = np.empty(len(numbers), dtype=object)
    array[:] = numbers
    return array.reshape(shape)
