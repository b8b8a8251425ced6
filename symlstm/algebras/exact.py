"""Exact arithmetic: matrices of rational numbers, in FLINT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, mul
from typing import Any, ClassVar

import numpy as np
import sympy
from flint import fmpq, fmpq_mat

from symlstm.activations import Activation
from symlstm.algebras.algebra import Algebra
from symlstm.numbers import Array, to_sympy


class ExactAlgebra(Algebra[fmpq_mat]):
    """Rational numbers; a function that leaves them is an error, never an approximation."""

    name = "exact"
    exact = True
    operations: ClassVar[Mapping[type, Callable[..., Any]]] = {
        sympy.Add: lambda *terms: reduce(add, terms),
        sympy.Mul: lambda *factors: reduce(mul, factors),
        sympy.Pow: lambda base, exponent: base**exponent,
        sympy.Max: max,
        sympy.Min: min,
        sympy.Abs: abs,
        sympy.Heaviside: lambda value, at_zero: at_zero if value == 0 else fmpq(int(value > 0)),
    }

    def convert(self, entries: Array) -> fmpq_mat:
        rows, columns = entries.shape
        return fmpq_mat(rows, columns, list(entries.flat))

    def export(self, value: fmpq_mat) -> Array:
        exported = np.empty(value.nrows() * value.ncols(), dtype=object)
        exported[:] = [to_sympy(entry) for entry in value.entries()]
        return exported.reshape(value.nrows(), value.ncols())

    def number(self, constant: fmpq) -> fmpq:
        return constant

    def add(self, *terms: fmpq_mat) -> fmpq_mat:
        return reduce(add, terms)

    def multiply(self, matrix: fmpq_mat, vector: fmpq_mat) -> fmpq_mat:
        return matrix * vector

    def transpose(self, matrix: fmpq_mat) -> fmpq_mat:
        return matrix.transpose()

    def hadamard(self, *factors: fmpq_mat) -> fmpq_mat:
        return self._entrywise(lambda *entries: reduce(mul, entries), *factors)

    def scale(self, factor: fmpq_mat, argument: fmpq_mat) -> fmpq_mat:
        return argument * factor[0, 0]

    def apply(self, function: Activation, argument: fmpq_mat) -> fmpq_mat:
        return self._entrywise(self.scalar(function), argument)

    @staticmethod
    def _entrywise(function: Callable[..., fmpq], *matrices: fmpq_mat) -> fmpq_mat:
        entries = map(function, *(matrix.entries() for matrix in matrices))
        return fmpq_mat(matrices[0].nrows(), matrices[0].ncols(), list(entries))
