"""What a notation is, and what all of them do alike."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Context, Decimal
from functools import lru_cache
from typing import Self

import sympy
from flint import fmpz

from symlstm.notation.tokens import ENCLOSED, EXACT, ROUNDED, Token, Tokens, certainty

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi "
    "omega Delta"
)
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθκλμνξρστφχψωΔ", strict=True))
"""The letters that are spelled out in a name."""
LEADING_ZEROS = 4
"""How many zeros before its first digit a decimal shows, one before the point among them."""
_WRITING = Context(capitals=1)
"""How Python writes a decimal, whatever a thread's own context says."""


class Notation(ABC):
    """The spelling of every atom that a formula can hold."""

    digits = "digits"
    """What the digits are called of which an abbreviated integer has so many."""
    longest_number: int
    """Integers with more digits are abbreviated."""
    kept_digits: int
    """How many digits an abbreviated integer keeps at either end."""
    plus: Token
    minus: Token
    negative: Token
    """What stands before something whose opposite is meant."""
    odot: Token
    oslash: Token
    """What stands before what every entry is divided by."""
    dot: Token
    over: Token
    """What stands between two numbers of which one is divided by the other."""
    equals: Token
    nearly: Token
    """What stands before numbers of which some are rounded."""
    within: Token
    """What stands before numbers of which some are enclosures."""
    interval: str
    """How an interval is spelled, with braces for its ends."""
    unbounded: Token
    """The enclosure of a number of which nothing is known."""
    becomes: Token
    comma: Token
    beside: Token
    """What stands between a matrix and the vector that it multiplies."""
    over_time: Token
    """What stands before a term that is summed over all time steps."""
    transposed: Token
    """What follows a matrix that is transposed."""
    indent: Token
    """What a row that goes on with the one above begins with, once for each bracket it is in."""

    def counting(self, digits: str) -> Self:
        """Return the notation with another word for digits."""
        other = copy.copy(self)
        other.digits = digits
        return other

    @abstractmethod
    def symbol(self, name: str, time: str | None = None) -> Token:
        r"""Spell a quantity: ``c_tilde`` at ``t`` is \tilde c_t, ``W_i`` is W_i.

        What follows a ``^`` is the number of a sequence, above the letter in parentheses.
        """

    @abstractmethod
    def integer(self, value: int, *, digits: int) -> Token:
        """Spell an integer, abbreviated when it has more than ``digits`` digits."""

    @abstractmethod
    def fraction(self, numerator: Token, denominator: Token, *, negative: bool) -> Token:
        """Spell a fraction of two integers."""

    @abstractmethod
    def power_of_ten(self, digits: str, exponent: int) -> Token:
        """Spell a decimal times a power of ten."""

    def decimal(self, value: Decimal, *, rounded: bool = False) -> Token:
        """Spell a decimal, with a power of ten where it would have many zeros.

        One that is ``rounded`` has a power of ten also where it would look like an integer.
        """
        assert value.is_finite()
        certain, shown = ROUNDED if rounded else EXACT, _WRITING.to_sci_string(value)
        # Python writes a power of ten for zeros behind the digits, and for more than six in front.
        plain = "E" not in shown and value.adjusted() >= -LEADING_ZEROS
        if plain and ("." in shown or not rounded):
            return Token(shown, len(shown), certainty=certain)
        sign, digits, _ = value.as_tuple()
        first, *rest = map(str, digits)
        shown = ("-" if sign else "") + first + ("." if rest else "") + "".join(rest)
        return self.power_of_ten(shown, value.adjusted())._replace(certainty=certain)

    def enclosure(self, low: Decimal, high: Decimal) -> Token:
        """Spell an interval that a number lies in, by its ends."""
        ends = [self.decimal(end) for end in (low, high)]
        shown = self.interval.format(*(end.text for end in ends))
        room = ends[0].width + ends[1].width + 3
        return Token(shown, room, bracketed=True, certainty=ENCLOSED)

    def relation(self, link: Tokens) -> Token:
        """Return what stands before a link of a line: as much as its numbers can claim."""
        return (self.equals, self.nearly, self.within)[certainty(link)]

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[Token]], size: tuple[int, int] | None) -> Tokens:
        """Spell a matrix; ``size`` is that of the whole when ``rows`` leave some of it out."""

    @abstractmethod
    def function(self, latex: str, plain: str) -> Token:
        """Spell the name of a function."""

    @abstractmethod
    def power(self, exponent: str) -> Token:
        """Spell what follows something that is raised to a power."""

    @abstractmethod
    def form(self, expression: sympy.Expr, digits: int | None = None) -> Tokens:
        """Spell the form of an activation function, in the order in which SymPy prints it.

        Its numbers stay fractions; where one has to be rounded, it has so many ``digits``.
        """

    @abstractmethod
    def source(self, word: str) -> Token:
        """Return a word between a term and the equation that it comes from: from."""

    @abstractmethod
    def words(self, words: str) -> Token:
        """Spell a few plain words among the mathematics."""

    @abstractmethod
    def derivative(self, of: Token, by: Token, *, partial: bool, flat: bool) -> Token:
        """Spell a derivative; a ``flat`` one is no higher than the text."""

    @abstractmethod
    def brackets(self, height: int) -> tuple[Token, Token]:
        """Spell parentheses around something so tall."""

    @abstractmethod
    def blank(self, number: Token) -> Token:
        """Spell the room for a number that someone is to write there, as large as it asks for."""

    @abstractmethod
    def filled(self, number: Tokens) -> Tokens:
        """Spell a number, or a matrix, that stands where a sheet has such room."""

    @property
    def inline(self) -> Notation:
        """The notation for a formula that has to stay in one line of the source."""
        return self

    @property
    @abstractmethod
    def ellipsis(self) -> tuple[Token, Token, Token]:
        """Spell what stands for columns, rows and both that are left out."""


