"""What only some equations are made of: diagonals, maxima, functions of a whole vector, stacks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container
from typing import Any, Self

from sympy import Basic, Expr, Integer
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import vector_row_named
from symlstm.equations.operands import Operand


class Diagonal(MatrixExpr):
    """The matrix that has a vector on its diagonal and zeros elsewhere."""

    def __new__(cls, argument: MatrixExpr) -> Diagonal:
        """Put the column ``argument`` on a diagonal."""
        return Basic.__new__(cls, argument)

    @property
    def argument(self) -> MatrixExpr:
        """The vector."""
        return self.args[0]

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """As many rows and columns as the vector has entries."""
        return self.argument.shape[0], self.argument.shape[0]


class Maximum(Operand):
    """The larger one of the entries of two matrices, at every place."""

    def __new__(cls, left: MatrixExpr, right: MatrixExpr) -> Maximum:
        """Compare two matrices of one shape."""
        return Basic.__new__(cls, left, right)

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """That of both."""
        return self.args[0].shape


class Shift(Operand):
    """A number near the largest entry of a vector: what may be taken from all before e^x of them.

    Nothing that is computed so depends on which number it is, but for what would overflow.
    """

    def __new__(cls, argument: MatrixExpr) -> Shift:
        """Choose a number for ``argument``."""
        return Basic.__new__(cls, argument)

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """That of a number."""
        return Integer(1), Integer(1)


class Stack(Operand):
    """Matrices with as many columns each, one below the other."""

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """As many rows as all of them have."""
        rows, columns = zip(*(part.shape for part in self.args), strict=True)
        return sum(rows, Integer(0)), columns[0]


class Rows(Operand):
    """Some of the rows of a matrix that follow each other."""

    def __new__(cls, argument: MatrixExpr, before: Expr | int, count: Expr | int) -> Rows:
        """Take ``count`` rows of ``argument``, past those ``before`` them."""
        return Basic.__new__(cls, argument, Integer(before), Integer(count))

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """So many rows, and the columns of all."""
        return self.args[2], self.args[0].shape[1]


class Applied(Operand):
    """A function, by its name, of an expression in whose shape its values are."""

    def __new__(cls, name: str | Str, argument: MatrixExpr) -> Self:
        """Apply the function called ``name``."""
        return Basic.__new__(cls, Str(str(name)), argument)

    @property
    @abstractmethod
    def activation(self) -> Any:
        """The row of the table of functions."""

    @property
    def argument(self) -> MatrixExpr:
        """What the function is applied to."""
        return self.args[1]

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """That of the argument."""
        return self.argument.shape

    def _sympystr(self, printer: Any) -> str:
        return f"{self.activation.name}({printer._print(self.argument)})"

    def _latex(self, printer: Any) -> str:
        return rf"{self.activation.latex}\left({printer._print(self.argument)}\right)"


class Vectorwise(Applied):
    """An activation function of a whole vector, whose entries depend on each other."""

    @property
    def activation(self) -> VectorActivation:
        """The row of the table of activations."""
        return vector_row_named(self.args[0].name)


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return a name for a helper quantity: ``wanted``, or what is like it and not taken."""
    while wanted in taken:
        wanted += "_star"
    return wanted
