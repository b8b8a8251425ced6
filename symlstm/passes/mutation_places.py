"""Where something can go wrong: an equation, and what else stands around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from sympy import Basic

from symlstm.equations.activations import Activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, before, quantities, rebuild, t
from symlstm.equations.printer import Printer
from symlstm.notation import PLAIN, text

GATES = frozenset({"sigmoid", "hard_sigmoid"})
"""Activation functions between 0 and 1, of which someone may take what is left of 1."""

Found: TypeAlias = Iterator[tuple[str, str, Basic]]
"""The rule, what is wrong, in words, and the expression with the mistake in it."""


@dataclass(frozen=True)
class Around:
    """What an equation stands among: what else of its size could stand where something does."""

    equation: Equation
    vectors: Sequence[Quantity]
    weights: Sequence[Quantity]
    gates: Sequence[Quantity]
    recalled: Sequence[Quantity]
    activations: Sequence[Activation]


def around(program: Sequence[Equation], k: int) -> Around:
    """Return what the equation in a place stands among."""
    equation, earlier = program[k], program[:k]
    used = [q for one in program for q in quantities(one.rhs)]
    weights = list(dict.fromkeys(q for q in used if q.time is None))
    recalled = list(dict.fromkeys(q for q in used if q.time == before))
    vectors = [one.lhs for one in earlier if not is_helper(one.lhs)]
    inputs = [q for q in used if q.time == t and q not in {one.lhs for one in program}]
    gates = [one.lhs for one in earlier if _is_gate(one.rhs)]
    vectors += [*recalled, *dict.fromkeys(inputs)]
    applied = [part.activation for one in program for part in one.rhs.atoms(Elementwise)]
    rows = sorted({row.name: row for row in applied}.items())
    return Around(equation, vectors, weights, gates, recalled, [row for _, row in rows])


def is_helper(quantity: Quantity) -> bool:
    """Whether a quantity only names what an activation is given."""
    return str(quantity.name).startswith("z_")


def _is_gate(rhs: Basic) -> bool:
    name = rhs.activation.name if isinstance(rhs, Elementwise) else ""
    return name.partition("(")[0] in GATES


@lru_cache(maxsize=4096)
def spelled(expression: Basic) -> str:
    """Return an expression as a terminal shows it."""
    return text(Printer(PLAIN).formula(expression))


def with_part(expression: Basic, k: int, part: Basic) -> Basic:
    """Return an expression with another part in one place."""
    return rebuild(expression, [*expression.args[:k], part, *expression.args[k + 1 :]])
