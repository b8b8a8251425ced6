"""Run the tangent equations of a cell forward, beside the values of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.cells.cell import Cell
from symlstm.cells.step import lone_output
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.equations.system import Equations
from symlstm.gradients.backward_equations import Backward, adjoint_equations
from symlstm.gradients.direction import Direction
from symlstm.numbers.arrays import filled
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint, seed
from symlstm.passes.tangent import Tangents
from symlstm.runs.growth import within_digits
from symlstm.runs.layer_given import hold
from symlstm.runs.trace import Trace


@dataclass(frozen=True)
class TangentSystem:
    """The tangents of a cell's equations, and of their adjoints."""

    cell: Cell
    tangents: Tangents
    forward: tuple[Equation, ...]
    step: tuple[Equation, ...]
    initial: tuple[Equation, ...]

    @cached_property
    def backward(self) -> Backward:
        """The tangents of the adjoint equations, as a backward pass of their own."""
        equations = Equations(self.step), Equations(self.initial)
        return Backward(self.cell, *equations, self.held, self.seeded)

    def held(self, quantity: Quantity) -> Quantity:
        """Return the tangent of the gradient by a quantity."""
        return self.tangents.of(adjoint(quantity))

    def seeded(self, quantity: Quantity) -> Quantity:
        """Return the tangent of the gradient by a quantity that comes from outside."""
        return self.tangents.of(seed(quantity))


@lru_cache(maxsize=64)
def tangent_system(
    cell: Cell, seeded: tuple[str, ...], varied: tuple[str, ...], moving: tuple[str, ...]
) -> TangentSystem:
    """Return the tangents of a cell in which what is ``varied`` changes.

    Gradients come from outside to the values called ``seeded``; those to the ``moving`` ones change
    as well.
    """
    adjoints = adjoint_equations(cell, seeded)
    seeds = [seed(cell.computed[name]).name for name in moving]
    whole = (*cell.program, *adjoints.step, *adjoints.initial)
    tangents = Tangents(whole, (*varied, *seeds))
    each = (cell.program, adjoints.step, adjoints.initial)
    return TangentSystem(cell, tangents, *map(tangents.of_equations, each))


def carried(trace: Trace[Any], direction: Direction, system: TangentSystem) -> Trace[Any]:
    """Return a trace with the tangents of its values beside them."""
    algebra = trace.algebra.fork()
    constants = {
        system.tangents.of(trace.cell.weights[name]).name: algebra.convert(array)
        for name, array in direction.weights.items()
    }
    everything = {**trace.constants, **constants}
    histories = tuple(
        _carried(trace, k, direction, system, algebra, everything)
        for k in range(len(trace.histories))
    )
    return replace(trace, algebra=algebra, constants=everything, histories=histories)


def _carried(
    trace: Trace[Any],
    k: int,
    direction: Direction,
    system: TangentSystem,
    algebra: Algebra[Any],
    constants: Mapping[str, Any],
) -> History[Any]:
    algebra.begin(k)
    cell, of = trace.cell, system.tangents.of
    history = {step: dict(values) for step, values in trace.histories[k].items()}
    for name, state in cell.states.items():
        change = direction.states[name][k][:, None] if name in direction.states else None
        start = filled(0, state.shape) if change is None else change
        history[0][of(state).name] = algebra.convert(start)
    if direction.inputs is not None:
        for step, change in enumerate(direction.inputs[k], start=1):
            history[step][of(cell.x).name] = algebra.convert(change[:, None])
    states = [of(state).name for state in cell.states.values()]
    watched = within_digits(range(1, len(trace) + 1), history, states, algebra)
    computed = set(trace.computed(k)[0])
    for together, steps in groupby(watched, computed.__contains__):
        if together:
            evaluate(system.forward, algebra, constants, history, steps)
        else:
            assert trace.timeline is not None
            output, shows = lone_output(cell), partial(trace.timeline.shows, sequence=k)
            hold(history, steps, states, None if output is None else of(output), shows, algebra)
    return history