def split_name(name: str) -> tuple[str, list[str], str]:
    """Split a name into its letter, the accents on it, and what stands below it.

    >>> split_name("c_tilde_bar"), split_name("z_c_tilde")
    (('c', ['tilde', 'bar'], ''), ('z', [], 'c_tilde'))
    """
    letter, _, rest = name.partition("_")
    accents: list[str] = []
    while rest.partition("_")[0] in ("tilde", "bar", "hat", "dot"):
        accent, _, rest = rest.partition("_")
        accents.append(accent)
    return letter, accents, rest


def apart(accents: list[str]) -> tuple[list[str], str]:
    """Return the accents that stand on a letter, and the mark beside it that stands for another.

    A gradient by what has a tilde has its bar on the letter, and the tilde beside it; the tangent
    of a gradient has its dot above the bar.

    >>> apart(["tilde", "bar"]), apart(["tilde"]), apart(["bar", "dot"])
    ((['bar'], 'tilde'), (['tilde'], ''), (['bar', 'dot'], ''))
    """
    first, *others = accents or [""]
    if not others or (first, *others) == ("bar", "dot"):
        return accents, ""
    return others, first


def unit_steps(expression: sympy.Expr) -> sympy.Expr:
    """Write every unit step by θ, the one that is zero at zero.

    >>> x = sympy.Symbol("x", real=True)
    >>> unit_steps(sympy.Heaviside(x, 0)), unit_steps(sympy.Heaviside(x, 1))
    (theta(x), 1 - theta(-x))
    """
    step = sympy.Function("theta")
    return expression.replace(
        sympy.Heaviside,
        lambda z, at_zero: step(z) + at_zero * (1 - step(z) - step(-z)),
    )


@lru_cache(maxsize=512)
def abbreviate(value: int, digits: int, kept: int) -> str | tuple[str, str, int]:
    """Return the digits of ``value``, or its two ends and how many digits it has."""
    sign = "-" if value < 0 else ""
    # FLINT converts in less than quadratic time, and past Python's limit of 4300 digits.
    shown = fmpz(abs(value)).str()
    if len(shown) <= digits:
        return f"{sign}{shown}"
    return f"{sign}{shown[:kept]}", shown[-kept:], len(shown)
