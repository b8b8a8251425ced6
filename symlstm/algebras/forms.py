"""Compile the form of an activation function by the operations of an algebra."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from itertools import repeat
from typing import Any, TypeAlias

import sympy
from flint import fmpq

from symlstm.equations.activations import x

Operations: TypeAlias = Mapping[Any, Callable[..., Any]]
"""For what a form is made of, how it is computed.

The keys are SymPy's classes and those of `symlstm.equations.stable_forms`, and `RECIPROCAL` and
``sympy.sqrt`` for what SymPy has as powers. Sums, products, maxima and minima take two values; a
power takes an integer above 1 as its exponent; the number π takes nothing.
"""

RECIPROCAL = (sympy.Pow, -1)
OF_ANY_NUMBER = frozenset({sympy.Add, sympy.Mul, sympy.Max, sympy.Min})
"""What SymPy takes of any number of operands, and an operation of two at a time."""

Compiled: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True)
class Compiler:
    """Makes functions of forms; ``number`` gives the value of a rational constant.

    Raises `KeyError` for what ``operations`` do not have.
    """

    operations: Operations
    number: Callable[[fmpq], Any]

    def compile(self, form: sympy.Expr) -> Compiled:
        """Return the function of `x` that a form stands for."""
        if form == x:
            return lambda argument: argument
        if not form.has(x):
            return self.constant(self.value(form))
        operation, operands = self._operation(form)
        parts = [self._operand(operand) for operand in operands]
        if form.func in OF_ANY_NUMBER:
            return reduce(partial(self.combine, operation), parts)
        return self.combine(operation, *parts)

    def value(self, form: sympy.Expr) -> Any:
        """Return the value of a form without `x`."""
        if form.is_Rational:
            return self.number(fmpq(form.p, form.q))
        operation, operands = self._operation(form)
        values = [part if isinstance(part, int) else self.value(part) for part in operands]
        return reduce(operation, values) if form.func in OF_ANY_NUMBER else operation(*values)

    def constant(self, value: Any) -> Compiled:
        """Return the function that is ``value`` everywhere."""
        return lambda _: value

    def combine(self, operation: Callable[..., Any], *parts: Compiled) -> Compiled:
        """Return the function that takes ``operation`` of the values of one or more others."""
        # Entries may be few: a list of one or two costs more than an operation on them.
        if len(parts) == 1:
            (only,) = parts
            return lambda argument: operation(only(argument))
        if len(parts) == 2:
            left, right = parts
            return lambda argument: operation(left(argument), right(argument))
        return lambda argument: operation(*[part(argument) for part in parts])

    def _operand(self, operand: sympy.Expr | int) -> Compiled:
        return self.constant(operand) if isinstance(operand, int) else self.compile(operand)

    def _operation(
        self, form: sympy.Expr
    ) -> tuple[Callable[..., Any], tuple[sympy.Expr | int, ...]]:
        """Return the outermost operation of a form, and its operands: an int is an exponent."""
        if not form.is_Pow:
            return self.operations[form.func], form.args
        base, exponent = form.args
        for power, operation in ((-1, RECIPROCAL), (sympy.Rational(1, 2), sympy.sqrt)):
            if exponent == power:
                return self.operations[operation], (base,)
        if exponent.is_negative:
            return self.operations[RECIPROCAL], (base**-exponent,)
        if exponent.is_Rational and exponent.q == 2:
            return self.operations[sympy.Pow], (sympy.sqrt(base), int(exponent.p))
        if exponent.is_Integer:
            return self.operations[sympy.Pow], (base, int(exponent))
        raise KeyError(form)


class ColumnCompiler(Compiler):
    """Makes functions of whole columns at once: lists of scalars, whose results are iterators.

    An iterator is endless where a form is constant. Python calls nothing of ours for an entry: the
    operations are mapped over the columns as they are.
    """

    def constant(self, value: Any) -> Compiled:
        return lambda _: repeat(value)

    def combine(self, operation: Callable[..., Any], *parts: Compiled) -> Compiled:
        return super().combine(partial(map, operation), *parts)
