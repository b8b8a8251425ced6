"""What equations are made of: named quantities, and a few operations on them.

A right-hand side is a SymPy matrix expression built by `add`, `subtract`, `scale`, `multiply`,
`hadamard`, `apply`, `ones` and `transpose`. They keep their terms in the order written, which
SymPy's operators do not, and they know zero.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from typing import Any

from sympy import (
    Add,
    Basic,
    Expr,
    Function,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Symbol,
    Transpose,
    ZeroMatrix,
)
from sympy import sympify as to_basic
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activations import Activation, row_named
from symlstm.errors import CellError
from symlstm.notation import LATEX, PLAIN
from symlstm.numbers.exact import rational, to_sympy

t = Symbol("t", integer=True)
"""The time step that an equation speaks of."""
before = Add(-1, t, evaluate=False)
"""The time step before, t - 1. To add, SymPy imports its tensors first, which takes a while."""


class Quantity(MatrixSymbol):
    r"""A named matrix or column vector: a weight, or something that is new at every time step.

    ``time`` is ``None`` for a weight, else an expression in `t`, or a number. Names are read as
    TeX reads them, with accents spelled out: ``W_i``, ``c_tilde`` for \tilde c.

    >>> h = Quantity("h", 2, time=t)
    >>> h.previous, h.at(3), h.shape
    (h_{t-1}, h_3, (2, 1))
    """

    def __new__(
        cls, name: str | Str, rows: Expr | int, cols: Expr | int = 1, time: Any = None
    ) -> Quantity:
        """Make the quantity; SymPy builds its objects in ``__new__``."""
        sizes = to_basic(rows), to_basic(cols)
        at = () if time is None else (to_basic(time),)
        return Basic.__new__(cls, Str(str(name)), *sizes, *at)

    @property
    def time(self) -> Any:
        """The time step, or ``None`` for a weight."""
        return self.args[3] if len(self.args) > 3 else None

    def at(self, time: Expr | int) -> Quantity:
        """Return the same quantity at another time step."""
        name, rows, cols, *_ = self.args
        return Quantity(name, rows, cols, time)

    @property
    def previous(self) -> Quantity:
        """The same quantity one time step before."""
        return self.at(before if self.time == t else self.time - 1)

    @property
    def time_text(self) -> str | None:
        """The time step as it is written below the name."""
        return _time_text(self.time)

    def __str__(self) -> str:  # SymPy's would make a printer first
        return PLAIN.symbol(self.name, self.time_text).text

    def _latex(self, _printer: Any) -> str:
        return LATEX.symbol(self.name, self.time_text).text

    def _sympystr(self, _printer: Any) -> str:
        return str(self)


@lru_cache(maxsize=1024)  # SymPy takes longer to print t - 1 than all the rest of an equation
def _time_text(time: Any) -> str | None:
    return None if time is None else str(time).replace(" ", "")


class Elementwise(MatrixExpr):
    """An activation function, applied to every entry."""

    def __new__(cls, name: str | Str, argument: MatrixExpr) -> Elementwise:
        """Apply the activation function called ``name``."""
        return Basic.__new__(cls, Str(str(name)), argument)

    @property
    def activation(self) -> Activation:
        """The row of the table of activations."""
        return row_named(self.args[0].name)

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


class Scaled(MatrixExpr):
    """A matrix times a number: a rational one, or a quantity with a single entry."""

    def __new__(cls, factor: Expr | Quantity, argument: MatrixExpr) -> Scaled:
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


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return a name for a helper quantity: ``wanted``, or what is like it and not taken."""
    while wanted in taken:
        wanted += "_star"
    return wanted


def add(*terms: MatrixExpr) -> MatrixExpr:
    """Return the sum, in the order given, without its zeros; raises `CellError` for a misfit."""
    _validate_alike("add", terms)
    return _sum(*terms)


