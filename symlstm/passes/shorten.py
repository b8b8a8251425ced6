"""Shorten time steps: what is known in products of products is multiplied before the first step."""

from __future__ import annotations

from functools import lru_cache

from sympy import Basic

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, t
from symlstm.equations.operands import EntrywiseProduct, entrywise
from symlstm.equations.rebuild import rebuild
from symlstm.passes.part import factors, waiting


@lru_cache(maxsize=64)
def shortened(program: tuple[Equation, ...]) -> tuple[Equation, ...]:
    """Return the equations of a time step with products in place of the names of products.

    That is where a product has known factors, and whatever waits for it only multiplies it by more
    of them: all these can be multiplied for all steps at once, and no step waits for the product.

    >>> from symlstm import LSTM
    >>> backward = shortened(tuple(LSTM(units=1).adjoint_equations))
    >>> print(next(one for one in backward if str(one.lhs) == "δ_{i,t}"))
    δ_{i,t} = c̄_t ⊙ c̃_t ⊙ σ'(z_{i,t})
    """
    waits = waiting(program)
    computed = {one.lhs.name for one in program}
    read = {one: one.rhs.atoms(Quantity) for one in program}
    elsewhere = {q.name for each in read.values() for q in each if q.time not in (None, t)}
    shorter = {one.lhs: one.rhs for one in program}
    for one in program:
        product = shorter[one.lhs]
        users = [other.lhs for other in program if other in waits and one.lhs in read[other]]
        if (
            one.lhs.name not in elsewhere
            and _has_known(product, computed)
            and all(_only_multiplies(shorter[user], one.lhs, computed) for user in users)
        ):
            shorter |= {user: _with_factors(shorter[user], one.lhs, product) for user in users}
    return tuple(Equation(one.lhs, shorter[one.lhs]) for one in program)


def _has_known(expression: Basic, computed: set[str]) -> bool:
    """Say whether an expression is a product with a factor in which nothing is computed."""
    return isinstance(expression, EntrywiseProduct) and any(
        not any(q.name in computed for q in factor.atoms(Quantity))
        for factor in factors(expression)
    )


def _only_multiplies(expression: Basic, quantity: Quantity, computed: set[str]) -> bool:
    """Say whether a quantity is nowhere but in products with known factors."""
    if expression == quantity:
        return False
    parts = factors(expression) if isinstance(expression, EntrywiseProduct) else expression.args
    if quantity in parts and _has_known(expression, computed):
        parts = [part for part in parts if part != quantity]
    return all(_only_multiplies(part, quantity, computed) for part in parts)


def _with_factors(expression: Basic, quantity: Quantity, product: Basic) -> Basic:
    """Return an expression with the factors of a product for a quantity in other products."""
    if isinstance(expression, EntrywiseProduct):
        parts = [
            part
            for one in factors(expression)
            for part in (factors(product) if one == quantity else [one])
        ]
        return entrywise(*(_with_factors(part, quantity, product) for part in parts))
    if isinstance(expression, Quantity):
        return expression
    return rebuild(expression, [_with_factors(part, quantity, product) for part in expression.args])
