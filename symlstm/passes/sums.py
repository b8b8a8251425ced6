"""Tell sums over time as what they are: not by the running sum that each step adds to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from sympy import Basic, OneMatrix, Transpose
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, quantities, t
from symlstm.equations.nodes import Stack
from symlstm.equations.operands import Addition, Multiplication

Products: TypeAlias = tuple[tuple[MatrixExpr, MatrixExpr], ...]
"""Pairs of columns at time t: of each, the product of the first with the second transposed."""


def sums_apart(
    equations: Iterable[Equation], names: Collection[str]
) -> tuple[tuple[Equation, ...], dict[Quantity, Products]]:
    """Return the equations of a step without those that only sum up, and what these sum up.

    Such an equation is that of one of the ``names``, and only adds products to the quantity at time
    t + 1, which nothing else uses: over all steps, it comes to the sum of these.

    >>> from symlstm import LSTM
    >>> step, sums = sums_apart(LSTM(units=1).adjoint_equations, ["W_bar_i", "b_bar_i"])
    >>> sums
    {W̄_{i,t}: ((δ_{i,t}, x_t),), b̄_{i,t}: ((δ_{i,t}, 1),)}
    """
    equations = tuple(equations)
    uses = Counter(quantity.name for e in equations for quantity in quantities(e.rhs))
    running = (e for e in equations if e.lhs.name in names and uses[e.lhs.name] == 1)
    found = {equation.lhs: _products(equation) for equation in running}
    sums = {lhs: products for lhs, products in found.items() if products}
    return tuple(e for e in equations if e.lhs not in sums), sums


def sums_stacked(sums: Mapping[Quantity, Products]) -> dict[Stack, Products]:
    """Return the same sums, those in a stack that are of columns times the same other ones.

    >>> from symlstm import LSTM
    >>> _, sums = sums_apart(LSTM(units=1).adjoint_equations, ["W_bar_i", "W_bar_f"])
    >>> sums_stacked(sums)
    {Stack(W̄_{i,t}, W̄_{f,t}): ((Stack(δ_{i,t}, δ_{f,t}), x_t),)}
    """
    alike = defaultdict[tuple[MatrixExpr, ...], list[Quantity]](list)
    for total, products in sums.items():
        alike[tuple(right for _, right in products)].append(total)
    lefts = {total: [left for left, _ in products] for total, products in sums.items()}
    return {
        Stack(*totals): tuple(
            (Stack(*each), right)
            for *each, right in zip(*(lefts[total] for total in totals), rights, strict=True)
        )
        for rights, totals in alike.items()
    }


def _products(equation: Equation) -> Products | None:
    """Return the products that a step adds; ``None`` where it does something else."""
    terms = equation.rhs.args if isinstance(equation.rhs, Addition) else (equation.rhs,)
    added = [term for term in terms if term != equation.lhs.at(t + 1)]
    products = [pair for pair in map(_columns, added) if pair is not None]
    return tuple(products) if len(products) == len(added) == len(terms) - 1 else None


def _columns(term: Basic) -> tuple[MatrixExpr, MatrixExpr] | None:
    """Return the two columns that a term is the product of; one by itself is times a single 1."""
    if isinstance(term, Multiplication) and isinstance(term.args[1], Transpose):
        left, right = term.args
        return (left, right.arg) if left.shape[1] == 1 else None
    return (term, OneMatrix(1, 1)) if term.shape[1] == 1 else None
