"""A system of equations: a tuple of them, which prints as a textbook sets it."""

from __future__ import annotations

from typing import Any, SupportsIndex, overload

from symlstm.equations.equation import Equation
from symlstm.notation.showing import Shown
from symlstm.numbers.remembered import cached_property


class Equations(tuple[Equation, ...], Shown):
    """Equations in the order of computation: a tuple, which notebooks show aligned.

    >>> from symlstm import LSTM
    >>> equations = LSTM(units=2).equations
    >>> equations == tuple(equations), len(equations[:2])
    (True, 2)
    >>> type(equations[:2]).__name__
    'Equations'
    """

    @overload
    def __getitem__(self, key: SupportsIndex) -> Equation: ...

    @overload
    def __getitem__(self, key: slice) -> Equations: ...

    def __getitem__(self, key: Any) -> Any:
        """Return an equation or, for a slice, a system of them."""
        chosen = super().__getitem__(key)
        return Equations(chosen) if isinstance(key, slice) else chosen

    def __hash__(self) -> int:
        # Of a tuple it is computed each time, and much is remembered by equations.
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __reduce__(self) -> Any:
        return Equations, (tuple(self),)

    def __str__(self) -> str:
        # One of our own, or sympy.init_printing() would print a tuple of formulas instead.
        return repr(self)
