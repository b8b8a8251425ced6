"""Sums and products of symbols, as SymPy has them, without its search for what can be simplified.

SymPy keeps the last thousand of what it has built. A long sequence is more than that: all would be
built and nothing found again. What is built here SymPy neither looks up nor keeps. It equals what
SymPy builds; where there is anything to simplify, SymPy does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cmp_to_key, lru_cache

from sympy import Add, Basic, Expr, Integer, Mul, Pow, Rational, Symbol, preorder_traversal, tanh

from symlstm.equations.activation_rows import Activation, ActivationFunction, x

_OPERATIONS = (Add, Mul, Pow)
_FUNCTIONS = (ActivationFunction, tanh)
_BASES = (Symbol, Add, *_FUNCTIONS)
"""What SymPy leaves as it is in a product of others, unless a number is multiplied out."""
_in_order = cmp_to_key(Basic.compare)
"""The order in which SymPy keeps terms and factors."""


def add(terms: Sequence[Expr]) -> Expr:
    """Return what ``sympy.Add`` makes of terms."""
    number, kept = Integer(0), []
    for term in _parts(terms, Add):
        if term.is_Rational:
            number = number + term if number else term
        else:
            kept.append(term)
    known = {_without_number(term) for term in kept}
    if len(known) < len(kept) or not all(map(_is_term, kept)):
        return Add(*terms)
    kept.sort(key=_in_order)
    return Add._from_args([number, *kept] if number else kept, is_commutative=True)


def multiply(factors: Sequence[Expr]) -> Expr:
    """Return what ``sympy.Mul`` makes of factors."""
    number, kept = Integer(1), []
    for factor in _parts(factors, Mul):
        if factor.is_Rational:
            number = factor if number == 1 else number * factor
        else:
            kept.append(factor)
    if not number:
        return number
    distributes = number != 1 and len(kept) == 1 and kept[0].is_Add
    if distributes or len(set(kept)) < len(kept) or not all(isinstance(f, _BASES) for f in kept):
        return Mul(*factors)
    kept.sort(key=_in_order)
    return Mul._from_args([number, *kept] if number != 1 else kept, is_commutative=True)


def apply(function: Activation, argument: Expr) -> Expr:
    """Return an activation function as it stands in a symbolic expression; see `Activation`."""
    form = _of_symbols(function) if argument.is_Symbol else None
    return function.head(argument) if form is None else _renamed(form, argument)


def _parts(operands: Iterable[Expr], operation: type[Expr]) -> Iterable[Expr]:
    for operand in operands:
        if isinstance(operand, operation):
            yield from operand.args
        else:
            yield operand


def _is_term(expression: Expr) -> bool:
    return isinstance(expression, (*_BASES, Mul))


def _without_number(term: Expr) -> Expr | tuple[Expr, ...]:
    """Return a term without the number that it begins with: two that differ in it are one."""
    if not term.is_Mul or not term.args[0].is_Rational:
        return term
    _, *factors = term.args
    return factors[0] if len(factors) == 1 else Mul._from_args(factors, is_commutative=True)


@lru_cache(maxsize=256)
def _of_symbols(function: Activation) -> Expr | None:
    """Return a function of `x`, unless there is anything in it that SymPy is to build."""
    form = function.head(x)
    kinds = (Symbol, Rational, *_OPERATIONS, *_FUNCTIONS)
    return form if all(isinstance(part, kinds) for part in preorder_traversal(form)) else None


def _renamed(form: Expr, symbol: Symbol) -> Expr:
    """Return a form of another symbol than `x`: alone in it, none changes the order of terms."""
    if form.is_Symbol:
        return symbol
    if form.is_Rational:
        return form
    arguments = [_renamed(part, symbol) for part in form.args]
    made = Basic.__new__(form.func, *arguments)
    if isinstance(form, _OPERATIONS):
        made.is_commutative = True
    else:
        made.nargs = form.nargs
    return made