def subtract(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """Return the difference."""
    return add(left, scale(-1, right))


def scale(factor: Any, argument: MatrixExpr) -> MatrixExpr:
    """Return a matrix times a number: a quantity with a single entry, or anything rational."""
    _validate_operands("scale", (argument,))
    if factor == 1 or isinstance(argument, ZeroMatrix):
        return argument
    if not isinstance(factor, Basic):
        factor = to_sympy(rational(factor, argument="factor"))
    if isinstance(argument, Scaled) and factor.is_Rational and argument.factor.is_Rational:
        return scale(factor * argument.factor, argument.argument)
    return Scaled(factor, argument)


def multiply(matrix: MatrixExpr, vector: MatrixExpr) -> MatrixExpr:
    """Return the product of a matrix with a vector, or of a column with a row."""
    _validate_operands("multiply", (matrix, vector))
    if matrix.shape[1] != vector.shape[0]:
        raise CellError(
            f"multiply: {matrix} has {matrix.shape[1]} columns, and {vector} {vector.shape[0]} rows"
        )
    if _any_zero((matrix, vector)):
        return ZeroMatrix(matrix.shape[0], vector.shape[1])
    return _product(matrix, vector)


def hadamard(*factors: MatrixExpr) -> MatrixExpr:
    """Return the entrywise product, in the order given; numbers come first."""
    _validate_alike("hadamard", factors)
    return ZeroMatrix(*factors[0].shape) if _any_zero(factors) else _entrywise(*factors)


def ones(like: MatrixExpr) -> MatrixExpr:
    """Return a matrix of ones in the shape of ``like``: 1 - f is ``subtract(ones(f), f)``."""
    _validate_operands("ones", (like,))
    return OneMatrix(*like.shape)


def apply(function: Activation, argument: MatrixExpr) -> MatrixExpr:
    """Return the activation function of every entry."""
    _validate_operands("apply", (argument,))
    return Elementwise(function.name, argument)


def transpose(matrix: MatrixExpr) -> MatrixExpr:
    """Return the transpose."""
    return Transpose(matrix)


def rebuild(expression: Basic, arguments: list[Basic]) -> Basic:
    """Return ``expression`` with other arguments, built as the operations here build it.

    They have the shapes of its own arguments. Nothing is asked of them that SymPy answers by
    looking all through them: they may be as deep as a sequence is long.
    """
    if not arguments:
        return expression
    if isinstance(expression, MatMul | HadamardProduct) and _any_zero(arguments):
        return ZeroMatrix(*expression.shape)
    if isinstance(expression, Function) and not any(part.is_Number for part in arguments):
        return expression.func(*arguments, evaluate=False)
    return _BUILDERS.get(type(expression), expression.func)(*arguments)


def quantities(expression: Basic) -> Iterator[Quantity]:
    """Yield the quantities in an expression, from left to right."""
    if isinstance(expression, Quantity):
        yield expression
        return
    for argument in expression.args:
        yield from quantities(argument)


def _validate_operands(operation: str, operands: tuple[Any, ...]) -> None:
    for operand in operands:
        if not isinstance(operand, MatrixExpr):
            raise CellError(
                f"{operation} takes quantities, and what the operations make of them, not "
                f"{operand!r}; 1 - f is subtract(ones(f), f)"
            )


def _validate_alike(operation: str, operands: tuple[Any, ...]) -> None:
    _validate_operands(operation, operands)
    for operand in operands[1:]:
        if operand.shape != operands[0].shape:
            shapes = f"{operands[0]} has shape {operands[0].shape}, and {operand} {operand.shape}"
            raise CellError(f"{operation}: {shapes}; give vectors of one size")


def _any_zero(operands: Iterable[Basic]) -> bool:
    return any(isinstance(operand, ZeroMatrix) for operand in operands)


# Shapes are known to fit: SymPy's own classes would ask all of a deep expression for its shape.


def _sum(*terms: MatrixExpr) -> MatrixExpr:
    kept = [term for term in terms if not isinstance(term, ZeroMatrix)]
    if not kept:
        return terms[0]
    return Basic.__new__(MatAdd, *kept) if len(kept) > 1 else kept[0]


def _product(matrix: MatrixExpr, vector: MatrixExpr) -> MatrixExpr:
    if isinstance(vector, Scaled) and vector.factor.is_Rational:
        return scale(vector.factor, _product(matrix, vector.argument))
    return Basic.__new__(MatMul, matrix, vector)


def _entrywise(*factors: MatrixExpr) -> MatrixExpr:
    for k, factor in enumerate(factors):
        if isinstance(factor, Scaled) and factor.factor.is_Rational:
            rest = _entrywise(*factors[:k], factor.argument, *factors[k + 1 :])
            return scale(factor.factor, rest)
    return Basic.__new__(HadamardProduct, *factors)


_BUILDERS: dict[type, Any] = {
    MatAdd: _sum,
    MatMul: _product,
    HadamardProduct: _entrywise,
    Scaled: scale,
}
