"""Backpropagate through one sequence: the adjoint equations, run from its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, t
from symlstm.equations.functions import EntryFunction
from symlstm.numbers.arrays import Array, added, filled
from symlstm.passes.differentiate import (
    adjoint,
    differentiate,
    differentiate_initial,
    initial_of,
    seed,
)
from symlstm.runs.growth import backward_within_digits
from symlstm.runs.trace import Trace


def backpropagate(
    trace: Trace[Any],
    algebra: Algebra[Any],
    k: int,
    incoming: Mapping[str, Array],
    every_sum: bool,
) -> History[Any]:
    """Return the values and adjoints of sequence ``k``; see `symlstm.gradients.gradients.backward`.

    The adjoint equations know nothing of steps that a mask leaves out: they are run on the steps
    that are computed, numbered without gaps. What comes from outside to a state that is held comes
    to where it was computed.
    """
    equations, initial = adjoint_equations(trace.cell, tuple(incoming))
    algebra.begin(k, backward=True)
    whole = trace.histories[k]
    computed, counted = trace.computed(k)
    with algebra.context():
        gathered = {name: gathered_by(gradient, counted) for name, gradient in incoming.items()}
    history = {number: dict(whole[step]) for number, step in enumerate([0, *computed])}
    for number in range(1, len(history)):
        for name, gradient in gathered.items():
            seeded = seed(trace.cell.computed[name]).name
            history[number][seeded] = algebra.convert(gradient[number][:, None])
    history[len(history)] = _ahead(algebra, equations, history[len(computed)])
    every = range(len(computed), 0, -1)
    adjoints = [adjoint(state.at(t)).name for state in trace.cell.states.values()]
    steps: Iterable[int] = backward_within_digits(every, history, adjoints, algebra)
    if not every_sum:
        steps = _forgetting(steps, history, _sums(trace.cell))
    evaluate(equations, algebra, trace.constants, history, steps)
    evaluate(initial, algebra, trace.constants, history, [0])
    if trace.timeline is None or not trace.timeline.is_emptied(k):
        _add_to_initial(trace.cell, algebra, history[0], {n: g[0] for n, g in gathered.items()})
    return {step: history[number] for number, step in enumerate([0, *computed])} | {
        step: {**whole[step], **_masked(trace.cell, algebra, history[counted[step - 1] + 1])}
        for step in range(1, len(trace) + 1)
        if step not in computed
    }


def gathered_by(gradient: Array, counted: Sequence[int]) -> Array:
    """Return what comes from outside, of shape (T, size), added up by computed step, from 0."""
    gathered = filled(0, (counted[-1] + 1, gradient.shape[1]))
    for number, row in zip(counted, gradient, strict=True):
        gathered[number] = added(gathered[number], row)
    return gathered


def _add_to_initial(
    cell: Cell, algebra: Algebra[Any], initial: dict[str, Any], gradients: Mapping[str, Array]
) -> None:
    """Add what comes from outside to an initial state that is held from the first step on."""
    with algebra.context():
        for name, gradient in gradients.items():
            if gradient.any():
                held = adjoint(cell.states[name].at(t)).name
                outside = algebra.convert(gradient[:, None])
                initial[held] = algebra.assign(held, 0, algebra.add(initial[held], outside))


def _masked(cell: Cell, algebra: Algebra[Any], following: Mapping[str, Any]) -> dict[str, Any]:
    """Return the adjoints at a step that a mask leaves out: of its input, and the running sums."""
    zero = algebra.convert(filled(0, cell.x.shape))
    sums = {name: following[name] for name in _sums(cell) if name in following}
    return {adjoint(cell.x).name: zero, **sums}


def _sums(cell: Cell) -> list[str]:
    """Return the names of the running sums of gradients by weights."""
    return [adjoint(weight).name for weight in cell.weights.values()]


def _forgetting(steps: Iterable[int], history: History[Any], names: Iterable[str]) -> Iterator[int]:
    """Yield the steps, and drop what the step after has of some names once a step is done."""
    names = list(names)
    for step in steps:
        yield step
        for name in names:
            history[step + 1].pop(name, None)


@lru_cache(maxsize=64)
def adjoint_equations(
    cell: Cell, seeded: tuple[str, ...]
) -> tuple[tuple[Equation, ...], tuple[Equation, ...]]:
    """Return the equations of a step and those of the initial states, for incoming gradients."""
    states = [state.at(t) for state in cell.states.values()]
    right = differentiate(cell.program, (cell.computed[name] for name in seeded))
    initial = differentiate_initial(cell.program, states)
    step = cell.backward(right)
    changed = {one.lhs: initial_of(one, states) for one in set(step) - set(right)}
    return step, tuple(changed.get(one.lhs, one) for one in initial)


def _ahead(
    algebra: Algebra[Any], equations: Iterable[Equation], last: Mapping[str, Any]
) -> dict[str, Any]:
    """Return zero for whatever the last step looks ahead to.

    What it would divide by is that of the last step: a gradient that is zero remains so.
    """
    sides = [equation.rhs for equation in equations]
    ahead = {q for side in sides for q in side.atoms(Quantity) if q.time == t + 1}
    parts = (part for side in sides for part in side.atoms(Elementwise))
    below = (part for part in parts if isinstance(part.activation, EntryFunction))
    kept = {q.name for part in below for q in part.atoms(Quantity)} & set(last)
    zeros = {q.name: algebra.convert(filled(0, q.shape)) for q in ahead if q.name not in kept}
    return zeros | {q.name: last[q.name] for q in ahead if q.name in kept}
