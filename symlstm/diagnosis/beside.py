"""The wrong equations beside the right ones, in the notation of the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sympy import Basic, ZeroMatrix

from symlstm.cells.cell import Cell
from symlstm.diagnosis.setup import Numbers, Part, Setup
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, ones, quantities, scale, transpose
from symlstm.equations.rebuild import put

Pair = tuple[Equation, Equation | None]
"""An equation as it is, and as it should be, where there should be one."""


def beside(wrong: Setup, right: Setup) -> list[Pair]:
    """Return the equations in which two setups differ: those that are others, and other weights.

    Weights that stand where others should are put into the equations, if they are others of the
    same layer, transposed, zero, a multiple, or off by a whole number.
    """
    found: dict[str, Pair] = {}
    for changed, usual in zip(wrong.parts, right.parts, strict=False):
        for pair in _of_a_part(changed, usual):
            found.setdefault(str(pair[0]), pair)
    return list(found.values())


def _of_a_part(wrong: Part, right: Part) -> Iterator[Pair]:
    usual = {one.lhs.name: one for one in right.cell.program}
    other = _other_weights(wrong, right)
    for equation in wrong.program:
        used = [q for q in quantities(equation.rhs) if q.name in other]
        expressions = {q: other[q.name] for q in used}
        if any(expression is None for expression in expressions.values()):
            continue
        known: Mapping[Basic, Basic] = {q: e for q, e in expressions.items() if e is not None}
        changed = Equation(equation.lhs, put(equation.rhs, known))
        if changed != usual.get(equation.lhs.name):
            yield changed, usual.get(equation.lhs.name)


def _other_weights(wrong: Part, right: Part) -> dict[str, Basic | None]:
    """Return, by the names of weights that are others, what they are in terms of the right ones."""
    changed = {
        name: weight
        for name, weight in right.cell.weights.items()
        if not np.array_equal(wrong.weights[name], right.weights[name])
    }
    return {name: _spelled(wrong.weights[name], weight, right) for name, weight in changed.items()}


def _spelled(numbers: Numbers, weight: Quantity, right: Part) -> Basic | None:
    """Return numbers that stand for a weight in terms of the right weights, if that is known."""
    own = right.weights[weight.name]
    if not np.any(numbers):
        return ZeroMatrix(*weight.shape)
    for other in _nearest(weight, right.cell):
        theirs = right.weights[other.name]
        if np.array_equal(numbers, theirs):
            return other
        if other.shape[0] == other.shape[1] > 1 and np.array_equal(numbers, theirs.T):
            return transpose(other)
    for factor in (2, -1):
        if np.array_equal(numbers, factor * own):
            return scale(factor, weight)
    return _off_by_a_number(numbers - own, weight)


def _nearest(weight: Quantity, cell: Cell) -> list[Quantity]:
    """Return the weights of the same shape, those of the same letter first."""
    letter = _letter(weight)
    alike = [other for other in cell.weights.values() if other.shape == weight.shape]
    return sorted(alike, key=lambda other: _letter(other) != letter)


def _letter(weight: Quantity) -> str:
    return str(weight.name).partition("_")[0]


def _off_by_a_number(apart: Any, weight: Quantity) -> Basic | None:
    number = apart.flat[0]
    if number != int(number) or not np.all(apart == number):
        return None
    return add(weight, scale(int(number), ones(weight)))
