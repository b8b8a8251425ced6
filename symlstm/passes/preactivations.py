"""Name the pre-activations: what an activation function is given becomes a quantity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Basic
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, apply
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Vectorwise
from symlstm.equations.rebuild import rebuild


def name_preactivations(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """Split each ``i_t = σ(…)`` in two: ``z_{i,t} = …`` and ``i_t = σ(z_{i,t})``.

    The argument of every activation function is a quantity afterwards, wherever the function
    stands; one that is a quantity already is left alone, as in ``tanh(c_t)``. A second one in the
    same equation is called ``z_{i_2,t}``.
    """
    return tuple(part for equation in equations for part in _split(equation))


def _split(equation: Equation) -> Iterator[Equation]:
    named: list[Equation] = []
    rhs = _name(equation.rhs, equation.lhs, named)
    yield from named
    yield Equation(equation.lhs, rhs)


def _name(expression: Basic, lhs: Quantity, named: list[Equation]) -> Basic:
    """Return ``expression`` with its pre-activations replaced by the names given in ``named``."""
    if isinstance(expression, Quantity):
        return expression
    if not isinstance(expression, Elementwise | Vectorwise) or _is_no_activation(expression):
        return rebuild(expression, [_inside(part, lhs, named) for part in expression.args])
    argument = _name(expression.argument, lhs, named)
    if not isinstance(argument, Quantity):
        number = f"_{len(named) + 1}" if named else ""
        name = Quantity(f"z_{lhs.name}{number}", argument.shape[0], time=lhs.time)
        named.append(Equation(name, argument))
        argument = name
    return apply(expression.activation, argument)


def _inside(part: Basic, lhs: Quantity, named: list[Equation]) -> Basic:
    """Return a part with names in it; a function's own name, or a number, has none."""
    return _name(part, lhs, named) if isinstance(part, MatrixExpr) else part


def _is_no_activation(expression: Elementwise | Vectorwise) -> bool:
    return isinstance(expression.activation, EntryFunction)
