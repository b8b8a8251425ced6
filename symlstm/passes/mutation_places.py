"""Where something can go wrong: an equation, and what else stands around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sympy import Basic

from symlstm.equations.activations import Activation
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, before, quantities, t
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Vectorwise
from symlstm.equations.printer import Printer
from symlstm.equations.rebuild import rebuild
from symlstm.notation import PLAIN, text

GATES = frozenset({"sigmoid", "hard_sigmoid"})
"""Activation functions between 0 and 1, of which someone may take what is left of 1."""

OTHERS = ("sigmoid", "tanh", "hard_sigmoid", "hard_sigmoid(alpha=1/5)", "relu", "softsign")
"""Activation functions that are taken for each other."""
RARER = (
    "hard_tanh",
    "elu",
    "silu",
    "softplus",
    "gelu",
    "leaky_relu(negative_slope=1/100)",
    "leaky_relu(negative_slope=1/5)",
    "selu",
    "relu6",
    "exponential",
    "scaled_tanh(alpha=17159/10000, beta=2/3)",
)
"""Those that someone may have taken, too."""

Found: TypeAlias = Iterator[tuple[str, str, Basic]]
"""The rule, what is wrong, in words, and the expression with the mistake in it."""


@dataclass(frozen=True)
class Around:
    """What an equation stands among: what else of its size could stand where something does.

    ``computed`` are the names of what the system computes; ``recalled`` is what a step takes over
    from the one that was run before it, which is that of time t + 1 where a system is run
    ``backward``. ``activations`` are all that the system has.
    """

    equation: Equation
    vectors: Sequence[Quantity]
    weights: Sequence[Quantity]
    gates: Sequence[Quantity]
    recalled: Sequence[Quantity]
    activations: Sequence[Activation]
    computed: frozenset[str]
    backward: bool = False

    def others_of(self, quantity: Quantity) -> Sequence[Quantity]:
        """Return what someone may take for a quantity; for one of the next step, of that one, too.

        That is in a system run backward alone, which knows the run of every step.
        """
        if not self.backward or quantity.time != t + 1 or quantity.name in self.computed:
            return self.vectors
        run = [q for q in self.vectors if q.time == t and q.name not in self.computed]
        then = (q.at(t + 1) for q in run if not is_helper(q))
        return list(dict.fromkeys([*self.vectors, *then]))

    def could_be(self, quantity: Quantity, other: Quantity) -> bool:
        """Say whether someone may take another quantity for one.

        An adjoint equation is linear in adjoints: there, they are taken for each other alone, and
        values of the run for each other.
        """
        if quantity.shape != other.shape or quantity.name == other.name:
            return False
        if not self.backward:
            return True
        if quantity.name == self.equation.lhs.name or _helper(quantity) != _helper(other):
            return False
        is_adjoint = quantity.name in self.computed
        alike = is_adjoint == (other.name in self.computed)
        return alike and (quantity.time == other.time or not is_adjoint)


def around(program: Sequence[Equation], k: int) -> Around:
    """Return what the equation in a place stands among."""
    equation, earlier = program[k], program[:k]
    used = list(dict.fromkeys(q for one in program for q in quantities(one.rhs)))
    names, time = frozenset(one.lhs.name for one in program), recall_time(program)
    weights = [q for q in used if q.time is None]
    recalled = [q for q in used if q.time == time]
    functions = {part.activation.name: part.activation for part in applied(program)}
    rows = [row for _, row in sorted(functions.items())]
    if time != before:
        known = [q for q in used if q.time in (t, before) and q.name not in names]
        known += [q.at(t) for q in recalled if q.name not in names and q.at(t) not in known]
        read = {q.name for one in program for q in quantities(one.rhs) if q.name != one.lhs.name}
        vectors = [one.lhs for one in earlier if one.lhs.name in read]
        vectors += [*(q for q in recalled if q.name in read & names), *known]
        return Around(equation, vectors, weights, [], recalled, rows, names, backward=True)
    vectors = [one.lhs for one in earlier if not is_helper(one.lhs)]
    inputs = [q for q in used if q.time == t and q.name not in names]
    gates = [one.lhs for one in earlier if _is_gate(one.rhs)]
    return Around(equation, [*vectors, *recalled, *inputs], weights, gates, recalled, rows, names)


def applied(program: Iterable[Equation]) -> list[Elementwise]:
    """Return the activation functions of equations, and derivatives of such, each once."""
    found = [part for one in program for part in one.rhs.atoms(Elementwise)]
    kept = [part for part in found if not isinstance(part.activation, EntryFunction)]
    return sorted(dict.fromkeys(kept), key=spelled)


def vectorwise(parts: Iterable[Basic]) -> list[Vectorwise]:
    """Return the functions of whole vectors in expressions, each once."""
    found = dict.fromkeys(one for part in parts for one in part.atoms(Vectorwise))
    return sorted(found, key=spelled)


def recall_time(program: Sequence[Equation]) -> Any:
    """Return the time of what a step takes over: t - 1, or t + 1 in a system run backward."""
    times = {quantity.time for one in program for quantity in quantities(one.rhs)}
    return t + 1 if t + 1 in times else before


HELPERS = ("z_", "Delta_")
"""What the names begin with of what a function is given, and of what comes from outside."""


def _helper(quantity: Quantity) -> str | None:
    return next((start for start in HELPERS if str(quantity.name).startswith(start)), None)


def is_helper(quantity: Quantity) -> bool:
    """Whether a quantity only names what a function is given, or what comes from outside."""
    return _helper(quantity) is not None


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
