"""Unroll equations over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Basic, Integer

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities, t


def times(step: int) -> dict[Basic, Integer]:
    """Return what the time step, and the one before, become at a step."""
    return {t: Integer(step), before: Integer(step - 1)}


class Unrolled:
    """Equations in `t`, to be had at one time step after another."""

    def __init__(self, equations: Iterable[Equation]) -> None:
        self._equations = tuple(equations)
        found = (quantity for equation in self._equations for quantity in quantities(equation))
        self._timed = {one: one.time for one in found if one.time is not None}

    def at(self, step: int) -> tuple[Equation, ...]:
        """Return the equations of one time step: ``t`` becomes ``step``."""
        now = times(step)
        steps = {time: time.xreplace(now) for time in set(self._timed.values())}
        moved = {quantity: quantity.at(steps[time]) for quantity, time in self._timed.items()}
        return tuple(_renamed(equation, moved) for equation in self._equations)


def _renamed(expression: Basic, names: Mapping[Quantity, Quantity]) -> Any:
    """Return an expression as it is, with other names: there is nothing for SymPy to look at."""
    if isinstance(expression, Quantity):
        return names.get(expression, expression)
    parts = [_renamed(part, names) for part in expression.args]
    return Basic.__new__(type(expression), *parts) if parts else expression
