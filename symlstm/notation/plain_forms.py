"""SymPy's expressions in plain Unicode text: ``1 - tanh²(x)``, in Python ``1 - tanh(x)**2``."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, Inexact, localcontext
from typing import Any

from sympy import (
    Abs,
    Add,
    Expr,
    Float,
    Function,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Symbol,
    default_sort_key,
)
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.printer import Printer

from symlstm.notation.notation import Notation
from symlstm.notation.tokens import EXACT, ROUNDED, Token, Tokens

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NAMES = {"pi": "π", "E": "e", "oo": "∞", "theta": "θ", "DiracDelta": "δ"}
"""What SymPy calls otherwise; an activation function brings its own symbol."""


class FormPrinter(Printer):
    """Prints an expression as tokens, its terms and factors in the order of SymPy's printers.

    A long one may be broken before any of them. A fraction of integers too long to be read is the
    nearest decimal of so many ``digits``. For what has no rule here, Python's text stands.
    """

    printmethod = "_plain"

    def __init__(self, notation: Notation, digits: int) -> None:
        super().__init__()
        self._notation = notation
        self._digits = digits

    def formula(self, expression: Expr) -> Tokens:
        """Return the tokens of an expression."""
        return self._print(expression)

    def applied(self, name: str, arguments: Sequence[Expr], power: str = "") -> Tokens:
        """Return a function of its arguments; the ``power`` of it stands behind the name."""
        first, *rest = map(self._print, arguments)
        inside = [*first, *(token for other in rest for token in (self._notation.comma, *other))]
        return [self._word(name + power), *self._bracketed(inside)]

    def emptyPrinter(self, expression: Any) -> Tokens:
        shown = str(expression)
        return [self._word(NAMES.get(shown, shown))]

    def _print_Function(self, function: Function, power: str = "") -> Tokens:
        name = function.func.__name__
        return self.applied(NAMES.get(name, name), function.args, power)

    def _print_MinMaxBase(self, function: Max | Min) -> Tokens:
        arguments = sorted(function.args, key=default_sort_key)
        return self.applied(function.func.__name__.lower(), arguments)

    def _print_Abs(self, magnitude: Abs) -> Tokens:
        bar = self._word("|")
        return [bar, *self._print(magnitude.args[0]), bar]

    def _print_Symbol(self, symbol: Symbol) -> Tokens:
        name, bracket, entry = symbol.name.partition("[")
        return [self._notation.symbol(name), *([self._word(bracket + entry)] if entry else [])]

    def _print_Float(self, number: Float) -> Tokens:
        return self._signed(number < 0, [self._word(str(abs(number)))])

    def _print_Rational(self, number: Rational) -> Tokens:
        return self._signed(number < 0, [self._magnitude(abs(number))])

    def _print_Add(self, total: Add) -> Tokens:
        tokens, *rest = map(self._print, total.as_ordered_terms())
        for term in rest:
            negative = term[0] == self._notation.negative
            sign = self._notation.minus if negative else self._notation.plus
            tokens += [sign.breakable(2 * self._print_level), *term[int(negative) :]]
        return tokens

    def _print_Mul(self, product: Mul) -> Tokens:
        negative, over, under = False, [], []
        for factor in product.as_ordered_factors():
            if factor.is_Number and factor < 0:
                negative = not negative
            size = abs(factor) if factor.is_Number else factor
            above, below = self._halves(size)
            over += [above] if above != 1 else []
            under += [below] if below != 1 else []
        return self._signed(negative, self._fraction(over, under))

    def _print_Pow(self, power: Pow) -> Tokens:
        base, exponent = power.args
        _, below = self._halves(power)
        if below != 1:
            return self._fraction([], [below])
        if exponent == Rational(1, 2):
            return [self._word("√"), *self._operand(base, PRECEDENCE["Func"])]
        if not exponent.is_Integer:
            raised = self._operand(exponent, PRECEDENCE["Pow"])
            return [*self._operand(base, PRECEDENCE["Pow"]), self._word("^"), *raised]
        digits = str(exponent).translate(SUPERSCRIPTS)
        if isinstance(base, Function) and not isinstance(base, Abs):
            return self._print(base, power=digits)
        return [*self._operand(base, PRECEDENCE["Pow"]), self._word(digits)]

    def _halves(self, factor: Expr) -> tuple[Expr, Expr]:
        """Return what of a factor stands above the line of a fraction, and what below it."""
        if factor.is_Rational and not self._is_long(factor):
            return Integer(factor.p), Integer(factor.q)
        if factor.is_Pow and factor.exp.as_coeff_Mul()[0].is_negative:
            return Integer(1), 1 / factor
        return factor, Integer(1)

    def _fraction(self, over: Sequence[Expr], under: Sequence[Expr]) -> Tokens:
        above = self._product(over or [Integer(1)])
        if not under:
            return above
        below = self._product(under)
        return [*above, self._word("/"), *(self._bracketed(below) if len(under) > 1 else below)]

    def _product(self, factors: Sequence[Expr]) -> Tokens:
        tokens, *rest = map(self._factor, factors)
        for factor in rest:
            number = factor[0].text[0].isdigit()
            between = self._notation.dot if number else self._notation.beside
            tokens += [between.breakable(2 * self._print_level + 1), *factor]
        return tokens

    def _factor(self, factor: Expr) -> Tokens:
        return self._print(factor) if factor.is_Number else self._operand(factor, PRECEDENCE["Mul"])

    def _operand(self, expression: Expr, loosest: int) -> Tokens:
        """Return an operand, in brackets if it binds no tighter than ``loosest``."""
        tokens = self._print(expression)
        return self._bracketed(tokens) if precedence(expression) <= loosest else tokens

    def _bracketed(self, tokens: Tokens) -> Tokens:
        left, right = self._notation.brackets(0)
        return [left, *tokens, right]

    def _signed(self, negative: bool, tokens: Tokens) -> Tokens:
        return [self._notation.negative, *tokens] if negative else tokens

    def _magnitude(self, number: Rational) -> Token:
        if self._is_long(number):
            return self._decimal(number)
        longest = self._notation.longest_number
        above, below = (
            self._notation.integer(int(part), digits=longest) for part in (number.p, number.q)
        )
        whole = number.q == 1
        return above if whole else self._notation.fraction(above, below, negative=False)

    def _is_long(self, number: Rational) -> bool:
        """Say whether a number is a fraction with too many digits to be read."""
        longest = max(abs(int(number.p)), int(number.q))
        return number.q != 1 and longest >= 10**self._notation.longest_number

    def _decimal(self, number: Rational) -> Token:
        with localcontext(prec=self._digits) as context:
            quotient = Decimal(int(number.p)) / Decimal(int(number.q))
        rounded = bool(context.flags[Inexact])
        token = self._notation.decimal(quotient, rounded=rounded)
        return token._replace(certainty=ROUNDED if rounded else EXACT)

    def _word(self, word: str) -> Token:
        return self._notation.words(word)
