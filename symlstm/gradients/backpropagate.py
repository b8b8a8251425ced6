"""Backpropagate through one sequence: the adjoint equations, run from its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, t
from symlstm.equations.functions import EntryFunction
from symlstm.numbers.arrays import Array, added, zeros_like
from symlstm.passes.differentiate import (
    adjoint,
    differentiate,
    differentiate_initial,
    initial_of,
    seed,
)
from symlstm.passes.sums import Products, sums_apart, sums_stacked
from symlstm.runs.at_once import Columns, beside_others, evaluate_steps
from symlstm.runs.batch import beside, in_order, together
from symlstm.runs.growth import backward_within_digits
from symlstm.runs.trace import Trace


@dataclass(frozen=True)
class Backward:
    """The equations of a backward pass: those of a step, and those of the initial states.

    ``held`` returns what holds the gradient by a quantity, and ``seeded`` the gradient by it that
    comes from outside.
    """

    step: tuple[Equation, ...]
    initial: tuple[Equation, ...]
    held: Callable[[Quantity], Quantity] = adjoint
    seeded: Callable[[Quantity], Quantity] = seed

    def sums(self, cell: Cell) -> list[str]:
        """Return the names of the running sums of gradients by weights."""
        return [self.held(weight).name for weight in cell.weights.values()]


def run_backward(
    trace: Trace[Any],
    incoming: Mapping[str, Array],
    equations: Backward | None = None,
    *,
    every_sum: bool = False,
) -> Trace[Any]:
    """Return a trace with the adjoints beside its values; see `Gradients` for ``incoming``.

    Others than the adjoint equations may be run, beside what is known already. The running sums of
    gradients by weights are kept at the first step alone, since a sum is as large as all weights
    together; with ``every_sum``, at every step.
    """
    algebra = trace.algebra.fork()
    run = equations or adjoint_equations(trace.cell, tuple(incoming))
    groups = together(algebra, len(trace.histories), trace.timeline)
    histories = in_order(
        (group, _backpropagate(trace, algebra, group, incoming, run, every_sum)) for group in groups
    )
    return replace(trace, algebra=algebra, histories=histories)


def _backpropagate(
    trace: Trace[Any],
    algebra: Algebra[Any],
    sequences: Sequence[int],
    incoming: Mapping[str, Array],
    run: Backward,
    every_sum: bool,
) -> History[Any]:
    """Return the values and adjoints of sequences that compute the same steps.

    The adjoint equations know nothing of steps that a mask leaves out: they are run on the steps
    that are computed, numbered without gaps. What comes from outside to a state that is held comes
    to where it was computed.
    """
    cell, k = trace.cell, sequences[0]
    algebra.begin(k, backward=True)
    whole = beside(trace.histories, sequences)
    computed, counted = trace.computed(k)
    with algebra.context():
        gathered = {
            name: _gathered(gradient[sequences], counted) for name, gradient in incoming.items()
        }
    history = {number: dict(whole[step]) for number, step in enumerate([0, *computed])}
    for name, gradient in gathered.items():
        seeded = run.seeded(cell.computed[name]).name
        for number, column in enumerate(algebra.columns(gradient[1:]), start=1):
            history[number][seeded] = column
    _run_equations(trace, algebra, history, run, every_sum)
    if trace.timeline is None or not trace.timeline.is_emptied(k):
        held = {cell.states[name]: g[0] for name, g in gathered.items() if g[0].any()}
        _add_to_initial(algebra, history[0], {run.held(q.at(t)): g for q, g in held.items()})
    masked = sorted(set(range(1, len(trace) + 1)) - set(computed))
    return {step: history[number] for number, step in enumerate([0, *computed])} | {
        step: {
            **whole[step],
            **_masked(cell, algebra, whole[step], history[counted[step - 1] + 1], run),
        }
        for step in masked
    }


def _run_equations(
    trace: Trace[Any],
    algebra: Algebra[Any],
    history: History[Any],
    run: Backward,
    every_sum: bool,
) -> None:
    """Compute the adjoints into a history of the steps that are computed, from its end."""
    cell, last = trace.cell, len(history) - 1
    every = range(last, 0, -1)
    adjoints = [run.held(state.at(t)).name for state in cell.states.values()]
    steps: Iterable[int] = backward_within_digits(every, history, adjoints, algebra)
    equations, sums = run.step, dict[MatrixExpr, Products]()
    if not every_sum and algebra.sums_at_once and every:
        equations, sums = _apart(run, cell, algebra.at_once)
    history[last + 1] = _ahead(algebra, equations, history[last])
    some_run_on = len(run.step) - len(equations) < len(cell.weights)
    if not every_sum and some_run_on:
        steps = _forgetting(steps, history, run.sums(cell))
    columns = evaluate_steps(equations, algebra, trace.constants, history, steps, every)
    for name, summed in _sums(sums, algebra, columns):
        with algebra.context():
            history[1][name] = algebra.assign(name, 1, summed)
    evaluate_steps(run.initial, algebra, trace.constants, history, [0])


def _gathered(gradient: Array, counted: Sequence[int]) -> Array:
    """Return what comes from outside to sequences by computed step, beside each other."""
    each = [gathered_by(one, counted) for one in gradient]
    return each[0] if len(each) == 1 else np.stack(each, axis=1)


@lru_cache(maxsize=64)
def _apart(
    run: Backward, cell: Cell, in_stacks: bool
) -> tuple[tuple[Equation, ...], dict[MatrixExpr, Products]]:
    """Return the equations of a step without the sums of gradients by weights, and these."""
    step, sums = sums_apart(run.step, run.sums(cell))
    return step, {**(sums_stacked(sums) if in_stacks else sums)}


def _sums(
    sums: Mapping[MatrixExpr, Products], algebra: Algebra[Any], columns: Columns
) -> Iterator[tuple[str, Any]]:
    """Yield the sums of products over steps, by name."""
    for total, products in sums.items():
        with algebra.context():
            terms = [algebra.sum_of_products(*map(columns, pair)) for pair in products]
            summed = algebra.add(*terms)
        if isinstance(total, Quantity):
            yield total.name, summed
            continue
        rows = 0
        for part in total.args:
            before, rows = rows, rows + int(part.shape[0])
            yield part.name, summed[..., before:rows, :]


def gathered_by(gradient: Array, counted: Sequence[int]) -> Array:
    """Return what comes from outside, of shape (T, size), added up by computed step, from 0."""
    gathered = zeros_like(gradient, (counted[-1] + 1, gradient.shape[1]))
    if list(counted) == list(range(1, len(gradient) + 1)):
        gathered[1:] = gradient
        return gathered
    for number, row in zip(counted, gradient, strict=True):
        gathered[number] = added(gathered[number], row)
    return gathered


def _add_to_initial(
    algebra: Algebra[Any], initial: dict[str, Any], gradients: Mapping[Quantity, Array]
) -> None:
    """Add what comes from outside to an initial state that is held from the first step on."""
    with algebra.context():
        for held, gradient in gradients.items():
            outside = algebra.add(initial[held.name], algebra.convert(gradient[..., None]))
            initial[held.name] = algebra.assign(held.name, 0, outside)


def _masked(
    cell: Cell,
    algebra: Algebra[Any],
    values: Mapping[str, Any],
    following: Mapping[str, Any],
    run: Backward,
) -> dict[str, Any]:
    """Return the adjoints at a step that a mask leaves out: of its input, and the running sums."""
    zero = beside_others(values, algebra.zeros(cell.x.shape))
    sums = {name: following[name] for name in run.sums(cell) if name in following}
    return {run.held(cell.x).name: zero, **sums}


def _forgetting(steps: Iterable[int], history: History[Any], names: Iterable[str]) -> Iterator[int]:
    """Yield the steps, and drop what the step after has of some names once a step is done."""
    names = list(names)
    for step in steps:
        yield step
        for name in names:
            history[step + 1].pop(name, None)


@lru_cache(maxsize=64)
def adjoint_equations(cell: Cell, seeded: tuple[str, ...]) -> Backward:
    """Return the equations of a step and those of the initial states, for incoming gradients."""
    states = [state.at(t) for state in cell.states.values()]
    right = differentiate(cell.program, (cell.computed[name] for name in seeded))
    initial = differentiate_initial(cell.program, states)
    step = cell.backward(right)
    changed = {one.lhs: initial_of(one, states) for one in set(step) - set(right)}
    return Backward(step, tuple(changed.get(one.lhs, one) for one in initial))


def _ahead(
    algebra: Algebra[Any], equations: tuple[Equation, ...], last: Mapping[str, Any]
) -> dict[str, Any]:
    """Return zero for whatever the last step looks ahead to.

    What it would divide by is that of the last step: a gradient that is zero remains so.
    """
    ahead, below = _looked_ahead_to(equations)
    kept = below & set(last)
    return {
        name: last[name] if name in kept else beside_others(last, algebra.zeros(shape))
        for name, shape in ahead.items()
    }


@lru_cache(maxsize=64)
def _looked_ahead_to(
    equations: tuple[Equation, ...],
) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """Return what a step looks ahead to, with its shapes, and the names in what it divides by."""
    sides = [equation.rhs for equation in equations]
    ahead = {q for side in sides for q in side.atoms(Quantity) if q.time == t + 1}
    parts = (part for side in sides for part in side.atoms(Elementwise))
    below = (part for part in parts if isinstance(part.activation, EntryFunction))
    shapes = {q.name: (int(q.shape[0]), int(q.shape[1])) for q in ahead}
    return shapes, {q.name for part in below for q in part.atoms(Quantity)}
