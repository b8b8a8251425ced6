"""What an algebra is, and how it reads the form of an activation function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Generic, TypeVar, cast

import numpy as np
from flint import fmpq

from symlstm.algebras.forms import Compiled, Compiler, Operations
from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation, rational_names
from symlstm.errors import NotExactError
from symlstm.numbers.arrays import Array, filled

Value = TypeVar("Value")

_CACHE = "_compiled_forms"
"""Under which name an algebra keeps the forms that it has compiled."""


class Algebra(ABC, Generic[Value]):
    """Gives the operations a meaning, on matrices of a type ``Value`` of its own.

    ``operations`` says what the scalar functions that an activation's form is made of mean here.
    """

    name: ClassVar[str]
    exact: ClassVar[bool]
    """Whether values are the true ones, and not approximations."""
    takes_balls: ClassVar[bool] = False
    """Whether it computes with intervals, and with what a ball algebra has computed."""
    cancels: ClassVar[bool] = True
    """Whether a value less itself is zero, as it is not of intervals."""
    at_once: ClassVar[bool] = False
    """Whether values may have more axes in front, as those of several steps and sequences do.

    Such values have ``stack``, for matrices one below the other, and ``rows`` of them. They are
    used as they are: nothing is assigned or carried.
    """
    stacks: ClassVar[bool] = False
    """Whether equations that are alike are computed as one at each step; values have both, too."""
    sums_at_once: ClassVar[bool] = False
    """Whether sums over time are computed as one, in whatever order is best."""
    operations: ClassVar[Operations]

    @abstractmethod
    def convert(self, entries: Array) -> Value:
        """Return a matrix, given as exact rationals of shape (rows, columns), as a value."""

    def columns(self, rows: Array) -> Sequence[Value]:
        """Return each row of exact rationals as a value, a column.

        Where values may have more axes in front, so may rows.
        """
        return [self.convert(row[:, None]) for row in rows]

    def zeros(self, shape: Sequence[Any]) -> Value:
        """Return a matrix of zeros as a value."""
        return self.convert(filled(0, shape))

    def summed(self, entries: Array, sizes: Array) -> Value:
        """Return a matrix that is a sum, whose terms come to ``sizes`` in absolute value."""
        return self.convert(entries)

    def constants(
        self, weights: Mapping[str, Array], sizes: Mapping[str, Array]
    ) -> dict[str, Value]:
        """Return weights as values, by name; those that have ``sizes`` are sums."""
        return {
            name: self.summed(array, sizes[name]) if name in sizes else self.convert(array)
            for name, array in weights.items()
        }

    @abstractmethod
    def export(self, value: Value) -> Array:
        """Return a value as an array of the same shape that holds ordinary numbers."""

    def part(self, value: Any, rows: Sequence[int], columns: Sequence[int]) -> Any:
        """Return the entries of some rows and columns, which is cheap for a few of many."""
        return value[np.ix_(rows, columns)]

    @abstractmethod
    def number(self, constant: fmpq) -> Any:
        """Return a constant in an activation's form as a scalar."""

    @abstractmethod
    def add(self, *terms: Value) -> Value:
        """Return the sum."""

    @abstractmethod
    def multiply(self, matrix: Value, vector: Value) -> Value:
        """Return the product of two matrices."""

    def sum_of_products(self, lefts: Sequence[Value], rights: Sequence[Value]) -> Value:
        """Return the sum of columns, each times another one transposed."""
        return self.add(*map(self.multiply, lefts, map(self.transpose, rights)))

    def sum_over_time(self, columns: Sequence[Value]) -> Value:
        """Return the sum of columns."""
        one = self.convert(filled(1, (1, 1)))
        return self.sum_of_products(columns, [one] * len(columns))

    @abstractmethod
    def transpose(self, matrix: Value) -> Value:
        """Return the transpose."""

    @abstractmethod
    def hadamard(self, *factors: Value) -> Value:
        """Return the entrywise product."""

    @abstractmethod
    def scale(self, factor: Value, argument: Value) -> Value:
        """Return a matrix times the only entry of ``factor``."""

    @abstractmethod
    def apply(self, function: Activation, argument: Value) -> Value:
        """Return an activation function of every entry."""

    @abstractmethod
    def maximum(self, left: Value, right: Value) -> Value:
        """Return the larger of two entries at every place."""

    @abstractmethod
    def shift(self, argument: Value) -> Value:
        """Return a number near the largest entry; which one it is changes no result."""

    def apply_to_vector(
        self,
        function: VectorActivation,
        formula: Callable[[Algebra[Any], Any], Any],
        argument: Value,
    ) -> Value:
        """Return an activation function of a whole vector, which ``formula`` computes."""
        return cast(Value, formula(self, argument))

    def context(self) -> AbstractContextManager[Any]:
        """Return the context in which values are computed; what is global belongs in it.

        Every operation is called within it; `convert` and `export` may be called outside.
        """
        return nullcontext()

    def printing(self) -> AbstractContextManager[Any]:
        """Return the context in which values are printed."""
        return nullcontext()

    def begin(self, sequence: int, *, backward: bool = False) -> None:
        """Be told which sequence of a batch a layer runs next; the first one is 0."""
        return

    def assign(self, name: str, step: int, value: Value) -> Value:
        """Return what later equations use for a quantity that was just computed."""
        return value

    def carry(
        self, names: Sequence[str], now: dict[str, Value], before: dict[str, Value] | None
    ) -> None:
        """Be told that a step is done, of which other steps look at the values of some ``names``.

        Its values ``now``, and those of the step ``before`` it if there was one, may be replaced by
        what stands for them.
        """
        return

    def kept(self, numbers: Array) -> Array:
        """Return what is kept of ordinary numbers that were computed from exported values."""
        return numbers

    def fork(self) -> Algebra[Value]:
        """Return an algebra to go on with that leaves what this one has recorded alone."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        state.pop(_CACHE, None)  # functions made on the spot, which no pickle takes
        return state

    def scalar(self, function: Activation) -> Compiled:
        """Return an activation function as one of this algebra's scalars.

        Raises `NotExactError` when its form needs an operation that the algebra does not have.
        """
        return self._compiled(function, Compiler)

    def _compiled(self, function: Activation, compiler: type[Compiler]) -> Compiled:
        compiled: dict[Any, Compiled] = vars(self).setdefault(_CACHE, {})
        key = function, compiler
        if key not in compiled:
            try:
                with self.context():
                    made = compiler(self.operations, self.number).compile(function.computed)
            except KeyError:
                raise not_exact(function) from None
            compiled[key] = made
        return compiled[key]


def not_exact(function: Activation | VectorActivation) -> NotExactError:
    """Return the error for exact values of a function that has none."""
    return NotExactError(
        f"{function.name} takes rational numbers to irrational ones, so that it has no exact "
        "values; use algebra='ball' for certified enclosures, algebra='float' for values that are "
        f"not exact, or a rational activation ({', '.join(rational_names())})",
        argument=function.name,
    )
