"""Unroll equations over time."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Integer

from symlstm.equations.equation import Equation
from symlstm.equations.expression import t


def at_step(equations: Iterable[Equation], step: int) -> tuple[Equation, ...]:
    """Return the equations of one time step: ``t`` becomes ``step``."""
    return tuple(equation.xreplace({t: Integer(step)}) for equation in equations)


def unroll(equations: Iterable[Equation], steps: int) -> tuple[Equation, ...]:
    """Return the equations of the steps 1 to ``steps``, in the order of computation."""
    equations = tuple(equations)
    return tuple(one for step in range(1, steps + 1) for one in at_step(equations, step))
