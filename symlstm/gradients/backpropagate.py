"""Backpropagate through one sequence: the adjoint equations, run from its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from sympy import OneMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, t
from symlstm.gradients.backward_equations import (
    Backward,
    Sums,
    adjoint_equations,
    looked_ahead_to,
)
from symlstm.numbers.arrays import Array, added, zeros_like
from symlstm.runs.at_once import Columns, broadcast, evaluate_steps
from symlstm.runs.batch import Batch, groups_of, in_order, stacked
from symlstm.runs.growth import backward_within_digits
from symlstm.runs.over_time import Backwards, OverTime
from symlstm.runs.trace import Trace


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
    groups = groups_of(algebra, len(trace.histories), trace.timeline)
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
) -> tuple[History[Any], OverTime | None]:
    """Return the values and adjoints of sequences that compute the same steps.

    The adjoint equations know nothing of steps that a mask leaves out: they are run on the steps
    that are computed, numbered without gaps. What comes from outside to a state that is held comes
    to where it was computed.
    """
    cell, k = trace.cell, sequences[0]
    algebra.begin(k, backward=True)
    whole = stacked(trace.histories, sequences)
    computed, counted = trace.computed(k)
    every = len(computed) == len(trace)
    with algebra.context():
        gathered = {
            name: _gathered(gradient, sequences, counted) for name, gradient in incoming.items()
        }
    history = {number: dict(whole[step]) for number, step in enumerate([0, *computed])}
    for name, gradient in gathered.items():
        seeded = run.seeded(cell.computed[name]).name
        for number, column in enumerate(algebra.columns(gradient[1:]), start=1):
            history[number][seeded] = column
    known = OverTime([whole[step] for step in computed])
    if isinstance(trace.histories, Batch) and every:
        known = trace.histories.over_time
    over_time = Backwards([history[number] for number in range(1, len(history))], known)
    _run_equations(trace, algebra, history, over_time, run, every_sum, whole[1])
    found = {step: history[number] for number, step in enumerate([0, *computed])}
    if every:
        return found, over_time if algebra.at_once else None
    over_time.put()
    if trace.timeline is None or not trace.timeline.is_emptied(k):
        of_states = {name: g[0] for name, g in gathered.items() if name in cell.states}
        held = {cell.states[name]: first for name, first in of_states.items() if first.any()}
        _add_to_initial(algebra, history[0], {run.held(q.at(t)): g for q, g in held.items()})
    masked = set(range(1, len(trace) + 1)) - set(computed)
    for step in sorted(masked):
        following = history[counted[step - 1] + 1]
        found[step] = {**whole[step], **_masked(cell, algebra, whole[step], following, run)}
    return found, None


def _run_equations(
    trace: Trace[Any],
    algebra: Algebra[Any],
    history: History[Any],
    over_time: Backwards,
    run: Backward,
    every_sum: bool,
    like: Mapping[str, Any],
) -> None:
    """Compute the adjoints into a history of the steps that are computed, from its end.

    Values have axes for sequences as those of a step have to which they are ``like``.
    """
    last = len(history) - 1
    every = range(last, 0, -1)
    steps = backward_within_digits(every, history, run.by_states, algebra)
    sums: Sums = []
    equations = run.step
    if not every_sum and algebra.sums_at_once and every:
        equations, sums = run.apart_in_stacks if algebra.at_once else run.apart
    history[last + 1] = _ahead(algebra, equations, history[last], like)
    some_run_on = len(run.step) - len(equations) < len(run.sums)
    columns = evaluate_steps(
        equations,
        algebra,
        trace.constants,
        history,
        steps,
        forgotten=run.sums if some_run_on and not every_sum else (),
        over_time=over_time,
    )
    _sum_up(sums, algebra, columns, history[1])
    initial = partial(evaluate_steps, run.initial, algebra, trace.constants, history, [0])
    if algebra.at_once:
        over_time.last = initial
    else:
        initial()


def _gathered(gradient: Array, sequences: Sequence[int], counted: Sequence[int]) -> Array:
    """Return what comes from outside to sequences by computed step, batched."""
    each = [gathered_by(gradient[k], counted) for k in sequences]
    return each[0] if len(each) == 1 else np.stack(each, axis=1)


def _sum_up(
    sums: Sums,
    algebra: Algebra[Any],
    columns: Columns,
    first: dict[str, Any],
) -> None:
    """Add the sums of products over steps to the values of the first one, by name."""
    with algebra.context():
        for parts, products in sums:
            summed = algebra.add(*(_sum_of(algebra, columns, *pair) for pair in products))
            for name, rows in parts:
                whole = rows is None
                first[name] = algebra.assign(name, 1, summed) if whole else summed[..., rows, :]


def _sum_of(algebra: Algebra[Any], columns: Columns, left: MatrixExpr, right: MatrixExpr) -> Any:
    if isinstance(right, OneMatrix):
        return algebra.sum_over_time(columns(left))
    return algebra.sum_of_products(columns(left), columns(right))


def gathered_by(gradient: Array, counted: Sequence[int]) -> Array:
    """Return what comes from outside, of shape (T, size), added up by computed step, from 0."""
    gathered = zeros_like(gradient, (counted[-1] + 1, gradient.shape[1]))
    if counted[-1] == len(gradient):  # every step is computed
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
    found = {run.held(cell.x).name: broadcast(values, algebra.zeros(cell.x.shape))}
    ahead, _ = looked_ahead_to(run.step)
    for quantity in map(run.held, cell.weights.values()):
        if quantity.name in following:
            found[quantity.name] = following[quantity.name]
        elif quantity.name not in ahead:  # it adds nothing up, and is zero at every step
            found[quantity.name] = broadcast(values, algebra.zeros(quantity.shape))
    return found


def _ahead(
    algebra: Algebra[Any],
    equations: tuple[Equation, ...],
    last: Mapping[str, Any],
    like: Mapping[str, Any],
) -> dict[str, Any]:
    """Return zero for whatever the last step looks ahead to.

    What it would divide by is that of the last step: a gradient that is zero remains so.
    """
    ahead, below = looked_ahead_to(equations)
    zeros = {shape: broadcast(like, algebra.zeros(shape)) for shape in set(ahead.values())}
    kept = below & set(last)
    return {name: last[name] if name in kept else zeros[shape] for name, shape in ahead.items()}
