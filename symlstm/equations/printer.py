"""The one math printer: an expression to the tokens of a formula, in either notation.

A formula keeps the order in which its equation was written. With ``values``, quantities are
replaced by their numbers and nothing is multiplied out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import sympy
from sympy import Basic, Identity, OneMatrix, Transpose, ZeroMatrix

from symlstm.equations.expression import Elementwise, Quantity, Scaled, scale
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Diagonal, Maximum, Rows, Shift, Stack, Vectorwise
from symlstm.equations.numerals import Numerals
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.recursion import Calls, deep
from symlstm.equations.vocabulary import number_of, quotient_of, reduction_of
from symlstm.notation import Notation, Token, Tokens, text
from symlstm.notation.palette import Colour
from symlstm.numbers.arrays import Array, exported, filled, unit_matrix
from symlstm.numbers.asked import Filled
from symlstm.numbers.remembered import cached_property

Printed: TypeAlias = tuple[Tokens, int]
"""What is printed of an expression, and how tightly that binds."""

NEGATIVE, SUM, SCALED, PRODUCT, ENTRYWISE, POWER, ATOM = range(7)
"""How tightly a formula binds; an entrywise product needs no brackets in another."""


@dataclass(frozen=True)
class Printer:
    """Prints expressions in a notation; ``values`` are the numbers to put in for expressions.

    ``numerals`` print the numbers. ``colours`` are those of quantities, by name. Where all is
    ``scalar``, products are those of numbers.
    """

    notation: Notation
    values: Mapping[Basic, Array] = field(default_factory=dict)
    numerals: Numerals | None = None
    colours: Mapping[str, Colour] = field(default_factory=dict)
    scalar: bool = False

    def formula(self, expression: Basic) -> Tokens:
        """Return the tokens of ``expression``."""
        return (self._atom(expression) or self._print(expression, 0))[0]

    def text(self, expression: Basic) -> str:
        """Return ``expression`` on one line."""
        return text(self.formula(expression))

    @cached_property
    def _numerals(self) -> Numerals:
        return self.numerals or Numerals(self.notation)

    @deep
    def _print(self, expression: Basic, depth: int) -> Calls[Printed]:
        atom = self._atom(expression)
        return atom or (yield from _RULES[type(expression)](self, expression, depth))

    def _atom(self, expression: Basic) -> Printed | None:
        """Print what has no parts, or has a value; most of what there is to print does."""
        entries = self.values.get(expression)
        if entries is not None:
            return self._print_entries(entries)
        if expression.is_Rational:
            return self._rational(expression)
        rule = _ATOMS.get(type(expression))
        return rule(self, expression) if rule else None

    def _print_entries(self, entries: Array) -> Printed:
        if isinstance(entries, Filled):  # it stands out where it is the result, and not in formulas
            entries = entries.view(np.ndarray)
        tokens = self._numerals.value(entries)
        negative = entries.size == 1 and tokens[0].text.startswith("-")
        return tokens, NEGATIVE if negative else ATOM

    def _operand(self, expression: Basic, depth: int, binding: int) -> Calls[Tokens]:
        tokens, binds = self._atom(expression) or (yield self, expression, depth + 1)
        return tokens if binds >= binding else self._bracketed(tokens)

    def _bracketed(self, tokens: Tokens) -> Tokens:
        left, right = self.notation.brackets(max(token.height for token in tokens))
        return [left, *tokens, right]

    def _sum(self, expression: Addition, depth: int) -> Calls[Printed]:
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

    def _product(self, expression: Multiplication, depth: int) -> Calls[Printed]:
        number, reduction = number_of(expression), reduction_of(expression)
        if number is not None:
            return (yield self, number, depth)
        if reduction:
            called = self.notation.function(rf"\mathop{{\mathrm{{{reduction}}}}}", reduction)
            return (yield from self._called(called, expression.args[1:], depth))
        factors = _factors(expression)
        shares = [one for one in factors if isinstance(one, Scaled) and _is_ones(one.argument)]
        if shares:  # of a mean, in the midst of matrices
            bare = [one.argument if one in shares else one for one in factors]
            share = sympy.prod(one.factor for one in shares)
            return (yield self, scale(share, reduce(_before, reversed(bare))), depth)
        numbers = all(map(self._is_number, factors))
        breaks = bool(self.values) or len(factors) > 2
        tokens = yield from self._operand(factors[0], depth, ATOM)
        for left, right in pairwise(factors):
            single = self._is_number(left) and left.shape == right.shape == (1, 1)
            scalar = single or (numbers and (1, 1) in (left.shape, right.shape))
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
        if isinstance(argument, OneMatrix) or self._is_one(argument):
            return first, ATOM
        rest = yield from self._operand(argument, depth, SCALED)
        numbers = (
            bool(self.values) and argument.shape == (1, 1) and not isinstance(argument, Addition)
        )
        operator = self.notation.dot if numbers else self.notation.beside
        return [*first, operator, *rest], SCALED

    def _is_number(self, expression: Basic) -> bool:
        """Whether ``expression`` is printed as a number or a matrix of them."""
        bare = expression.args[0] if isinstance(expression, Transpose | Diagonal) else expression
        return bare in self.values

    def _entrywise(self, expression: EntrywiseProduct | Elementwise, depth: int) -> Calls[Printed]:
        notation = self.notation
        single = (bool(self.values) or self.scalar) and expression.shape == (1, 1)
        above, below = quotient_of(expression, self.values)
        between = (notation.dot if single else notation.odot).breakable(2 * depth + 1)
        divided = (notation.over if single else notation.oslash).breakable(2 * depth + 1)
        tokens: Tokens = []
        for factor in above:
            operand = yield from self._operand(factor, depth, ENTRYWISE)
            tokens += [between, *operand] if tokens else operand
        for divisor in below:
            operand = yield from self._operand(divisor, depth, POWER)
            tokens = tokens or [notation.integer(1, digits=1)]
            tokens += [divided, *operand]
        return tokens, ENTRYWISE

    def _activation(self, expression: Elementwise | Vectorwise, depth: int) -> Calls[Printed]:
        row = expression.activation
        if row.is_identity:
            return (yield self, expression.argument, depth)
        if quotient_of(expression)[1]:
            return (yield from self._entrywise(expression, depth))
        if isinstance(row, EntryFunction) and row.power:
            tokens = yield from self._operand(expression.argument, depth, ATOM)
            base = self._bracketed(tokens) if _is_raised(tokens) else tokens
            return [*base, self.notation.power(row.power)], POWER
        called = self.notation.function(row.latex, row.text)
        return (yield from self._called(called, [expression.argument], depth))

    def _maximum(self, expression: Maximum, depth: int) -> Calls[Printed]:
        called = self.notation.function(r"\max", "max")
        return (yield from self._called(called, expression.args, depth))

    def _shift(self, expression: Shift, depth: int) -> Calls[Printed]:
        called = self.notation.function(r"\max", "max")
        return (yield from self._called(called, expression.args, depth))

    def _stack(self, expression: Stack | Rows, depth: int) -> Calls[Printed]:
        word = type(expression).__name__.lower()
        called = self.notation.function(rf"\mathop{{\mathrm{{{word}}}}}", word)
        return (yield from self._called(called, expression.args, depth))

    def _called(self, name: Token, arguments: Sequence[Basic], depth: int) -> Calls[Printed]:
        """Print a function of one or more arguments, in brackets unless there are some already."""
        inside: Tokens = []
        for argument in arguments:
            tokens, _ = yield self, argument, depth + 1
            inside += [self.notation.words(", "), *tokens] if inside else tokens
        if len(inside) > 1 or not inside[0].bracketed:
            inside = self._bracketed(inside)
        return [name, *inside], ATOM

    def _transpose(self, expression: Transpose, depth: int) -> Calls[Printed]:
        entries = self.values.get(expression.arg)
        if entries is not None:
            return self._print_entries(entries.T)
        if (self.values or self.scalar) and expression.shape == (1, 1):
            return (yield self, expression.arg, depth)
        tokens = yield from self._operand(expression.arg, depth, ATOM)
        return [*tokens, self.notation.transposed.coloured(tokens[-1].colour)], ATOM

    def _diagonal(self, expression: Diagonal, depth: int) -> Calls[Printed]:
        entries = self.values.get(expression.argument)
        if entries is not None:
            square = np.full((len(entries), len(entries)), sympy.Integer(0), dtype=object)
            np.fill_diagonal(square, entries[:, 0])
            return self._print_entries(square)
        if (self.values or self.scalar) and expression.shape == (1, 1):
            return (yield self, expression.argument, depth)
        argument, _ = yield self, expression.argument, depth + 1
        name = self.notation.function(r"\mathop{\mathrm{diag}}", "diag")
        return [name, *self._bracketed(argument)], ATOM

    def _rational(self, number: sympy.Rational) -> Printed:
        return [self._numerals.fraction(number)], NEGATIVE if number < 0 else ATOM

    def _quantity(self, expression: Quantity) -> Printed:
        symbol = self.notation.symbol(expression.name, expression.time_text)
        return [symbol.coloured(self.colours.get(expression.name))], ATOM

    def _identity(self, expression: Identity) -> Printed:
        if self.values or self._is_one(expression):
            return self._print_entries(exported(unit_matrix(int(expression.shape[0]))))
        return [self.notation.symbol("I")], ATOM

    def _is_one(self, expression: Basic) -> bool:
        """Whether an identity matrix is printed as the number 1."""
        single = isinstance(expression, Identity) and expression.shape == (1, 1)
        return single and (bool(self.values) or self.scalar)

    def _zero(self, expression: ZeroMatrix) -> Printed:
        return [self.notation.integer(0, digits=1)], ATOM

    def _ones(self, expression: OneMatrix) -> Printed:
        if self.values:
            return self._print_entries(exported(filled(1, expression.shape)))
        one = self.notation.integer(1, digits=1)
        is_row = expression.shape[0] == 1 != expression.shape[1]
        return [one, self.notation.transposed] if is_row else [one], ATOM


_RULES: dict[type, Callable[[Printer, Any, int], Calls[Printed]]] = {
    Addition: Printer._sum,
    Multiplication: Printer._product,
    EntrywiseProduct: Printer._entrywise,
    Elementwise: Printer._activation,
    Scaled: Printer._scaled,
    Diagonal: Printer._diagonal,
    Transpose: Printer._transpose,
    Maximum: Printer._maximum,
    Shift: Printer._shift,
    Vectorwise: Printer._activation,
    Stack: Printer._stack,
    Rows: Printer._stack,
}
_ATOMS: dict[type, Callable[[Printer, Any], Printed]] = {
    Quantity: Printer._quantity,
    Identity: Printer._identity,
    ZeroMatrix: Printer._zero,
    OneMatrix: Printer._ones,
}


def _is_ones(expression: Basic) -> bool:
    return isinstance(expression, OneMatrix)


def _before(right: Basic, left: Basic) -> Basic:
    return Basic.__new__(Multiplication, left, right)


def _is_raised(tokens: Tokens) -> bool:
    """Whether a single token has an exponent or a fraction bar, where another one is misread."""
    alone = len(tokens) == 1 and not tokens[0].bracketed
    return alone and any(mark in tokens[0].text for mark in ("^", "×", "/", r"\frac"))


def _factors(expression: Multiplication) -> list[Basic]:
    """Return the factors of a product, and of the products in it: they need no brackets."""
    factors: list[Basic] = []
    parts = [expression]
    while parts:
        part = parts.pop()
        if isinstance(part, Multiplication) and not (number_of(part) or reduction_of(part)):
            parts += reversed(part.args)
        else:
            factors.append(part)
    return factors
