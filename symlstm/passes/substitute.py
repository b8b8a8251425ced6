"""Substitute definitions into an expression until none is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from sympy import Basic

from symlstm.equations.expression import Quantity, rebuild

MAX_SIZE = 10_000
"""How many nodes a closed form may have, unless a user asks for more."""


class Definitions:
    """What names stand for, in the order of computation: each in terms of names before it.

    They are a graph. Sizes are found, and substitutions made, once for each name, so that the
    work grows with the number of definitions and not with the trees that they would unfold to.
    Works on equations in vector form and on ordinary SymPy expressions alike.
    """

    def __init__(self, definitions: Mapping[Basic, Basic]) -> None:
        self._definitions = definitions

    def size(self, expression: Basic) -> int:
        """Return the number of nodes of ``expression`` with every definition put in."""
        return _size(expression, self._sizes)

    def substitute(self, expression: Basic) -> Basic:
        """Return ``expression`` with every definition put in; ask for its `size` first."""
        closed: dict[Basic, Basic] = {}
        for name in self._below(expression):
            closed[name] = _put_in(self._definitions[name], closed)
        return _put_in(expression, closed)

    @cached_property
    def _sizes(self) -> dict[Basic, int]:
        sizes: dict[Basic, int] = {}
        for name, definition in self._definitions.items():
            sizes[name] = _size(definition, sizes)
        return sizes

    def _below(self, expression: Basic) -> list[Basic]:
        """Return the names that ``expression`` rests on, in the order of computation."""
        needed = set(_leaves(expression))
        below = []
        for name in reversed(self._definitions):
            if name in needed:
                below.append(name)
                needed.update(_leaves(self._definitions[name]))
        return below[::-1]


def _arguments(expression: Basic) -> tuple[Basic, ...]:
    """Return what an expression is made of; a quantity is whole, whatever its name is made of."""
    return () if isinstance(expression, Quantity) else expression.args


def _leaves(expression: Basic) -> Iterator[Basic]:
    arguments = _arguments(expression)
    if not arguments:
        yield expression
    for argument in arguments:
        yield from _leaves(argument)


def _size(expression: Basic, known: Mapping[Basic, int]) -> int:
    if expression in known:
        return known[expression]
    return 1 + sum(_size(argument, known) for argument in _arguments(expression))


def _put_in(expression: Basic, closed: Mapping[Basic, Basic]) -> Basic:
    if expression in closed:
        return closed[expression]
    arguments = _arguments(expression)
    return rebuild(expression, [_put_in(argument, closed) for argument in arguments])
