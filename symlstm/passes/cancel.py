"""Cancel what is taken from itself: a value less the larger one of it and another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sympy import Basic, ZeroMatrix

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, scale, subtract
from symlstm.equations.nodes import Maximum
from symlstm.equations.operands import Addition
from symlstm.equations.rebuild import rebuild


@lru_cache(maxsize=64)
def cancelled(program: tuple[Equation, ...]) -> tuple[Equation, ...]:
    """Return equations in which x - max(x, y) is the same number as one of y - x and zero alone.

    An interval less itself is none of zero alone: computed so, what is zero is zero for certain.

    >>> from symlstm import SLSTM
    >>> cancelled(SLSTM(units=1).program)[6]
    z_{i,t} = -max(l_t - ĩ_t, 0)
    """
    maxima = {one.lhs: one.rhs for one in program if isinstance(one.rhs, Maximum)}
    if not maxima:
        return program
    return tuple(Equation(one.lhs, _without(one.rhs, maxima)) for one in program)


def _without(expression: Basic, maxima: Mapping[Basic, Maximum]) -> Basic:
    if isinstance(expression, Quantity) or not expression.args:
        return expression
    if isinstance(expression, Addition) and len(expression.args) == 2:
        value, taken = expression.args
        if isinstance(taken, Scaled) and taken.factor == -1 and taken.argument in maxima:
            left, right = maxima[taken.argument].args
            if value in (left, right):
                more = subtract(right if value == left else left, value)
                return scale(-1, Maximum(more, ZeroMatrix(*value.shape)))
    return rebuild(expression, [_without(part, maxima) for part in expression.args])
