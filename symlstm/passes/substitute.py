"""Substitute definitions into an expression until none is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from operator import is_

from sympy import Basic

from symlstm.equations.expression import Quantity
from symlstm.equations.rebuild import rebuild

MAX_SIZE = 10_000
"""How many nodes a closed form may have, unless a user asks for more."""


class Definitions:
    """What names stand for, in the order of computation: each in terms of names before it.

    They are a graph. Sizes are found, and substitutions made, once for each name, so that the
    work grows with the number of definitions and not with the trees that they would unfold to.
    Works on equations in vector form and on ordinary SymPy expressions alike. Names may be added to
    the mapping later, by one thread, after those before them; none may be defined anew.
    """

    def __init__(self, definitions: Mapping[Basic, Basic]) -> None:
        self._definitions = definitions
        self._closed: dict[Basic, Basic] = {}
        self._sizes: dict[Basic, int] = {}

    def size(self, expression: Basic) -> int:
        """Return the number of nodes of ``expression`` with every definition put in."""
        sizes = self._sizes
        for name, definition in islice(self._definitions.items(), len(sizes), None):
            sizes[name] = _size(definition, sizes)
        return _size(expression, sizes)

    def substitute(self, expression: Basic) -> Basic:
        """Return ``expression`` with every definition put in; ask for its `size` first."""
        for name in self._below(expression):
            self._closed[name] = _put_in(self._definitions[name], self._closed)
        return _put_in(expression, self._closed)

    def _below(self, expression: Basic) -> list[Basic]:
        """Return the names that ``expression`` rests on and that have no closed form yet.

        They are in the order of computation.
        """
        needed = self._open(expression)
        below = []
        for name in reversed(self._definitions) if needed else ():
            if name in needed:
                below.append(name)
                needed |= self._open(self._definitions[name])
        return below[::-1]

    def _open(self, expression: Basic) -> set[Basic]:
        leaves = set(_leaves(expression))
        return {leaf for leaf in leaves if leaf in self._definitions and leaf not in self._closed}


def _arguments(expression: Basic) -> tuple[Basic, ...]:
    """Return what an expression is made of; a quantity is whole, whatever its name is made of."""
    return () if isinstance(expression, Quantity) else expression.args


def _leaves(expression: Basic) -> Iterator[Basic]:
    parts = [expression]
    while parts:
        part = parts.pop()
        arguments = _arguments(part)
        if not arguments:
            yield part
        parts += arguments


def _size(expression: Basic, known: Mapping[Basic, int]) -> int:
    own, below, parts = 0, 0, [expression]
    while parts:
        part = parts.pop()
        size = known.get(part)
        if size is None:
            own += 1
            parts += _arguments(part)
        else:
            below += size
    return own + below  # what is below has as many digits as there are steps


def _put_in(expression: Basic, closed: Mapping[Basic, Basic]) -> Basic:
    """Return an expression with closed forms for names; it is as deep as one definition."""
    if expression in closed:
        return closed[expression]
    arguments = [_put_in(argument, closed) for argument in _arguments(expression)]
    if all(map(is_, arguments, expression.args)):
        return expression
    rebuilt = rebuild(expression, arguments)
    hash(rebuilt)  # SymPy keeps it, and would look for it as deep as the form is if asked later
    return rebuilt
