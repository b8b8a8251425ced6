"""Expressions with other arguments, built as the operations build them."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Basic, Function, ZeroMatrix

from symlstm.equations.expression import Quantity
from symlstm.equations.operands import BUILDERS, EntrywiseProduct, Multiplication, any_zero


def rebuild(expression: Basic, arguments: list[Basic]) -> Basic:
    """Return ``expression`` with other arguments, built as the operations here build it.

    They have the shapes of its own arguments. Nothing is asked of them that SymPy answers by
    looking all through them: they may be as deep as a sequence is long.
    """
    if not arguments:
        return expression
    if isinstance(expression, Multiplication | EntrywiseProduct) and any_zero(arguments):
        return ZeroMatrix(*expression.shape)
    if isinstance(expression, Function) and not any(part.is_Number for part in arguments):
        return expression.func(*arguments, evaluate=False)
    return BUILDERS.get(type(expression), expression.func)(*arguments)


def put(expression: Basic, values: Mapping[Basic, Basic]) -> Basic:
    """Return an expression with other expressions for some in it."""
    if expression in values:
        return values[expression]
    if isinstance(expression, Quantity):
        return expression
    return rebuild(expression, [put(part, values) for part in expression.args])
