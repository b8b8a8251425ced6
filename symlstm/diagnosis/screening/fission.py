"""Which adjoint equations have to be computed step by step, and which at all steps at once.

Loop fission: what no other step rests on, as gradients by weights, need not wait for other steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from sympy import Basic, Transpose

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, add, is_constant, quantities, t
from symlstm.equations.operands import Multiplication
from symlstm.passes.mutation_rules import terms_of


@lru_cache(maxsize=8192)
def reads(equation: Equation) -> tuple[Quantity, ...]:
    """Return what changes over time of what an equation reads."""
    used = dict.fromkeys(quantities(equation.rhs))
    return tuple(quantity for quantity in used if quantity.time is not None)


def needed(names: Iterable[str], equations: Iterable[Equation]) -> frozenset[str]:
    """Return the names of all that some rest on, at whatever step, and their own."""
    used: dict[str, set[str]] = {}
    for one in equations:
        used.setdefault(one.lhs.name, set()).update(q.name for q in reads(one))
    found = new = set(names)
    while new:
        new = {name for one in new for name in used.get(one, ())} - found
        found = found | new
    return frozenset(found)


def in_the_loop(equations: Iterable[Equation], sums: Iterable[str]) -> frozenset[str]:
    """Return the names of what steps rest on that are computed after their own.

    Of ``sums``, which run over the steps, those belong to it that anything but their own reads.
    """
    equations = list(equations)
    used = [(one.lhs.name, q) for one in equations for q in reads(one)]
    by_others = {quantity.name for name, quantity in used if quantity.name != name}
    recalled = {quantity.name for _, quantity in used if quantity.time == t + 1}
    return needed(by_others & (recalled | set(sums)), equations)


@lru_cache(maxsize=8192)
def added_up(equation: Equation, is_matrix: bool) -> Equation | None:
    """Return what a step adds to a running sum, whose value of all steps' columns is their sum.

    A column times a row is summed as it is taken; other columns are, where it is no matrix, to be
    summed. ``None`` where it adds anything else, or is no such sum.
    """
    recall, terms = equation.lhs.at(t + 1), list(terms_of(equation.rhs))
    if terms.count(recall) != 1 or len(terms) == 1:
        return None
    terms.remove(recall)
    if any(q.name == recall.name for term in terms for q in quantities(term)):
        return None
    if is_matrix and not all(map(_is_summed, terms)):
        return None
    return Equation(equation.lhs, add(*terms))


def _is_summed(term: Basic) -> bool:
    while isinstance(term, Scaled):
        term = term.argument
    if not isinstance(term, Multiplication):
        return False
    column, row = term.args[0], term.args[-1]
    return isinstance(row, Transpose) and not (is_constant(column) or is_constant(row))


class SideBySide(dict[str, Any]):
    """Values by name of many steps, so many steps later each, with all steps' columns side by side.

    Each is of shape (..., size, T · batch), from a ``history`` of (..., size, batch) by step, where
    what is the same for all sequences may have one column.
    """

    def __init__(
        self, history: Mapping[int, Mapping[str, Any]], steps: range, batch: int, later: int
    ) -> None:
        super().__init__()
        self.steps, self._history, self._batch = steps, history, batch
        self._at = [step + later for step in steps]

    def __missing__(self, name: str) -> Any:
        found = [self._history[step][name] for step in self._at]
        size = int(found[0].shape[-2])
        *each, _ = np.broadcast_arrays(*found, np.empty((size, self._batch)))
        self[name] = np.concatenate(each, axis=-1)
        return self[name]
