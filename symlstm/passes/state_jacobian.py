"""How a state carries itself, and its gradient, from one time step to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from sympy import Identity, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, add, hadamard, multiply, scale, t
from symlstm.equations.nodes import Diagonal
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.passes.differentiate import adjoint, differentiate

Follow: TypeAlias = Callable[[MatrixExpr], MatrixExpr]


def state_jacobian(
    program: tuple[Equation, ...], states: Iterable[Quantity], state: Quantity
) -> MatrixExpr:
    r"""Return the transpose of \partial s_t / \partial s_{t-1}, with the other s_{t-1} held fixed.

    ``program`` are the equations of a step with named pre-activations, and ``state`` is one of its
    ``states``. The matrix is read off the adjoint equations: it is what \bar s_t is multiplied with
    on the ways to \bar s_{t-1} that pass no other state of that step. For the cell state of an LSTM
    it is diag(f_t), the constant error carousel; for a simple recurrent cell, U^T diag(\phi'(z_t)).

    Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), section 3.
    """
    system = {equation.lhs: equation.rhs for equation in differentiate(program, [])}
    start = adjoint(state.at(t))
    goal = start.at(t + 1)
    fixed = {adjoint(other.at(t)) for other in states}
    now = {quantity: rhs for quantity, rhs in system.items() if quantity not in fixed}
    later = {quantity.at(t + 1): rhs.xreplace({t: t + 1}) for quantity, rhs in system.items()}
    ways = {**now, **later}

    def further(expression: MatrixExpr) -> MatrixExpr | None:
        return ways.get(expression)

    return _factor(system[start], goal, further).xreplace({t: t - 1})


def local_derivative(share: MatrixExpr, gradient: MatrixExpr) -> MatrixExpr:
    """Return the matrix that a gradient is multiplied with in what it hands back.

    It is the transpose of the derivative of what the gradient is by.
    """
    return _factor(share, gradient, lambda _: None)


def _factor(
    expression: MatrixExpr, goal: MatrixExpr, further: Callable[[MatrixExpr], MatrixExpr | None]
) -> MatrixExpr:
    """Return the matrix that a goal is multiplied with in an expression, which is linear in it.

    ``further`` returns what else is to be followed in the place of a quantity.
    """

    def follow(expression: MatrixExpr) -> MatrixExpr:
        if expression == goal:
            return Identity(goal.shape[0])
        way = further(expression)
        if way is not None:
            return follow(way)
        rule = _RULES.get(type(expression))
        return rule(expression, follow) if rule else ZeroMatrix(expression.shape[0], goal.shape[0])

    return follow(expression)


def _sum(expression: Addition, follow: Follow) -> MatrixExpr:
    return add(*map(follow, expression.args))


def _product(expression: Multiplication, follow: Follow) -> MatrixExpr:
    matrix, vector = expression.args
    return _times(matrix, follow(vector))


def _entrywise(expression: EntrywiseProduct, follow: Follow) -> MatrixExpr:
    first, *others = sorted(expression.args, key=lambda factor: _is_zero(follow(factor)))
    beside = hadamard(*others) if len(others) > 1 else others[0]
    return _times(Diagonal(beside), follow(first))


def _scaled(expression: Scaled, follow: Follow) -> MatrixExpr:
    return scale(expression.factor, follow(expression.argument))


_RULES: dict[type, Callable[[Any, Follow], MatrixExpr]] = {
    Addition: _sum,
    Multiplication: _product,
    EntrywiseProduct: _entrywise,
    Scaled: _scaled,
}
"""How a gradient passes through each operation of an adjoint equation, which is linear in it."""


def _times(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """Return a product of matrices, with diagonal ones that meet made one."""
    if isinstance(right, Scaled):
        return scale(right.factor, _times(left, right.argument))
    if isinstance(right, Identity):
        return left
    if isinstance(left, Diagonal) and isinstance(right, Diagonal):
        return Diagonal(hadamard(left.argument, right.argument))
    return multiply(left, right)


def _is_zero(matrix: MatrixExpr) -> bool:
    return isinstance(matrix, ZeroMatrix)
