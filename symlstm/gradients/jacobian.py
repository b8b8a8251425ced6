"""State Jacobians: how a state at one time depends on the same state before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from flint import fmpq
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.algebras.evaluate import evaluate
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, t
from symlstm.equations.nodes import free_name
from symlstm.errors import CellError, choices
from symlstm.gradients.gradients import Gradients, backward
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, filled, unit_matrix
from symlstm.numbers.exact import shown
from symlstm.passes.differentiate import adjoint
from symlstm.passes.state_jacobian import state_jacobian
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class StateJacobian(Shown):
    r"""How a state of a run carries itself through time; made by `Trace.state_jacobian`.

    ``jacobian[t]`` is \partial s_t / \partial s_{t-1} with the other states of step t - 1 held
    fixed, which for the cell state of an LSTM is diag(f_t), the constant error carousel.
    ``transposed`` is its transpose as a formula, which is what the backward pass multiplies with.

    Jacobians have shape (units, units), with the batch in front when there is one; in a trace of
    plain scalars they are scalars.
    """

    state: Quantity
    transposed: MatrixExpr
    name: str
    """What a step's transposed Jacobian is called in ``trace``."""
    trace: Trace[Any]
    totals: tuple[Gradients, ...]
    """For each unit, the gradients of the last state's entry."""

    def __repr__(self) -> str:
        return f"StateJacobian of {self.state.name} in {self.trace!r}"

    def __getitem__(self, step: int) -> Any:
        if not 1 <= step <= len(self.trace):
            raise IndexError(f"there is no step {step}: the steps are 1 to {len(self.trace)}")
        return self._each(lambda k: self.step_entries(step, k))

    def alone(self, start: int = 0) -> Any:
        r"""Return \partial s_T / \partial s_start by the state alone: the product of the steps'."""
        return self._each(lambda k: self.alone_entries(start, k))

    def total(self, start: int = 0) -> Any:
        """Return d s_T / d s_start, by every way."""
        return self._each(lambda k: self.total_entries(start, k))

    def through_others(self, start: int = 0) -> Any:
        """Return the part of `total` that passes through another state, as h."""
        return self._each(lambda k: self.others_entries(start, k))

    # The same for one sequence, whatever the layout, of shape (units, units).

    def step_entries(self, step: int, sequence: int = 0) -> Array:
        """Return one step's Jacobian in a sequence."""
        return self.trace.entries(self.name, step, sequence).T

    def alone_entries(self, start: int, sequence: int = 0) -> Array:
        """Return `alone` in a sequence."""
        last = len(self.trace)
        if not 0 <= start <= last:
            raise IndexError(f"there is no step {start}: the steps are 0 to {last}")
        algebra, size = self.trace.algebra, int(self.state.shape[0])
        identity = algebra.export(algebra.convert(unit_matrix(size)))
        steps = (self.step_entries(step, sequence) for step in range(last, start, -1))
        with algebra.context():
            return algebra.kept(reduce(np.dot, steps, identity))

    def total_entries(self, start: int, sequence: int = 0) -> Array:
        """Return `total` in a sequence."""
        name = adjoint(self.state).name
        each = [gradients.adjoints.entries(name, start, sequence) for gradients in self.totals]
        return np.stack([column[:, 0] for column in each])

    def others_entries(self, start: int, sequence: int = 0) -> Array:
        """Return `through_others` in a sequence."""
        algebra = self.trace.algebra
        with algebra.context():
            through = self.total_entries(start, sequence) - self.alone_entries(start, sequence)
            return algebra.kept(through)

    def _each(self, matrix: Callable[[int], Array]) -> Any:
        matrices = [matrix(k) for k in range(len(self.trace.histories))]
        if self.trace.layout == "batch":
            return np.stack(matrices)
        return matrices[0][0, 0] if self.trace.layout == "scalar" else matrices[0]


def jacobian(trace: Trace[Any], name: str) -> StateJacobian:
    """Return how the state called ``name`` carries itself; see `Trace.state_jacobian`."""
    states = trace.cell.states
    if not isinstance(name, str) or name not in states:
        message = f"{trace.cell!r} has no state {shown(name)}; {choices(name, states)}"
        raise CellError(message, argument="state")
    trace.require_every_step("a state Jacobian")
    state = states[name].at(t)
    transposed = state_jacobian(trace.cell.program, states.values(), state)
    rows, columns = transposed.shape
    quantity = Quantity(free_name("J", trace.histories[0][1]), rows, columns, t)
    algebra = trace.algebra.fork()
    histories = tuple(
        {step: dict(values) for step, values in history.items()} for history in trace.histories
    )
    for history in histories:
        steps = range(1, len(trace) + 1)
        evaluate((Equation(quantity, transposed),), algebra, trace.constants, history, steps)
    totals = tuple(backward(trace, {name: seeds}) for seeds in _seeds(trace, int(rows)))
    steps_trace = replace(trace, algebra=algebra, histories=histories)
    return StateJacobian(state, transposed, quantity.name, steps_trace, totals)


def _seeds(trace: Trace[Any], size: int) -> list[Array]:
    """Return, for each entry of the last state, a gradient of one by it."""
    seeds = filled(0, (size, len(trace.histories), len(trace), size))
    for entry in range(size):
        seeds[entry, :, -1, entry] = fmpq(1)
    return list(seeds)
