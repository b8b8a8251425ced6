"""Operands of equations: sums, products and multiples, which keep the order they are written in.

SymPy's own sort their terms, and know no number as a vector of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from sympy import Basic, Expr, HadamardProduct, MatAdd, MatMul, OneMatrix, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.errors import CellError
from symlstm.numbers.exact import rational, to_sympy

NUMBERS = (int, float, str, Fraction, Expr)
"""What may stand for a vector of a number; of SymPy's, a rational one."""


class Operand(MatrixExpr):
    """What ``+`` and ``-`` take as the operations do, in the order written: ``1 - z``."""

    _op_priority = 12.0  # above other matrices', whose operators leave it to this one's, then

    def __add__(self, other: Any) -> MatrixExpr:
        return add(*_terms(self), other)

    def __radd__(self, other: Any) -> MatrixExpr:
        return add(*_terms(other), self)

    def __sub__(self, other: Any) -> MatrixExpr:
        return add(*_terms(self), -1 * _operand(other))

    def __rsub__(self, other: Any) -> MatrixExpr:
        return add(*_terms(other), -self)

    def __mul__(self, other: Any) -> MatrixExpr:
        return scale(other, self) if _is_number(other) else MatMul(self, other)

    def __rmul__(self, other: Any) -> MatrixExpr:
        return scale(other, self) if _is_number(other) else MatMul(other, self)

    def __neg__(self) -> MatrixExpr:
        return scale(-1, self)


def _terms(operand: Any) -> tuple[Any, ...]:
    """Return the terms of a sum, which goes on; anything else is one by itself."""
    return operand.args if isinstance(operand, Addition) else (operand,)


class Addition(Operand, MatAdd):
    """A sum, in the order written."""


class Multiplication(Operand, MatMul):
    """A product of matrices."""


class EntrywiseProduct(Operand, HadamardProduct):
    """An entrywise product."""


class Scaled(Operand):
    """A matrix times a number: a rational one, or a quantity with a single entry."""

    def __new__(cls, factor: Expr, argument: MatrixExpr) -> Scaled:
        """Multiply every entry of ``argument`` by ``factor``."""
        return Basic.__new__(cls, factor, argument)

    @property
    def factor(self) -> Any:
        """The number."""
        return self.args[0]

    @property
    def argument(self) -> MatrixExpr:
        """The matrix."""
        return self.args[1]

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """That of the matrix."""
        return self.argument.shape

    @property
    def subtracts(self) -> bool:
        """Whether the number is below zero, as in what `subtract` takes away."""
        return bool(self.factor.is_Rational and self.factor < 0)


def add(*terms: Any) -> MatrixExpr:
    """Return the sum, in the order given, without its zeros; raises `CellError` for a misfit."""
    return summed_up(*alike("add", terms))


def subtract(left: Any, right: Any) -> MatrixExpr:
    """Return the difference: ``subtract(1, f)`` is 1 - f."""
    left, right = alike("subtract", (left, right))
    return summed_up(left, scale(-1, right))


def scale(factor: Any, argument: MatrixExpr) -> MatrixExpr:
    """Return a matrix times a number: a quantity with a single entry, or anything rational."""
    validate_operands("scale", (argument,))
    if factor == 1 or isinstance(argument, ZeroMatrix):
        return argument
    if not isinstance(factor, Basic):
        factor = to_sympy(rational(factor, argument="factor"))
    if isinstance(argument, Scaled) and factor.is_Rational and argument.factor.is_Rational:
        return scale(factor * argument.factor, argument.argument)
    return Scaled(factor, argument)


def alike(operation: str, operands: Iterable[Any]) -> list[MatrixExpr]:
    """Return operands in one shape: numbers, and what has a single entry, stand for all entries.

    Raises `CellError` for what is of another size, and where there are numbers alone.
    """
    fitted = [_operand(one) for one in operands]
    matrices = [one for one in fitted if isinstance(one, MatrixExpr)]
    validate_operands(operation, matrices or fitted)
    like = next((one for one in matrices if one.shape != (1, 1)), matrices[0])
    return [_in_shape(operation, like, one) for one in fitted]


def _is_number(operand: Any) -> bool:
    return isinstance(operand, NUMBERS) and not isinstance(operand, MatrixExpr)


def _operand(operand: Any) -> Any:
    """Return a matrix as it is, and a number as SymPy has it."""
    return to_sympy(rational(operand, argument="operand")) if _is_number(operand) else operand


def _in_shape(operation: str, like: MatrixExpr, operand: Any) -> MatrixExpr:
    if not isinstance(operand, MatrixExpr):
        if getattr(operand, "is_Rational", False):
            return scale(operand, OneMatrix(*like.shape))
        validate_operands(operation, (operand,))
    if operand.shape == like.shape:
        return operand
    if operand.shape == (1, 1) and like.shape[1] == 1:
        return product(OneMatrix(like.shape[0], 1), operand)
    shapes = f"{like} has shape {like.shape}, and {operand} {operand.shape}"
    raise CellError(f"{operation}: {shapes}; give vectors of one size")


def validate_operands(operation: str, operands: Iterable[Any]) -> None:
    """Raise `CellError` for what is no matrix expression."""
    for operand in operands:
        if not isinstance(operand, MatrixExpr):
            raise CellError(
                f"{operation} takes quantities, what the operations make of them, and numbers "
                f"beside such, not {operand!r}"
            )


def any_zero(operands: Iterable[Basic]) -> bool:
    """Say whether one of some operands is a matrix of zeros."""
    return any(isinstance(operand, ZeroMatrix) for operand in operands)


# Shapes are known to fit: SymPy's own classes would ask all of a deep expression for its shape.


def summed_up(*terms: MatrixExpr) -> MatrixExpr:
    """Return a sum of what is known to fit, without its zeros."""
    kept = [term for term in terms if not isinstance(term, ZeroMatrix)]
    if not kept:
        return terms[0]
    return Basic.__new__(Addition, *kept) if len(kept) > 1 else kept[0]


def product(matrix: MatrixExpr, vector: MatrixExpr) -> MatrixExpr:
    """Return a product of what is known to fit, with a number before it."""
    if isinstance(matrix, Scaled) and matrix.shape[1] == 1 and matrix.factor.is_Rational:
        return scale(matrix.factor, product(matrix.argument, vector))
    if isinstance(matrix, OneMatrix) and isinstance(vector, OneMatrix) and vector.shape[0] == 1:
        return OneMatrix(matrix.shape[0], vector.shape[1])
    if isinstance(vector, Scaled) and vector.factor.is_Rational:
        return scale(vector.factor, product(matrix, vector.argument))
    return Basic.__new__(Multiplication, matrix, vector)


def entrywise(*factors: MatrixExpr) -> MatrixExpr:
    """Return an entrywise product of what is known to fit, with a number before it."""
    factors = tuple(one for one in factors if not isinstance(one, OneMatrix)) or factors[:1]
    if len(factors) == 1:
        return factors[0]
    for k, factor in enumerate(factors):
        if isinstance(factor, Scaled) and factor.factor.is_Rational:
            rest = entrywise(*factors[:k], factor.argument, *factors[k + 1 :])
            return scale(factor.factor, rest)
    return Basic.__new__(EntrywiseProduct, *factors)


BUILDERS: dict[type, Any] = {
    Addition: summed_up,
    Multiplication: product,
    EntrywiseProduct: entrywise,
    Scaled: scale,
}
"""How what SymPy has a class for is built again, of parts that are known to fit."""
