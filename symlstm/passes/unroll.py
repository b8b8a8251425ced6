"""Unroll equations over time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sympy import Basic, Integer

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities, t


def times(step: int) -> dict[Basic, Integer]:
    """Return what the time step, and the one before, become at a step."""
    return {t: Integer(step), before: Integer(step - 1)}


def at_step(equations: Iterable[Equation], step: int) -> tuple[Equation, ...]:
    """Return the equations of one time step: ``t`` becomes ``step``."""
    equations, now = tuple(equations), times(step)
    moved = {quantity: quantity.at(quantity.time.xreplace(now)) for quantity in _timed(equations)}
    return tuple(equation.xreplace(moved) for equation in equations)


def unroll(equations: Iterable[Equation], steps: int) -> tuple[Equation, ...]:
    """Return the equations of the steps 1 to ``steps``, in the order of computation."""
    equations = tuple(equations)
    return tuple(one for step in range(1, steps + 1) for one in at_step(equations, step))


@lru_cache(maxsize=64)
def _timed(equations: tuple[Equation, ...]) -> tuple[Quantity, ...]:
    """Return the quantities that equations have at a time step, each once."""
    found = (quantity for equation in equations for quantity in quantities(equation))
    return tuple(dict.fromkeys(quantity for quantity in found if quantity.time is not None))
