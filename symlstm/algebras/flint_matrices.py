"""What algebras on FLINT's matrices have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial, reduce
from itertools import islice
from operator import add, mul
from typing import Any, ClassVar, TypeVar

import numpy as np
import sympy

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.forms import ColumnCompiler, Compiled
from symlstm.equations.activations import Activation
from symlstm.numbers.arrays import Array

Matrix = TypeVar("Matrix", bound=Any)


class FlintAlgebra(Algebra[Matrix]):
    """Matrices of a kind of FLINT's, ``matrix``, whose entries `entry` hands out."""

    matrix: ClassVar[type]

    def entry(self, value: Any) -> Any:
        """Return an entry as an ordinary number."""
        return value

    def export(self, value: Matrix) -> Array:
        exported = np.empty(value.nrows() * value.ncols(), dtype=object)
        exported[:] = [self.entry(entry) for entry in value.entries()]
        return exported.reshape(value.nrows(), value.ncols())

    def part(self, value: Matrix, rows: Sequence[int], columns: Sequence[int]) -> Matrix:
        entries = [value[row, column] for row in rows for column in columns]
        return self.matrix(len(rows), len(columns), entries)

    def stack(self, *parts: Matrix) -> Matrix:
        """Return matrices one below the other."""
        entries = [entry for part in parts for entry in part.entries()]
        return self.matrix(len(entries) // parts[0].ncols(), parts[0].ncols(), entries)

    def zeros(self, shape: Sequence[Any]) -> Matrix:
        return self.matrix(*map(int, shape))

    def add(self, *terms: Matrix) -> Matrix:
        return reduce(add, terms)

    def multiply(self, matrix: Matrix, vector: Matrix) -> Matrix:
        return matrix * vector

    def transpose(self, matrix: Matrix) -> Matrix:
        return matrix.transpose()

    def hadamard(self, *factors: Matrix) -> Matrix:
        columns = [factor.entries() for factor in factors]
        return self.like(factors[0], reduce(partial(map, mul), columns))

    def scale(self, factor: Matrix, argument: Matrix) -> Matrix:
        return argument * factor[0, 0]

    def maximum(self, left: Matrix, right: Matrix) -> Matrix:
        larger = self.operations[sympy.Max]
        return self.like(left, map(larger, left.entries(), right.entries()))

    def shift(self, argument: Matrix) -> Matrix:
        return self.matrix(1, 1, [reduce(self.operations[sympy.Max], argument.entries())])

    def apply(self, function: Activation, argument: Matrix) -> Matrix:
        return self.like(argument, self.column(function)(argument.entries()))

    def column(self, function: Activation) -> Compiled:
        """Return an activation function of a list of entries; see `ColumnCompiler`."""
        return self._compiled(function, ColumnCompiler)

    def like(self, matrix: Matrix, entries: Iterable[Any]) -> Matrix:
        """Return a matrix of the same shape with other entries, of which there may be more."""
        rows, columns = matrix.nrows(), matrix.ncols()
        return self.matrix(rows, columns, list(islice(entries, rows * columns)))
