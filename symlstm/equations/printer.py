"""The one math printer: an expression to the tokens of a formula, in either notation.

A formula keeps the order in which its equation was written. With ``values``, quantities are
replaced by their numbers and nothing is multiplied out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import sympy
from flint import arb, fmpq
from sympy import (
    Basic,
    HadamardProduct,
    Identity,
    MatAdd,
    MatMul,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)

from symlstm.equations.expression import Diagonal, Elementwise, Quantity, Scaled, scale
from symlstm.equations.recursion import Calls, deep
from symlstm.notation import ROUNDED, Notation, Token, Tokens, text
from symlstm.numbers import decimals
from symlstm.numbers.arrays import Array, exported, filled, unit_matrix
from symlstm.numbers.exact import Interval, real

LARGEST_MATRIX = 6
"""Matrices with more rows or columns are elided."""
WIDEST_MATRIX = 72.0
"""Matrices wider than this many digits show fewer columns."""

Printed: TypeAlias = tuple[Tokens, int]
"""What is printed of an expression, and how tightly that binds."""

NEGATIVE, SUM, SCALED, PRODUCT, ENTRYWISE, ATOM = range(6)
"""How tightly a formula binds; an entrywise product needs no brackets in another."""


@dataclass(frozen=True)
class Printer:
    """Prints expressions in a notation; ``values`` are the numbers to put in for expressions.

    Integers of more than ``longest_number`` digits are abbreviated; the notation knows how many.
    With ``digits``, numbers are certified decimals of so many significant digits: what is a short
    decimal or fraction is exact, another one the nearest decimal, and what is not known well enough
    for that is an interval that encloses it.
    """

    notation: Notation
    values: Mapping[Basic, Array] = field(default_factory=dict)
    longest_number: int | None = None
    digits: int | None = None

    def formula(self, expression: Basic) -> Tokens:
        """Return the tokens of ``expression``."""
        return self._print(expression, 0)[0]

    def text(self, expression: Basic) -> str:
        """Return ``expression`` on one line."""
        return text(self.formula(expression))

    def value(self, entries: Array) -> Tokens:
        """Return a matrix or, for a single entry, a number.

        Entries are SymPy rationals; with ``digits``, they may be intervals and balls, too.
        """
        if entries.size == 1:
            return [self._number(entries.flat[0], self._longest)]
        return self._matrix(entries)

    @property
    def _longest(self) -> int:
        return self.longest_number or self.notation.longest_number

    @deep
    def _print(self, expression: Basic, depth: int) -> Calls[Printed]:
        entries = self.values.get(expression)
        if entries is not None:
            return self._print_entries(entries)
        if expression.is_Rational:
            return self._rational(expression)
        if type(expression) in _ATOMS:
            return _ATOMS[type(expression)](self, expression)
        return (yield from _RULES[type(expression)](self, expression, depth))

    def _print_entries(self, entries: Array) -> Printed:
        tokens = self.value(entries)
        negative = entries.size == 1 and tokens[0].text.startswith("-")
        return tokens, NEGATIVE if negative else ATOM

    def _operand(self, expression: Basic, depth: int, binding: int) -> Calls[Tokens]:
        tokens, binds = yield self, expression, depth + 1
        return tokens if binds >= binding else self._bracketed(tokens)

    def _bracketed(self, tokens: Tokens) -> Tokens:
        left, right = self.notation.brackets(max(token.height for token in tokens))
        return [left, *tokens, right]

    def _number(self, value: Any, longest: int, *, enclosed: bool = False) -> Token:
        if self.digits is None:
            return self._fraction(value, longest)
        known = _known(value)
        if known is None:
            return self.notation.unbounded
        exact = decimals.exact(known, self.digits) if isinstance(known, fmpq) else None
        if isinstance(exact, Decimal):
            return self.notation.decimal(exact)
        if exact is not None:
            return self._fraction(exact, longest)
        nearest = None if enclosed else decimals.nearest_decimal(known, self.digits)
        if nearest is not None:
            return replace(self.notation.decimal(nearest, rounded=True), certainty=ROUNDED)
        return self.notation.enclosure(*decimals.enclosing(known, self.digits))

    def _fraction(self, value: sympy.Rational | fmpq, longest: int) -> Token:
        above, below = int(value.p), int(value.q)
        if below == 1:
            return self.notation.integer(above, digits=longest)
        magnitude = self.notation.integer(abs(above), digits=longest)
        denominator = self.notation.integer(below, digits=longest)
        return self.notation.fraction(magnitude, denominator, negative=above < 0)

    def _matrix(self, entries: Array) -> Tokens:
        rows, columns = entries.shape
        shown_rows = _shown(rows, LARGEST_MATRIX)
        most = min(columns, LARGEST_MATRIX)
        while True:
            tokens = self._elided(entries, shown_rows, _shown(columns, most))
            if max(token.width for token in tokens) <= WIDEST_MATRIX or most <= 2:
                return tokens
            most -= 1

    def _elided(self, entries: Array, rows: list[int | None], columns: list[int | None]) -> Tokens:
        longest = self._longest if len(columns) == 1 else min(24, self._longest)
        enclosed = self._encloses(
            entries[row, column]
            for row in rows
            for column in columns
            if row is not None and column is not None
        )
        across, down, both = self.notation.ellipsis
        shown = [
            [
                (both if row is None else across)
                if column is None
                else (
                    down
                    if row is None
                    else self._number(entries[row, column], longest, enclosed=enclosed)
                )
                for column in columns
            ]
            for row in rows
        ]
        whole = None not in rows and None not in columns
        return self.notation.matrix(shown, None if whole else entries.shape)

    def _encloses(self, entries: Iterable[Any]) -> bool:
        """Say whether some are enclosed: a matrix is near the true one or around it, as a whole."""
        return self.digits is not None and any(is_enclosed(one, self.digits) for one in entries)

    def _sum(self, expression: MatAdd, depth: int) -> Calls[Printed]:
        first, *rest = expression.args
        tokens, binds = yield self, first, depth + 1
        if binds == SUM:
            tokens = self._bracketed(tokens)
        for term in rest:
            subtracted = isinstance(term, Scaled) and term.subtracts and term not in self.values
            sign = self.notation.minus if subtracted else self.notation.plus
            printed = scale(-term.factor, term.argument) if subtracted else term
            operand = yield from self._operand(printed, depth, SCALED)
            tokens += [sign.breakable(2 * depth), *operand]
        return tokens, SUM

    def _product(self, expression: MatMul, depth: int) -> Calls[Printed]:
        factors = _factors(expression)
        numbers = all(map(self._is_number, factors))
        breaks = bool(self.values) or len(factors) > 2
        tokens = yield from self._operand(factors[0], depth, ATOM)
        for left, right in pairwise(factors):
            scalar = numbers and (1, 1) in (left.shape, right.shape)
            operator = self.notation.dot if scalar else self.notation.beside
            between = operator.breakable(2 * depth + 1) if breaks else operator
            factor = yield from self._operand(right, depth, ATOM)
            tokens += [between, *factor]
        return tokens, PRODUCT

    def _scaled(self, expression: Scaled, depth: int) -> Calls[Printed]:
        factor, argument = expression.args
        if expression.subtracts:
            tokens = yield from self._operand(scale(-factor, argument), depth, SCALED)
            return [self.notation.negative, *tokens], NEGATIVE
        first = yield from self._operand(factor, depth, ATOM)
        rest = yield from self._operand(argument, depth, SCALED)
        numbers = (
            bool(self.values) and argument.shape == (1, 1) and not isinstance(argument, MatAdd)
        )
        operator = self.notation.dot if numbers else self.notation.beside
        return [*first, operator, *rest], SCALED

    def _is_number(self, expression: Basic) -> bool:
        """Whether ``expression`` is printed as a number or a matrix of them."""
        bare = expression.args[0] if isinstance(expression, Transpose | Diagonal) else expression
        return bare in self.values

    def _entrywise(self, expression: HadamardProduct, depth: int) -> Calls[Printed]:
        first, *rest = expression.args
        numbers = bool(self.values) and expression.shape == (1, 1)
        operator = self.notation.dot if numbers else self.notation.odot
        between = operator.breakable(2 * depth + 1)
        tokens = yield from self._operand(first, depth, ENTRYWISE)
        for factor in rest:
            operand = yield from self._operand(factor, depth, ENTRYWISE)
            tokens += [between, *operand]
        return tokens, ENTRYWISE

    def _activation(self, expression: Elementwise, depth: int) -> Calls[Printed]:
        row = expression.activation
        if row.is_identity:
            return (yield self, expression.argument, depth)
        argument, _ = yield self, expression.argument, depth + 1
        if len(argument) > 1 or not argument[0].bracketed:
            argument = self._bracketed(argument)
        return [self.notation.function(row.latex, row.text), *argument], ATOM

    def _transpose(self, expression: Transpose, depth: int) -> Calls[Printed]:
        entries = self.values.get(expression.arg)
        if entries is not None:
            return self._print_entries(entries.T)
        tokens = yield from self._operand(expression.arg, depth, ATOM)
        return [*tokens, self.notation.transposed], ATOM

    def _diagonal(self, expression: Diagonal, depth: int) -> Calls[Printed]:
        entries = self.values.get(expression.argument)
        if entries is not None:
            square = np.full((len(entries), len(entries)), sympy.Integer(0), dtype=object)
            np.fill_diagonal(square, entries[:, 0])
            return self._print_entries(square)
        if self.values and expression.shape == (1, 1):
            return (yield self, expression.argument, depth)
        argument, _ = yield self, expression.argument, depth + 1
        name = self.notation.function(r"\mathop{\mathrm{diag}}", "diag")
        return [name, *self._bracketed(argument)], ATOM

    def _rational(self, number: sympy.Rational) -> Printed:
        return [self._fraction(number, self._longest)], NEGATIVE if number < 0 else ATOM

    def _quantity(self, expression: Quantity) -> Printed:
        return [self.notation.symbol(expression.name, expression.time_text)], ATOM

    def _identity(self, expression: Identity) -> Printed:
        if self.values:
            return self._print_entries(exported(unit_matrix(int(expression.shape[0]))))
        return [self.notation.symbol("I")], ATOM

    def _zero(self, expression: ZeroMatrix) -> Printed:
        return [self.notation.integer(0, digits=1)], ATOM

    def _ones(self, expression: OneMatrix) -> Printed:
        if self.values:
            return self._print_entries(exported(filled(1, expression.shape)))
        return [self.notation.integer(1, digits=1)], ATOM


_RULES: dict[type, Callable[[Printer, Any, int], Calls[Printed]]] = {
    MatAdd: Printer._sum,
    MatMul: Printer._product,
    HadamardProduct: Printer._entrywise,
    Elementwise: Printer._activation,
    Scaled: Printer._scaled,
    Diagonal: Printer._diagonal,
    Transpose: Printer._transpose,
}
_ATOMS: dict[type, Callable[[Printer, Any], Printed]] = {
    Quantity: Printer._quantity,
    Identity: Printer._identity,
    ZeroMatrix: Printer._zero,
    OneMatrix: Printer._ones,
}


def is_enclosed(value: Any, digits: int) -> bool:
    """Say whether a number is not known to so many digits, so that an interval stands for it."""
    known = _known(value)
    return known is None or decimals.nearest_decimal(known, digits) is None


def _known(value: Any) -> fmpq | Interval | None:
    """Return what is known of a number: itself, or an interval, or nothing."""
    return None if isinstance(value, arb) and not value.is_finite() else real(value)


def _factors(expression: MatMul) -> list[Basic]:
    """Return the factors of a product, and of the products in it: they need no brackets."""
    factors: list[Basic] = []
    parts = [expression]
    while parts:
        part = parts.pop()
        if isinstance(part, MatMul):
            parts += reversed(part.args)
        else:
            factors.append(part)
    return factors


def _shown(size: int, most: int) -> list[int | None]:
    """Return the indices to show of ``size``, with ``None`` where some are left out."""
    if size <= most:
        return list(range(size))
    return [*range(most - 2), None, size - 1]
