"""What a page tells of a run that rounds every value: its decimals, and where it rounds.

From each formula of a line to the next, either nothing is rounded, or what stands before it is ≈.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb, fmpq, fmpq_mat
from sympy import Basic
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.algebras.rational import RationalAlgebra
from symlstm.algebras.rational_values import rational_value
from symlstm.equations.activations import Activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity
from symlstm.equations.functions import EntryFunction
from symlstm.errors import NotExactError
from symlstm.notation import ROUNDED, Tokens
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import real

GIVEN_DIGITS = 17
"""How many digits a number has that was given and is no shorter decimal or fraction."""

Numbers = Mapping[Basic, Array]


def written(algebra: Algebra[Any], entries: Array) -> Array:
    """Return values as a page writes them: those that are rounded as decimals, in full."""
    return algebra.written(entries) if isinstance(algebra, DecimalAlgebra) else entries


def taken(entries: Array) -> Array:
    """Return numbers as an algebra takes them; balls stay what they are."""
    found = [entry if isinstance(entry, arb) else real(entry) for entry in entries.flat]
    return np.array(found, dtype=object).reshape(entries.shape)


def marked(link: Tokens, *, exact: bool) -> Tokens:
    """Return a link as one that stands after ≈, unless it is exactly the one before."""
    first, *rest = link
    return link if exact else [first._replace(certainty=max(ROUNDED, first.certainty)), *rest]


def is_result(
    expression: MatrixExpr, values: Numbers, value: Array, algebra: DecimalAlgebra
) -> bool:
    """Say whether a value is what an expression comes to, with no rounding of the result."""
    unrounded = _Unrounded(algebra.places, algebra.max_digits)
    try:
        return _same(_evaluated(expression, values, unrounded), value)
    except NotExactError:
        return False


def are_results(functions: Numbers, values: Numbers) -> bool:
    """Say whether the values of activation functions are exact."""
    return all(
        isinstance(part, Elementwise) and _is_exactly(part.argument, values, value, part.activation)
        for part, value in functions.items()
    )


def names_results(formula: MatrixExpr, named: MatrixExpr, values: Numbers) -> bool:
    """Say whether the pre-activations in ``named`` are exactly what ``formula`` has for them."""
    return all(
        _is_exactly(argument, values, values[name]) for argument, name in _renamed(formula, named)
    )


def _is_exactly(
    expression: MatrixExpr, values: Numbers, value: Array, function: Activation | None = None
) -> bool:
    algebra = _Exact()
    try:
        result = _evaluated(expression, values, algebra)
        return _same(algebra.apply(function, result) if function else result, value)
    except NotExactError:
        return False


def _renamed(formula: Basic, named: Basic) -> Iterator[tuple[MatrixExpr, Quantity]]:
    """Yield what has a name in ``named``, and the name."""
    pairs = [(formula, named)]
    while pairs:
        whole, name = pairs.pop()
        if whole == name:
            continue
        if isinstance(name, Quantity):
            yield whole, name
        else:
            pairs += zip(whole.args, name.args, strict=True)


def _evaluated(expression: MatrixExpr, values: Numbers, algebra: RationalAlgebra) -> fmpq_mat:
    """Return what an expression of absolute time steps comes to."""
    constants: dict[str, Any] = {}
    history: History[Any] = {0: {}}
    for quantity in expression.atoms(Quantity):
        entries = algebra.convert(taken(values[quantity]))
        if quantity.time is None:
            constants[quantity.name] = entries
        else:
            history.setdefault(int(quantity.time), {})[quantity.name] = entries
    result = Quantity("result", *expression.shape)
    evaluate((Equation(result, expression),), algebra, constants, history, [0])
    return history[0][result.name]


def _same(result: fmpq_mat, value: Array) -> bool:
    entries: Sequence[fmpq] = list(taken(value).flat)
    return list(result.entries()) == entries


class _Unrounded(DecimalAlgebra):
    """Rounds functions as a line shows them, and no result."""

    def assign(self, name: str, step: int, value: fmpq_mat) -> fmpq_mat:
        return value

    def apply(self, function: Activation, argument: fmpq_mat) -> fmpq_mat:
        if isinstance(function, EntryFunction):  # a line does not show what it comes to
            return _Exact().apply(function, argument)
        return super().apply(function, argument)


class _Exact(RationalAlgebra):
    """Rounds nothing; a function that has no rational value is an error."""

    name = "rational values"
    exact = True

    def apply(self, function: Activation, argument: fmpq_mat) -> fmpq_mat:
        values = [rational_value(function, entry) for entry in argument.entries()]
        if None in values:
            raise NotExactError(f"{function.name} is not rational here", argument=function.name)
        return self.like(argument, values)
