"""Many equations for one adjoint, term by term: terms that differ in a coefficient are one.

A mistake with gradients changes what an adjoint is multiplied by far more often than which adjoint
is. Coefficients are values of the run alone, which most setups share, and so known at all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Basic

from symlstm.diagnosis.screening.forward import SETUPS, Floats, Run, Variants, value_of
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, hadamard, ones, quantities, scale
from symlstm.equations.operands import EntrywiseProduct
from symlstm.passes.mutation_rules import terms_of

Indices: TypeAlias = NDArray[np.int64]
Split: TypeAlias = tuple[Basic | None, Basic | None]
"""The coefficient of a term, if it has one, and the rest, if there is any."""


class Term:
    """A term that some setups have in an equation: the ``rest``, times each one's coefficient."""

    def __init__(self, rest: Equation | None, chosen: Indices, table: Floats | None, at: Indices):
        self.rest, self.chosen, self.table, self.at = rest, chosen, table, at

    def value(self, run: Run, step: int, columns: slice) -> Floats:
        """Return the term at a step, of those who have it."""
        value: Any = 1.0
        if self.rest is not None and len(self.chosen) == run.count:
            value = value_of(self.rest, run.algebra, run.weights, run.history, step)
        elif self.rest is not None:
            value = run.of_some(self.rest, self.chosen, step, run.history)
        if self.table is None:
            return value
        table = self.table[:, :, columns]
        return value * (table[0] if len(table) == 1 else table[self.at])


class Terms:
    """All terms that setups have in their equations for one adjoint."""

    def __init__(self, run: Run, variants: Variants, side_by_side: Mapping[int, Any]) -> None:
        self.run, self.lhs = run, next(iter(variants)).lhs
        self._side_by_side = side_by_side
        found: dict[Any, list[tuple[Indices, Basic | None]]] = {}
        for equation, chosen in variants.items():
            seen: list[Basic | None] = []
            for term in terms_of(equation.rhs):
                coefficient, rest = split(term, self._is_shared)
                found.setdefault((rest, seen.count(rest)), []).append((chosen, coefficient))
                seen.append(rest)
        self.terms = [self._term(rest, having) for (rest, _), having in found.items()]

    def value(self, step: int, columns: slice) -> Floats:
        """Return the adjoint of all setups at a step, which has those columns of all steps'."""
        size, batch = int(self.lhs.shape[0]), columns.stop - columns.start
        whole = np.zeros((self.run.count, size, batch))
        for term in self.terms:
            every = slice(None) if len(term.chosen) == self.run.count else term.chosen
            whole[every] += term.value(self.run, step, columns)
        return whole

    def _is_shared(self, quantity: Quantity) -> bool:
        """Say whether a value is one of the run, and the same for all setups."""
        if quantity.time is None:
            return np.ndim(self.run.weights[quantity.name]) < SETUPS
        return quantity.name in self.run.shared

    def _term(self, rest: Basic | None, having: Sequence[tuple[Indices, Basic | None]]) -> Term:
        numbers: dict[Basic | None, int] = {}
        for _, coefficient in having:
            numbers.setdefault(coefficient, len(numbers))
        chosen = np.concatenate([of_it for of_it, _ in having])
        at = np.concatenate([np.full(len(of_it), numbers[c]) for of_it, c in having])
        order = np.argsort(chosen)
        table = None if list(numbers) == [None] else np.stack([*map(self._over_time, numbers)])
        equation = None if rest is None else Equation(self.lhs, rest)
        return Term(equation, chosen[order], table, at[order])

    def _over_time(self, coefficient: Basic | None) -> Floats:
        """Return a coefficient at all steps, side by side."""
        history: dict[int, Any] = {**self._side_by_side}
        shape = int(self.lhs.shape[0]), len(history[0].steps) * self.run.batch
        if coefficient is None:
            return np.ones(shape)
        equation = Equation(self.lhs, coefficient)
        value = value_of(equation, self.run.algebra, self.run.weights, history, 0)
        del history[0][self.lhs.name]
        return np.broadcast_to(value, shape)


def split(term: Basic, is_shared: Callable[[Quantity], bool]) -> Split:
    """Return the coefficient of a term, which is made of shared values, and what it multiplies."""
    if isinstance(term, Scaled):
        coefficient, rest = split(term.argument, is_shared)
        of_one = ones(term) if coefficient is None else coefficient
        return scale(term.factor, of_one), rest
    factors = term.args if isinstance(term, EntrywiseProduct) else [term]
    shared = [factor for factor in factors if all(map(is_shared, quantities(factor)))]
    others = [factor for factor in factors if factor not in shared]
    return _product(shared), _product(others)


def _product(factors: Sequence[Basic]) -> Basic | None:
    if len(factors) > 1:
        return hadamard(*factors)
    return factors[0] if factors else None
