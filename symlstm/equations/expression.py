"""What equations are made of: named quantities, and a few operations on them.

A right-hand side is a SymPy matrix expression built by `add`, `subtract`, `scale`, `multiply`,
`hadamard`, `apply`, `ones` and `transpose`, and by the operations of
`symlstm.equations.vocabulary`. They keep their terms in the order written, which SymPy's operators
do not, and they know zero. A number stands for a vector of it, and so does what has a single entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

from sympy import Add, Basic, Expr, MatrixSymbol, OneMatrix, Symbol, Transpose, ZeroMatrix
from sympy import sympify as to_basic
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation, row_named
from symlstm.equations.nodes import Applied, Vectorwise
from symlstm.equations.operands import (
    Operand,
    Scaled,
    add,
    alike,
    any_zero,
    entrywise,
    product,
    scale,
    subtract,
    validate_operands,
)
from symlstm.errors import CellError
from symlstm.notation import LATEX, PLAIN

Part = TypeVar("Part", bound=Basic)

__all__ = [
    "Elementwise",
    "Quantity",
    "Scaled",
    "add",
    "apply",
    "before",
    "hadamard",
    "multiply",
    "ones",
    "parts",
    "quantities",
    "scale",
    "subtract",
    "t",
    "transpose",
]

t = Symbol("t", integer=True)
"""The time step that an equation speaks of."""
before = Add(-1, t, evaluate=False)
"""The time step before, t - 1. To add, SymPy imports its tensors first, which takes a while."""


class Quantity(Operand, MatrixSymbol):
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
        called = name if isinstance(name, Str) else Str(name)
        return Basic.__new__(cls, called, *sizes, *at)

    @property
    def time(self) -> Any:
        """The time step, or ``None`` for a weight."""
        return self.args[3] if len(self.args) > 3 else None

    def at(self, time: Expr | int) -> Quantity:
        """Return the same quantity at another time step."""
        return Basic.__new__(type(self), *self.args[:3], to_basic(time))

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


class Elementwise(Applied):
    """An activation function, or another, of every entry."""

    @property
    def activation(self) -> Activation:
        """The row of the table of activations."""
        return row_named(self.args[0].name)


def multiply(matrix: MatrixExpr, vector: MatrixExpr) -> MatrixExpr:
    """Return the product of a matrix with a vector, or of a column with a row."""
    validate_operands("multiply", (matrix, vector))
    if matrix.shape[1] != vector.shape[0]:
        raise CellError(
            f"multiply: {matrix} has {matrix.shape[1]} columns, and {vector} {vector.shape[0]} rows"
        )
    if any_zero((matrix, vector)):
        return ZeroMatrix(matrix.shape[0], vector.shape[1])
    return product(matrix, vector)


def hadamard(*factors: Any) -> MatrixExpr:
    """Return the entrywise product, in the order given; numbers come first."""
    fitted = alike("hadamard", factors)
    return ZeroMatrix(*fitted[0].shape) if any_zero(fitted) else entrywise(*fitted)


def ones(like: MatrixExpr) -> MatrixExpr:
    """Return a matrix of ones in the shape of ``like``: 1 - f is ``subtract(ones(f), f)``."""
    validate_operands("ones", (like,))
    return OneMatrix(*like.shape)


def apply(function: Activation | VectorActivation, argument: MatrixExpr) -> MatrixExpr:
    """Return the activation function of every entry, or that of the whole vector."""
    validate_operands("apply", (argument,))
    if isinstance(function, VectorActivation):
        return Vectorwise(function.name, argument)
    return Elementwise(function.name, argument)


def transpose(matrix: MatrixExpr) -> MatrixExpr:
    """Return the transpose."""
    if isinstance(matrix, OneMatrix):
        return OneMatrix(*reversed(matrix.shape))
    if isinstance(matrix, Scaled):
        return scale(matrix.factor, transpose(matrix.argument))
    return Transpose(matrix)


def quantities(expression: Basic) -> Iterator[Quantity]:
    """Yield the quantities in an expression, from left to right."""
    return parts(expression, Quantity)


def parts(expression: Basic, kind: type[Part]) -> Iterator[Part]:
    """Yield the parts of an expression that are of a kind, from left to right, the outer first.

    A quantity is whole, and what stands in it several times comes as often. SymPy's ``atoms`` is a
    set of them, and takes several times as long.
    """
    waiting: list[Basic] = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, kind):
            yield part
        if not isinstance(part, Quantity):
            waiting += part.args[::-1]


def is_constant(expression: Basic) -> bool:
    """Say whether an expression is the same at every time step: weights and numbers alone."""
    return all(quantity.time is None for quantity in quantities(expression))
