"""Unroll equations over time."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Basic, Integer

from symlstm.equations.equation import Equation
from symlstm.equations.expression import before, t


def times(step: int) -> dict[Basic, Integer]:
    """Return what the time step, and the one before, become at a step."""
    return {t: Integer(step), before: Integer(step - 1)}


def at_step(equations: Iterable[Equation], step: int) -> tuple[Equation, ...]:
    """Return the equations of one time step: ``t`` becomes ``step``."""
    return tuple(equation.xreplace(times(step)) for equation in equations)


def unroll(equations: Iterable[Equation], steps: int) -> tuple[Equation, ...]:
    """Return the equations of the steps 1 to ``steps``, in the order of computation."""
    equations = tuple(equations)
    return tuple(one for step in range(1, steps + 1) for one in at_step(equations, step))
