"""What algebras on FLINT's matrices have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add, mul
from typing import Any, ClassVar, TypeVar

import numpy as np

from symlstm.activations import Activation
from symlstm.algebras.algebra import Algebra
from symlstm.numbers import Array

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

    def add(self, *terms: Matrix) -> Matrix:
        return reduce(add, terms)

    def multiply(self, matrix: Matrix, vector: Matrix) -> Matrix:
        return matrix * vector

    def transpose(self, matrix: Matrix) -> Matrix:
        return matrix.transpose()

    def hadamard(self, *factors: Matrix) -> Matrix:
        return self._entrywise(lambda *entries: reduce(mul, entries), *factors)

    def scale(self, factor: Matrix, argument: Matrix) -> Matrix:
        return argument * factor[0, 0]

    def apply(self, function: Activation, argument: Matrix) -> Matrix:
        return self._entrywise(self.scalar(function), argument)

    def _entrywise(self, function: Callable[..., Any], *matrices: Matrix) -> Matrix:
        entries = map(function, *(matrix.entries() for matrix in matrices))
        return self.matrix(matrices[0].nrows(), matrices[0].ncols(), list(entries))
