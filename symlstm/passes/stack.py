"""Stack equations that are alike: one product of stacked weights costs less than one for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sympy import Basic, Expr, Transpose
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, Scaled, before, is_constant, t
from symlstm.equations.nodes import Rows, Stack, free_name
from symlstm.equations.operands import (
    Addition,
    EntrywiseProduct,
    Multiplication,
    product,
    summed_up,
)
from symlstm.equations.rebuild import put, rebuild
from symlstm.passes.part import is_known, waiting

ENTRY_BY_ENTRY = (Addition, EntrywiseProduct, Elementwise, Scaled)
"""What does with stacks what it does with each of their parts."""


@dataclass(frozen=True)
class Stacked:
    """The equations of a time step with stacks in them, and what each of the stacks is."""

    program: tuple[Equation, ...]
    stacks: tuple[Equation, ...]


@lru_cache(maxsize=64)
def stacked(program: tuple[Equation, ...], *, across: bool = True) -> Stacked:
    """Return the equations of a time step, stacked where they are alike and other steps wait.

    The others multiply once where they can. Without ``across``, no stack is looked at from another
    step, which then needs the parts alone. Whatever they compute is computed under its own name,
    too. The same operations are done, but for the order in which the terms of products are added
    up. The name of a stack has a space, which no cell's has.

    >>> from symlstm import GRU
    >>> print(*stacked(GRU(units=1, use_bias=False).program).program[:2], sep="; ")
    stack 2_t = stack(W_z, W_r) x_t + stack(U_z, U_r) h_{t-1}; z_{z,t} = rows(stack 2_t, 0, 1)
    """
    waits = waiting(program)
    quantities = {q for one in program for q in one.atoms(Quantity)}
    stacking = _Stacking({one.lhs.name for one in program}, {q.name for q in quantities})
    times = (before, t, t + 1) if across else (t,)
    step = stacking.stack([one for one in program if one in waits], times)
    same = [one for one in program if is_constant(one.rhs)]
    others = [one for one in program if one not in waits and one not in same]
    return Stacked((*same, *step, *stacking.multiplied_once(others)), tuple(stacking.stacks))


@dataclass
class _Stacking:
    """Stacks equations in which some names are ``computed``; those that are ``taken`` stay."""

    computed: set[str]
    taken: set[str]
    stacks: list[Equation] = field(default_factory=list)
    order: dict[str, int] = field(default_factory=dict)
    """In which order values are wanted, so that a stack of them is one that was computed."""

    def stack(self, program: Sequence[Equation], times: Collection[Expr]) -> list[Equation]:
        """Return equations that come to the same, in an order in which they can be computed.

        Stacks are looked at from steps at some ``times``.
        """
        program = [self._with_one_product(one) for one in program]
        ways = (self._groups(program, level(program)) for level in (_from_start, _from_end))
        groups = [self._merged(group) for group in reversed(min(ways, key=len))]
        return self._with_found([one for group in reversed(groups) for one in group], times)

    def multiplied_once(self, program: Sequence[Equation]) -> list[Equation]:
        """Return equations that no step waits for, each with one product.

        Stacks of other steps stay as they are: by then, steps have the parts alone.
        """
        return self._with_found([self._with_one_product(one) for one in program], [t])

    def _with_found(self, program: Sequence[Equation], times: Collection[Expr]) -> list[Equation]:
        """Return equations in which stacks at some times are what is computed, if it is."""
        stacks = {stack for one in program for stack in one.rhs.atoms(Stack)}
        found = {one: self._found(one) for one in stacks if _time_of(one) in (None, *times)}
        return [Equation(one.lhs, put(one.rhs, found)) for one in program]

    def _with_one_product(self, equation: Equation) -> Equation:
        """Return an equation whose sum has its matrices side by side, its vectors stacked."""
        side = equation.rhs
        products = [one for one in side.args if self._multiplies(one)]
        if not isinstance(side, Addition) or len(products) < 2:
            return equation
        matrices, vectors = zip(*(term.args for term in products), strict=True)
        turned = (one.arg if isinstance(one, Transpose) else Transpose(one) for one in matrices)
        others = [term for term in side.args if term not in products]
        one_product = product(Transpose(Stack(*turned)), self._stack(vectors))
        return Equation(equation.lhs, summed_up(*others, one_product))

    def _multiplies(self, term: Basic) -> bool:
        """Say whether a term is a known matrix times what is computed."""
        if not isinstance(term, Multiplication):
            return False
        matrix, vector = term.args
        return self._is_known(matrix) and not self._is_known(vector)

    def _is_known(self, expression: Basic) -> bool:
        return is_known(expression, self.computed)

    def _groups(
        self, program: Sequence[Equation], levels: Mapping[Quantity, int]
    ) -> list[list[Equation]]:
        """Return equations in groups of the same level and kind, from the lowest level on."""
        groups = defaultdict[tuple[int, Hashable], list[Equation]](list)
        for one in program:
            leaf = isinstance(one.rhs, Quantity) or self._is_known(one.rhs)
            groups[levels[one.lhs], one if leaf else self._kind(one.rhs)].append(one)
        return [groups[key] for key in sorted(groups, key=lambda key: key[0])]

    def _kind(self, side: Basic) -> Hashable:
        """Return what is the same of expressions that are one, once their leaves are stacked."""
        if isinstance(side, Multiplication):
            matrix, vector = side.args
            return (Multiplication, matrix.shape, vector) if self._is_known(matrix) else side
        if isinstance(side, Quantity) or (isinstance(side, MatrixExpr) and self._is_known(side)):
            return side.shape
        if isinstance(side, Scaled) and not side.factor.is_Rational:
            return side
        if isinstance(side, ENTRY_BY_ENTRY):
            return type(side), *map(self._kind, side.args)
        return side

    def _merged(self, group: Sequence[Equation]) -> list[Equation]:
        """Return the equation of a stack, and those of its parts, for a group of equations."""
        if len(group) == 1:
            return list(group)
        group = sorted(group, key=lambda one: self.order.get(one.lhs.name, len(self.order)))
        parts = [one.lhs for one in group]
        whole = Stack(*parts)
        name = free_name(f"stack {len(self.stacks) + 1}", self.taken)
        stack = Quantity(name, *whole.shape, time=t)
        self.stacks.append(Equation(stack, whole))
        return [
            Equation(stack, self._of_all([one.rhs for one in group])),
            *(Equation(part, _rows(stack, parts, k)) for k, part in enumerate(parts)),
        ]

    def _of_all(self, sides: Sequence[Basic]) -> Basic:
        """Return expressions of one kind as one, of stacks."""
        first = sides[0]
        if isinstance(first, Multiplication):
            return product(self._stack([side.args[0] for side in sides]), first.args[1])
        if isinstance(first, Quantity) or self._is_known(first):
            return self._stack(sides) if isinstance(first, MatrixExpr) else first
        parts = zip(*(side.args for side in sides), strict=True)
        return rebuild(first, [self._of_all(each) for each in parts])

    def _stack(self, parts: Sequence[Basic]) -> Stack:
        for part in parts:
            if isinstance(part, Quantity):
                self.order.setdefault(part.name, len(self.order))
        return Stack(*parts)

    def _found(self, stack: Stack) -> MatrixExpr:
        """Return the rows of a stack that is computed, if these are its parts, or else itself.

        Of another step, it is the whole of one: there may be no other values of the step that the
        first one looks at.
        """
        parts, time = stack.args, _time_of(stack)
        for one in self.stacks if time is not None else ():
            known = tuple(part.at(time) for part in one.rhs.args)
            if parts == known:
                return one.lhs.at(time)
            for k in range(len(known)) if time == t else ():
                if parts == known[k : k + len(parts)]:
                    return _rows(one.lhs, known, k, len(parts))
        return stack


def _time_of(stack: Stack) -> Any:
    """Return the time of what is stacked; ``None`` for weights, and what has no name."""
    return getattr(stack.args[0], "time", None)


def _rows(stack: Quantity, parts: Sequence[MatrixExpr], first: int, count: int = 1) -> MatrixExpr:
    """Return so many parts of a stack."""
    above, rows = (
        sum(int(part.shape[0]) for part in some)
        for some in (parts[:first], parts[first : first + count])
    )
    return Rows(stack, above, rows)


def _from_start(program: Sequence[Equation]) -> dict[Quantity, int]:
    """Return how many equations have to be computed one after the other before each."""
    levels: dict[Quantity, int] = {}
    for one in program:
        used = one.rhs.atoms(Quantity)
        levels[one.lhs] = max((levels[q] + 1 for q in used if q in levels), default=0)
    return levels


def _from_end(program: Sequence[Equation]) -> dict[Quantity, int]:
    """Return the same, counted back from the last one."""
    levels = {one.lhs: 0 for one in program}
    for one in reversed(program):
        for used in one.rhs.atoms(Quantity) & levels.keys():
            levels[used] = min(levels[used], levels[one.lhs] - 1)
    return levels
