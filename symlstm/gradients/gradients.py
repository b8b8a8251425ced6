"""Gradients: the adjoint equations of a cell, run backward through a trace."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.equations.expression import Quantity
from symlstm.equations.system import Equations
from symlstm.errors import CellError, choices
from symlstm.gradients.backpropagate import adjoint_equations, backpropagate, gathered_by
from symlstm.gradients.seeds import numbers_of, of_run, outside_of
from symlstm.notation.showing import Shown, Tabled
from symlstm.numbers.arrays import Array, filled, middles
from symlstm.passes.differentiate import adjoint
from symlstm.runs.certify import certified_trace, require_numbers
from symlstm.runs.check import Check, check, worst_of
from symlstm.runs.given import GivenToLayer
from symlstm.runs.loss import RunLoss, sent_with
from symlstm.runs.network_trace import on_numbers
from symlstm.runs.stacked import Stacked
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class Gradients(Stacked, Tabled):
    """The gradient of a loss by everything in a run; made by `Trace.backward`.

    ``gradients["W_i"]`` is that by a weight, in the shape that formulas give it and summed over the
    batch; ``gradients["kernel"]`` that by a group of weights, stacked as Keras stacks it;
    ``gradients["c"]`` that by a value over time, and ``gradients[t].c`` at step t, in the shapes of
    the trace. ``gradients[0]`` has the initial states.
    """

    adjoints: Trace[Any]
    incoming: Mapping[str, Array] = field(repr=False)
    """What comes from outside, by value: exact numbers, intervals or balls, (batch, T, units)."""
    loss: RunLoss | None = field(default=None, repr=False)
    """The loss that it comes from, if not from seeds alone."""

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value and gradient, and those of the loss."""
        return (*self.adjoints.histories, *sent_with(self.loss))

    @property
    def layers(self) -> tuple[Gradients, ...]:
        """The gradients, as those of the only layer of a network."""
        return (self,)

    @property
    def cell(self) -> Cell:
        """The cell that was run."""
        return self.adjoints.cell

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape and order; zero where they are masked."""
        gradient, line = self["x"], self.adjoints.timeline
        return gradient if line is None else line.ordered(gradient, self.adjoints.time_axis)

    def gathered(self, name: str) -> Array:
        """Return what comes from outside to a state at each step that is computed, as `incoming`.

        What comes to it while it is held comes to where it was computed.
        """
        gathered = filled(0, self.incoming[name].shape)
        with self.adjoints.algebra.context():
            for k, gradient in enumerate(self.incoming[name]):
                steps, counted = self.adjoints.computed(k)
                for step, total in zip(steps, gathered_by(gradient, counted)[1:], strict=True):
                    gathered[k, step - 1] = total
        return gathered

    @property
    def initial_state(self) -> list[Any]:
        """The gradient by the initial states, in the order of ``initial_state=[h, c]``."""
        return [self[0][name] for name in self.cell.states]

    @property
    def equations(self) -> Equations:
        """The equations that were run: `Cell.adjoint_equations`, for what came from outside."""
        return Equations(adjoint_equations(self.cell, tuple(self.incoming))[0])

    @property
    def initial_equations(self) -> Equations:
        """The equations of the gradients by the initial states."""
        return Equations(adjoint_equations(self.cell, tuple(self.incoming))[1])

    def stacked(self, group: str) -> Array:
        """Return the gradient by a group of weights; see `Stacked`."""
        return self.cell.stack(group, self._weight)

    def __getitem__(self, key: int | str) -> Any:
        if isinstance(key, numbers.Integral):
            return AdjointStep(self, int(key))
        if not isinstance(key, str):
            raise TypeError(f"gradients are indexed by a time step or by a name, not by {key!r}")
        if key in self.cell.groups:
            return self.stacked(key)
        if key in self.cell.weights:
            weight = self.cell.weights[key]
            gradient = self._weight(weight)
            if self.adjoints.layout == "scalar":
                return gradient[0, 0]
            return gradient if weight in self.cell.matrices else gradient[:, 0]
        return self.adjoints[self._adjoint(key)]

    def __len__(self) -> int:
        return len(self.adjoints)

    def __repr__(self) -> str:
        return f"Gradients of {self.adjoints!r}"

    def value(self, name: str, step: int) -> Any:
        """Return the gradient by the value called ``name`` at ``step``."""
        return self.adjoints.value(self._adjoint(name), step)

    def check(self) -> Check:
        """Run forward and backward in float64 and compare every value, as `Trace.check` does."""
        if self.loss is not None:  # what it sends back is computed, and may be balls
            return worst_of([near(self).check(), self.loss.check()])
        gradients = {f"the gradient by {name}": one for name, one in self.incoming.items()}
        require_numbers(gradients, "a comparison with float64")

        def run(given: GivenToLayer, algebra: Algebra[Any]) -> Trace[Any]:
            return backward(given.run(algebra), self.incoming).adjoints

        return check(self.adjoints, run)

    def _weight(self, weight: Quantity) -> Array:
        name, algebra = adjoint(weight).name, self.adjoints.algebra
        if len(self.adjoints.histories) == 1:
            return self.adjoints.entries(name, 1)
        with algebra.context():
            total = algebra.export(algebra.add(*(h[1][name] for h in self.adjoints.histories)))
        return algebra.kept(total)

    @property
    def differentiated(self) -> dict[str, Quantity]:
        """The values of a step that have gradients, by name."""
        return {"x": self.cell.x, **self.cell.computed}

    def _adjoint(self, name: str) -> str:
        quantities = self.differentiated
        if name not in quantities:
            known = choices(name, [*quantities, *self.cell.weights, *self.cell.groups])
            raise CellError(f"there is no gradient by {name!r}; {known}", argument=str(name))
        return adjoint(quantities[name]).name


class AdjointStep(Shown):
    """The gradients by the values of one time step: ``step.c``, or ``step["c"]``."""

    def __init__(self, gradients: Gradients, step: int) -> None:
        if step not in gradients.adjoints.histories[0]:
            raise IndexError(f"there is no step {step}: the steps are 0 to {len(gradients)}")
        self._gradients = gradients
        self.t = step

    def __getitem__(self, name: str) -> Any:
        return self._gradients.value(name, self.t)

    def __repr__(self) -> str:
        known = self._gradients.adjoints.histories[0][self.t]
        values = self._gradients.differentiated.values()
        names = [quantity.name for quantity in values if adjoint(quantity).name in known]
        with self._gradients.adjoints.algebra.printing():
            shown = ", ".join(f"{name}={self[name]}" for name in names)
        return f"AdjointStep({self.t}: {shown})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except CellError as error:
            raise AttributeError(str(error)) from error


def gradients_of(trace: Trace[Any], **seeds: Any) -> Gradients:
    """Return the gradients of a loss, given by its gradients; see `Trace.backward`."""
    if not isinstance(trace.algebra, BallAlgebra) or trace.given is None:
        return _of_run(trace, seeds, every_sum=True)
    given, outside = trace.given, outside_of(trace, of_run(trace, seeds))

    def run(algebra: BallAlgebra) -> Gradients:
        return _of_run(given.run(algebra), seeds, every_sum=True)

    return certified_trace(numbers_of(given.numbers, outside, seeds), run, trace.algebra.digits)


def differentiated(trace: Trace[Any], **seeds: Any) -> Gradients:
    """Return the gradients as the trace's own algebra has them, for their values alone."""
    return _of_run(trace, seeds, every_sum=False)


def _of_run(trace: Trace[Any], seeds: Mapping[str, Any], *, every_sum: bool) -> Gradients:
    seeds = of_run(trace, seeds)
    found = backward(trace, outside_of(trace, seeds), every_sum=every_sum)
    return replace(found, loss=seeds.get("loss"))


def backward(
    trace: Trace[Any], incoming: Mapping[str, Array], *, every_sum: bool = True
) -> Gradients:
    """Run the adjoint equations backward; see `Gradients` for what is ``incoming``.

    Without ``every_sum``, the running sums of gradients by weights are kept at the first step
    alone: a sum is as large as all weights together.
    """
    algebra = trace.algebra.fork()
    histories = tuple(
        backpropagate(trace, algebra, k, {name: g[k] for name, g in incoming.items()}, every_sum)
        for k in range(len(trace.histories))
    )
    return Gradients(replace(trace, algebra=algebra, histories=histories), incoming)


def near(gradients: Gradients) -> Gradients:
    """Return gradients of numbers near to the balls that these are computed from."""
    incoming = {name: middles(gradient) for name, gradient in gradients.incoming.items()}
    return backward(on_numbers(gradients.adjoints), incoming)
