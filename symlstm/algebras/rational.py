"""What algebras on matrices of rational numbers have in common."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar

import sympy
from flint import fmpq, fmpq_mat

from symlstm.algebras.algebra import Algebra, not_exact
from symlstm.algebras.flint_matrices import FlintAlgebra
from symlstm.algebras.forms import RECIPROCAL, Operations
from symlstm.equations.activation_rows import VectorActivation
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import to_sympy

DIGITS_PER_BIT = 0.30103


class RationalAlgebra(FlintAlgebra[fmpq_mat]):
    """Sums, products and rational functions of rational numbers, with nothing rounded."""

    matrix = fmpq_mat
    operations: ClassVar[Operations] = {
        sympy.Add: operator.add,
        sympy.Mul: operator.mul,
        sympy.Pow: operator.pow,
        RECIPROCAL: fmpq(1).__truediv__,
        sympy.Max: max,
        sympy.Min: min,
        sympy.Abs: abs,
        sympy.Heaviside: lambda value, at_zero: at_zero if value == 0 else fmpq(int(value > 0)),
    }

    def convert(self, entries: Array) -> fmpq_mat:
        rows, columns = entries.shape
        return fmpq_mat(rows, columns, list(entries.flat))

    def entry(self, value: fmpq) -> sympy.Rational:
        return to_sympy(value)

    def number(self, constant: fmpq) -> fmpq:
        return constant

    def apply_to_vector(
        self,
        function: VectorActivation,
        formula: Callable[[Algebra[Any], Any], Any],
        argument: fmpq_mat,
    ) -> fmpq_mat:
        raise not_exact(function)
