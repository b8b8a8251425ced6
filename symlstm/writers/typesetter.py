"""Typeset equations and numbers as the lines of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np
from flint import fmpq
from sympy import Basic, Expr, Integer, Rational
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, parts, quantities
from symlstm.equations.functions import EntryFunction
from symlstm.equations.numerals import Numerals
from symlstm.equations.printer import Printer
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.notation import ENCLOSED, EXACT, Notation, Token, Tokens, certainty, listed, text
from symlstm.notation.palette import Colour
from symlstm.numbers.arrays import Array
from symlstm.numbers.asked import Blank, Filled
from symlstm.numbers.exact import Interval
from symlstm.numbers.remembered import cached_property
from symlstm.writers import roundings
from symlstm.writers.line import Line
from symlstm.writers.roundings import taken, written
from symlstm.writers.summary import Table, tables

LONGEST_FRACTION = 12
"""How many digits a fraction may have that says by itself how large it is."""
ABOUT = 4
"""How many digits say how large another one is."""
MOST_ABOUT = 8
"""How many entries a value may have of which that is said."""
LONGEST_CHAIN = 3
"""How many equals signs may follow one another before the last in ``W_i = W_f = W_c = W_o = 1``."""

Numbers = Mapping[Basic, Array]


@dataclass(frozen=True)
class Typesetter:
    """Makes lines in a notation, for tables no wider than ``width`` digits.

    With ``digits``, numbers are certified decimals; symbols have ``colours``, and ``scalar`` says
    that all of them are numbers; see `Printer`. Words are those of a ``catalogue``.
    """

    notation: Notation
    width: float
    digits: int | None = None
    colours: Mapping[str, Colour] = field(default_factory=dict)
    scalar: bool = False
    catalogue: Catalogue = ENGLISH

    @classmethod
    def of(cls, notation: Notation, width: float, catalogue: Catalogue) -> Typesetter:
        """Return a typesetter that writes words in the language of a catalogue."""
        spoken = notation.counting(catalogue.words("given.digits"))
        return cls(spoken, width, catalogue=catalogue)

    def words(self, key: str, **parts: object) -> Token:
        """Return a few words of the language, by their key."""
        return self.notation.words(self.catalogue.words(key, **parts))

    def formula(self, expression: Basic) -> Tokens:
        """Return an expression."""
        return self._printer.formula(expression)

    def value(self, entries: Array) -> Tokens:
        """Return a number, or a matrix of them."""
        return self._numerals.value(entries)

    @cached_property
    def _printer(self) -> Printer:
        return Printer(self.notation, colours=self.colours, scalar=self.scalar)

    @cached_property
    def _numerals(self) -> Numerals:
        return Numerals(self.notation, digits=self.digits)

    def line(self, left: Tokens, links: Iterable[Tokens], relation: Token | None = None) -> Line:
        """Return *left = link = link*; a link that reads like the one before it is left out."""
        distinct = [link for _, (link, *_) in groupby(links, key=text)]
        return Line(left, _claimed(distinct), relation)

    def equation(self, equation: Equation) -> Line:
        """Return an equation."""
        return self._of(equation, [self.formula(equation.rhs)])

    def _of(
        self, equation: Equation, links: Iterable[Tokens], relation: Token | None = None
    ) -> Line:
        """Return a line with what it computes, and what it needs for that."""
        line = self.line(self.formula(equation.lhs), links, relation)
        time = equation.lhs.time
        of = (equation.lhs.name, int(time)) if isinstance(time, Integer) else None
        return replace(line, of=of, needs=self.needs(equation.rhs))

    def needs(self, expression: Basic) -> tuple[Tokens, ...]:
        """Return the symbols of what an expression takes of a time step, each once."""
        found = dict.fromkeys(q for q in quantities(expression) if q.time is not None)
        return tuple(map(self.formula, found))

    def worked(
        self,
        equation: Equation,
        values: Numbers,
        value: Array,
        algebra: Algebra[Any],
        *,
        named: Equation | None = None,
        relation: Token | None = None,
        strong: bool = False,
    ) -> Line:
        """Return *symbol = formula = formula with the numbers in = value*, which may be ``strong``.

        ``named`` is the equation with its pre-activations named. What an activation function is
        given, and what it makes of that, is shown on the way. Where a run rounds, ≈ stands. Where a
        number is left out, there are none on the way.
        """
        formula = (named or equation).rhs
        if any(isinstance(entries, Blank) for entries in (value, *values.values())):
            known = {part: entries.view(np.ndarray) for part, entries in values.items()}
            links = [self.formula(equation.rhs), self.result(formula, known, value, algebra)]
            return self._of(equation, links, relation)
        result = value.view(np.ndarray)
        functions = _function_values(formula, values, result, algebra)
        with_numbers = self.numbers(values, equation.rhs)
        named_too = with_numbers if formula == equation.rhs else self.numbers(values, formula)
        worked_out = self.numbers({**values, **functions}, formula) if functions else named_too
        links = [self.formula(equation.rhs), with_numbers, named_too, worked_out]
        if isinstance(algebra, DecimalAlgebra):
            named_exactly = roundings.names_results(equation.rhs, formula, values)
            links[2] = roundings.marked(links[2], exact=named_exactly)
            links[3] = roundings.marked(links[3], exact=roundings.are_results(functions, values))
        links.append(self.result(formula, values, result, algebra))
        line = self._of(equation, links, relation)
        line = line.strengthened() if strong else line
        if isinstance(value, Filled):
            line = replace(line, links=(*line.links[:-1], self.notation.filled(line.links[-1])))
        return replace(line, links=(*line.links, *self._about(value)))

    def _about(self, entries: Array) -> Iterator[Tokens]:
        """Yield what entries are about, if some of them are fractions too long to be read."""
        if isinstance(entries, Filled):
            entries = entries.view(np.ndarray)
        if self.digits is None and entries.size <= MOST_ABOUT and any(map(is_long, entries.flat)):
            yield Numerals(self.notation, digits=ABOUT).value(entries)

    def result(
        self, expression: MatrixExpr, values: Numbers, value: Array, algebra: Algebra[Any]
    ) -> Tokens:
        """Return a value as the last link, after the expression with numbers in."""
        shown = self.value(value)
        if not isinstance(algebra, DecimalAlgebra):
            return shown
        exact = roundings.is_result(expression, values, value, algebra)
        return roundings.marked(shown, exact=exact)

    def alike(self, pairs: Sequence[tuple[Quantity, Array]]) -> Line:
        """Return ``W_i = W_f = 1``: quantities that have one value."""
        first, *others = [self.formula(quantity) for quantity, _ in pairs]
        if len(others) > LONGEST_CHAIN:
            others = [[self.notation.ellipsis[0]], others[-1]]
        return Line(first, (*others, self.value(pairs[0][1])))

    def given(self, pairs: Iterable[tuple[Quantity, Array]]) -> Line:
        """Return quantities and their values as one line, neighbours that are alike together."""
        return self.listed([self.alike(run) for run in _runs(pairs)])

    def listed(self, lines: Sequence[Line]) -> Line:
        """Return several short lines as one, with commas between."""
        (relation, *first), *others = map(self._flat, lines)
        items = [
            first,
            *([*line.left, *flat] for line, flat in zip(lines[1:], others, strict=True)),
        ]
        return Line(lines[0].left, (listed(items, self.notation.comma),), relation)

    def definition(self, row: Activation, form: Expr) -> Line:
        """Return what an activation function is, written out."""
        left, right = self.notation.brackets(0)
        name = self.notation.function(row.latex, row.text)
        return self.line(
            [name, left, Token("x", 1), right], [self.notation.form(form, self.digits)]
        )

    def vector_definition(self, row: VectorActivation) -> Line:
        """Return what an entry of an activation function of a whole vector is."""
        entry = self.notation.function(f"{row.latex}(z)_k", f"{row.text}(z)_k")
        return self.line([entry], [[self.notation.function(row.shown_latex, row.shown_text)]])

    def numbers(self, values: Numbers, expression: Basic) -> Tokens:
        """Return an expression with numbers in."""
        printer = Printer(self.notation, values, self._numerals, self.colours)
        return printer.formula(expression)

    def tables(
        self, columns: Mapping[Token, Sequence[Array | None]], labels: Sequence[Token]
    ) -> tuple[Table, ...]:
        """Return the values of quantities in tables; see `symlstm.writers.summary`."""
        return tables(columns, labels, self.notation, self.width, self.digits)

    def _flat(self, line: Line) -> Tokens:
        return [token for link in line.related(self.notation) for token in link]


def is_long(entry: Any) -> bool:
    """Say whether a number is a fraction with too many digits to be read."""
    if not isinstance(entry, Rational | fmpq) or entry.q == 1:
        return False
    return bool(abs(int(entry.p)) * int(entry.q) >= 10**LONGEST_FRACTION)


def _function_values(
    expression: MatrixExpr, values: Numbers, result: Array, algebra: Algebra[Any]
) -> dict[Basic, Array]:
    """Return the values of the activation functions in an expression, whose own is ``result``."""
    functions = [
        part
        for part in dict.fromkeys(parts(expression, Elementwise))
        if not (part.activation.is_identity or isinstance(part.activation, EntryFunction))
    ]
    with algebra.context():
        return {
            part: result if part is expression else _applied(part, values, algebra)
            for part in functions
        }


def _applied(part: Elementwise, values: Numbers, algebra: Algebra[Any]) -> Array:
    """Return what an activation function makes of its argument, as a page writes it."""
    argument = algebra.convert(taken(values[part.argument]))
    return written(algebra, algebra.export(algebra.apply(part.activation, argument)))


def _claimed(links: Sequence[Tokens]) -> tuple[Tokens, ...]:
    """Return the links of a line without those that an enclosure among them cannot follow.

    What contains the true value says nothing of another formula for it, nor of what is near to it.
    """
    *steps, last = links
    if ENCLOSED in map(certainty, links):
        steps = [link for link in steps if certainty(link) == EXACT]
    return (*steps, last)


def _runs(pairs: Iterable[tuple[Quantity, Array]]) -> Iterator[list[tuple[Quantity, Array]]]:
    """Group neighbours that have the same numbers."""
    for _, group in groupby(pairs, key=_same):
        yield list(group)


def _same(pair: tuple[Quantity, Array]) -> list[Any]:
    """Return the numbers of a quantity; two that are in the same interval need not be the same."""
    quantity, entries = pair
    boxed = any(isinstance(entry, Interval) for entry in entries.flat)
    return [quantity] if boxed or isinstance(entries, Blank | Filled) else list(entries.tolist())
