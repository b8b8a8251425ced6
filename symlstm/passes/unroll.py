"""Unroll equations over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sympy import Basic, Integer

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities, t


def times(step: int) -> dict[Basic, Integer]:
    """Return what the time step, and the one before, become at a step."""
    return {t: Integer(step), before: Integer(step - 1)}


def at_step(equations: Iterable[Equation], step: int) -> tuple[Equation, ...]:
    """Return the equations of one time step: ``t`` becomes ``step``."""
    equations, now = tuple(equations), times(step)
    timed = _timed(equations)
    steps = {time: time.xreplace(now) for time in {quantity.time for quantity in timed}}
    moved = {quantity: quantity.at(steps[quantity.time]) for quantity in timed}
    return tuple(_renamed(equation, moved) for equation in equations)


def unroll(equations: Iterable[Equation], steps: int) -> tuple[Equation, ...]:
    """Return the equations of the steps 1 to ``steps``, in the order of computation."""
    equations = tuple(equations)
    return tuple(one for step in range(1, steps + 1) for one in at_step(equations, step))


@lru_cache(maxsize=64)
def _timed(equations: tuple[Equation, ...]) -> tuple[Quantity, ...]:
    """Return the quantities that equations have at a time step, each once."""
    found = (quantity for equation in equations for quantity in quantities(equation))
    return tuple(dict.fromkeys(quantity for quantity in found if quantity.time is not None))


def _renamed(expression: Basic, names: Mapping[Quantity, Quantity]) -> Any:
    """Return an expression as it is, with other names: there is nothing for SymPy to look at."""
    if isinstance(expression, Quantity):
        return names.get(expression, expression)
    parts = [_renamed(part, names) for part in expression.args]
    return Basic.__new__(type(expression), *parts) if parts else expression
