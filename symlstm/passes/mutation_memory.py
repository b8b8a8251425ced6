"""What goes wrong between steps: what is kept for too long, and what comes out or is handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from sympy import Basic
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    add,
    apply,
    hadamard,
    multiply,
    quantities,
    scale,
    t,
)
from symlstm.equations.nodes import Vectorwise, free_name
from symlstm.equations.operands import EntrywiseProduct, Multiplication
from symlstm.equations.rebuild import put
from symlstm.passes.mutation_moves import FACTORS
from symlstm.passes.mutation_places import applied, spelled

Changed: TypeAlias = Iterator[tuple[str, str, Mapping[str, Equation]]]
"""The rule, what is wrong, in words, and the equations that are other or new ones, by name."""


def kept_longer(program: Sequence[Equation]) -> Changed:
    """Yield an input, or a state, that is one of a step before: in one equation, or in all.

    A new quantity keeps it for a step; what it is before the first step is zero.
    """
    used = dict.fromkeys(q for one in program for q in quantities(one.rhs) if q.time is not None)
    computed = {one.lhs.name for one in program}
    for quantity in used:
        if quantity.time == t and quantity.name in computed:
            continue
        kept = alike(f"last_{quantity.name}", quantity, program)
        older = quantity.at(quantity.time - 1)
        changed = [
            Equation(one.lhs, put(one.rhs, {quantity: kept.previous}))
            for one in program
            if quantity in quantities(one.rhs)
        ]
        ways = [([one], f"in the equation of {one.lhs}, ", "") for one in changed]
        everywhere = [(changed, "", " in every equation")] if len(changed) > 1 else []
        for some, where, end in [*everywhere, *ways]:
            words = f"{where}{older} stands for {quantity}{end}"
            yield "an older one", words, by_name(Equation(kept, quantity), *some)


def outputs(program: Sequence[Equation]) -> Changed:
    """Yield what may be done with the output, of which the next step knows nothing."""
    output = program[-1].lhs
    shown = alike("y", output, program)
    rows = [part.activation for part in applied(program)]
    known = {row.name: apply(row, output) for row in rows}
    changed = {
        **{f"{name} of {output}": value for name, value in sorted(known.items())},
        f"{output.previous}, a step late,": output.previous,
        f"the sum of all {output} so far": add(shown.previous, output),
        **{f"{factor} {output}": scale(factor, output) for factor in FACTORS},
    }
    for words, value in changed.items():
        yield "other output", f"{words} is what comes out", by_name(Equation(shown, value))


def handed_on(program: Sequence[Equation]) -> Changed:
    """Yield an output of which the next step gets what it was before its last operation."""
    output = program[-1]
    if not any(output.lhs.previous in quantities(one.rhs) for one in program):
        return
    shown = alike("y", output.lhs, program)
    for inner, value in _last_operations(output.rhs, output.lhs):
        if inner.shape == output.lhs.shape:
            handed = Equation(output.lhs, inner)
            words = f"{spelled(inner)} is handed on, not {output.lhs}"
            yield "other output", words, by_name(handed, Equation(shown, value))


def _last_operations(rhs: Basic, state: Quantity) -> Iterator[tuple[MatrixExpr, MatrixExpr]]:
    """Yield what an expression is computed of, and the same expression of ``state`` instead."""
    if isinstance(rhs, Multiplication) and rhs.args[1].shape == state.shape:
        yield rhs.args[1], multiply(rhs.args[0], state)
    elif isinstance(rhs, Elementwise | Vectorwise):
        yield rhs.argument, apply(rhs.activation, state)
    elif isinstance(rhs, EntrywiseProduct):
        for k, factor in enumerate(rhs.args):
            rest = [*rhs.args[:k], *rhs.args[k + 1 :]]
            yield hadamard(*rest), hadamard(factor, state)


def by_name(*changed: Equation) -> dict[str, Equation]:
    """Return equations by the name of what they compute."""
    return {one.lhs.name: one for one in changed}


def alike(wanted: str, quantity: Quantity, program: Sequence[Equation]) -> Quantity:
    """Return a new quantity of the size of another, at time t."""
    taken = {q.name for one in program for q in (one.lhs, *quantities(one.rhs))}
    return Quantity(free_name(wanted, taken), quantity.shape[0], quantity.shape[1], t)
