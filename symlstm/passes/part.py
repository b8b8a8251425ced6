"""Part equations by what waits for what: much of a time step waits for no other step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from sympy import Basic
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, is_constant, t
from symlstm.equations.nodes import free_name
from symlstm.equations.operands import Addition
from symlstm.equations.rebuild import rebuild


@dataclass(frozen=True)
class Parted:
    """Equations of a time step in parts that can be computed one after the other.

    ``same`` are those whose values are the same at every step. ``ahead`` names what the others have
    in them that is known of each step before the first one. ``step`` is what one step after the
    other has to be computed of, and ``afterwards`` what no step waits for.
    """

    same: tuple[Equation, ...]
    ahead: tuple[Equation, ...]
    step: tuple[Equation, ...]
    afterwards: tuple[Equation, ...]


@lru_cache(maxsize=64)
def parted(program: tuple[Equation, ...]) -> Parted:
    """Return the equations of a time step, parted by what waits for other steps.

    Known terms of a sum are added up first; but for that, the same operations are done. What is
    known has a name with a space, which no cell's has.

    >>> from symlstm import SimpleRNN
    >>> parts = parted(SimpleRNN(units=1).program)
    >>> print(*parts.ahead, *parts.step, sep="; ")
    known 1 = W x_t + b; z_{h,t} = known 1 + U h_{t-1}; h_t = tanh(z_{h,t})
    """
    quantities = {q for one in program for q in one.atoms(Quantity)}
    same = tuple(one for one in program if is_constant(one.rhs))
    program = tuple(one for one in program if one not in same)
    waits = waiting(program)
    known = _Known({one.lhs.name for one in (*same, *program)}, {q.name for q in quantities})
    step = tuple(Equation(one.lhs, known.named(one.rhs)) for one in program if one in waits)
    afterwards = tuple(one for one in program if one not in waits)
    return Parted(same, tuple(known.ahead), step, afterwards)


def waiting(program: tuple[Equation, ...]) -> set[Equation]:
    """Return the equations of a time step that other steps wait for."""
    quantities = {q for one in program for q in one.atoms(Quantity)}
    names = {q.name for q in quantities if q.time not in (None, t)}
    found: set[Equation] = set()
    for one in reversed(program):
        if one.lhs.name in names and not is_constant(one.rhs):
            found.add(one)
            names = names | {q.name for q in one.rhs.atoms(Quantity)}
    return found


def is_known(expression: Basic, computed: Collection[str]) -> bool:
    """Say whether nothing in an expression is computed, by name."""
    return not any(q.name in computed for q in expression.atoms(Quantity))


@dataclass
class _Known:
    """What is known of each step before the first: whatever has nothing in it that is ``computed``.

    Constants are no part of it. Names that are ``taken`` are none for it.
    """

    computed: set[str]
    taken: set[str]
    ahead: list[Equation] = field(default_factory=list)
    names: dict[Basic, Quantity] = field(default_factory=dict)

    def named(self, expression: Basic) -> Basic:
        """Return an expression with names for all that is known in it."""
        if isinstance(expression, Quantity) or is_constant(expression):
            return expression
        if self._is_known(expression):
            return self._name(expression)
        parts = expression.args
        if isinstance(expression, Addition):
            known = [part for part in parts if self._is_known(part)]
            others = [part for part in parts if part not in known]
            parts = (add(*known), *others) if known else parts
        return rebuild(expression, [self.named(part) for part in parts])

    def _is_known(self, expression: Basic) -> bool:
        return is_known(expression, self.computed)

    def _name(self, expression: MatrixExpr) -> Quantity:
        if expression not in self.names:
            name = free_name(f"known {len(self.names) + 1}", self.taken)
            quantity = Quantity(name, *expression.shape)
            self.ahead.append(Equation(quantity, expression))
            self.names[expression] = quantity
        return self.names[expression]
