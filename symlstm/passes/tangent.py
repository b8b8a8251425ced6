r"""Differentiate forward: the tangent of a system of equations is another such system.

Along a direction in which some of its quantities change, every other one changes at a rate of its
own. Forward-mode differentiation (Wengert 1964; Griewank and Walther, "Evaluating Derivatives", 2nd
ed., chapter 3). The adjoint of a system is a system, too: the tangent of that is what the Hessian
makes of the direction (Pearlmutter, "Fast Exact Multiplication by the Hessian", 1994).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sympy import Identity, OneMatrix, Transpose, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    Scaled,
    add,
    hadamard,
    multiply,
    quantities,
    scale,
    transpose,
)
from symlstm.equations.nodes import Diagonal, Maximum, Vectorwise, free_name
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.vocabulary import VECTOR_FORMULAS, above
from symlstm.notation.notation import split_name
from symlstm.passes.differentiate import by_slope, slope

Along: TypeAlias = Callable[[MatrixExpr], MatrixExpr]
"""The tangent of an expression."""


class Tangents:
    r"""The tangents of a system of equations in which the quantities called ``varied`` change.

    The tangent of h_t is \dot h_t, that of W_i \dot W_i, that of \delta_{i,t} \dot\delta_{i,t}; it
    has another name where the system has something of that name. What nothing varied goes into has
    a tangent of zero.

    >>> from symlstm import LSTM
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> for equation in Tangents(cell.program, ["W_i"]).equations[:2]:
    ...     print(equation)
    ż_{i,t} = Ẇ_i x_t + U_i ḣ_{t-1}
    i̇_t = ż_{i,t}
    """

    def __init__(self, equations: Iterable[Equation], varied: Iterable[str]) -> None:
        self._system = tuple(equations)
        self._names = _names(self._system)
        self._varied = set(varied)
        self._spread()

    def _spread(self) -> None:
        """Find what varies with what does, through states that are handed on, too."""
        found = True
        while found:
            moved = {one.lhs.name for one in self._system if not _is_zero(self.along(one.rhs))}
            found = not moved <= self._varied
            self._varied |= moved

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The tangents of all equations, in their order, each computed after its equation."""
        return self.of_equations(self._system)

    def of_equations(self, equations: Iterable[Equation]) -> tuple[Equation, ...]:
        """Return the tangents of some of the system's equations."""
        return tuple(Equation(self.of(one.lhs), self.along(one.rhs)) for one in equations)

    def of(self, quantity: Quantity) -> Quantity:
        """Return the quantity that is the tangent of one in the system."""
        _, rows, columns, *time = quantity.args
        name = self._names.get(quantity.name) or dotted(quantity.name)
        return Quantity(name, rows, columns, *time)

    def along(self, expression: MatrixExpr) -> MatrixExpr:
        """Return the tangent of an expression of the system's quantities."""
        if not isinstance(expression, Quantity):
            return _RULES[type(expression)](expression, self.along)
        if expression.name not in self._varied:
            return ZeroMatrix(*expression.shape)
        return self.of(expression)


def _names(equations: Sequence[Equation]) -> dict[str, str]:
    """Return what the tangent of each quantity is called, by its name."""
    known = [q.name for one in equations for q in (*quantities(one.rhs), one.lhs)]
    taken, found = set(known), {}
    for name in dict.fromkeys(known):
        found[name] = free_name(dotted(name), taken)
        taken.add(found[name])
    return found


def dotted(name: str) -> str:
    """Return a name with a dot on its letter: ``W_dot_i`` for ``W_i``."""
    letter, accents, below = split_name(name)
    return "_".join(filter(None, (letter, *accents, "dot", below)))


def _is_zero(expression: MatrixExpr) -> bool:
    return isinstance(expression, ZeroMatrix)


def _sum_rule(expression: Addition, along: Along) -> MatrixExpr:
    return add(*map(along, expression.args))


def _product_rule(operation: Callable[..., MatrixExpr]) -> Callable[[Any, Along], MatrixExpr]:
    """Return the rule for a product: the sum of it with one factor's tangent in its place."""

    def rule(expression: MatrixExpr, along: Along) -> MatrixExpr:
        factors = expression.args
        return add(
            *(
                operation(*factors[:k], along(factor), *factors[k + 1 :])
                for k, factor in enumerate(factors)
            )
        )

    return rule


def _transposed_rule(expression: Transpose, along: Along) -> MatrixExpr:
    inside = along(expression.arg)
    return ZeroMatrix(*expression.shape) if _is_zero(inside) else transpose(inside)


def _diagonal_rule(expression: Diagonal, along: Along) -> MatrixExpr:
    inside = along(expression.argument)
    return ZeroMatrix(*expression.shape) if _is_zero(inside) else Diagonal(inside)


def _scale_rule(expression: Scaled, along: Along) -> MatrixExpr:
    return scale(expression.factor, along(expression.argument))


def _chain_rule(expression: Elementwise, along: Along) -> MatrixExpr:
    inside = along(expression.argument)
    return inside if _is_zero(inside) else by_slope(inside, slope(expression))


def _maximum_rule(expression: Maximum, along: Along) -> MatrixExpr:
    left, right = expression.args
    return add(
        hadamard(along(left), above(left, right)), hadamard(along(right), above(right, left))
    )


def _vector_rule(expression: Vectorwise, along: Along) -> MatrixExpr:
    row, argument = expression.activation, expression.argument
    inside = along(argument)
    if _is_zero(inside):
        return inside
    pushed_forward = VECTOR_FORMULAS[row.family].pushed_forward
    return pushed_forward(argument, inside, **dict(row.settings))


def _constant(expression: MatrixExpr, _along: Along) -> MatrixExpr:
    return ZeroMatrix(*expression.shape)


_RULES: dict[type, Callable[[Any, Along], MatrixExpr]] = {
    Addition: _sum_rule,
    Multiplication: _product_rule(multiply),
    EntrywiseProduct: _product_rule(hadamard),
    Transpose: _transposed_rule,
    Diagonal: _diagonal_rule,
    Scaled: _scale_rule,
    Elementwise: _chain_rule,
    Maximum: _maximum_rule,
    Vectorwise: _vector_rule,
    ZeroMatrix: _constant,
    OneMatrix: _constant,
    Identity: _constant,
}
"""The tangent of each operation, by those of what it is made of."""
