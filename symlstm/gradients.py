"""Gradients: the adjoint equations of a cell, run backward through a trace."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.check import Check, check
from symlstm.equation import Equation
from symlstm.errors import CellError, ShapeError, choices
from symlstm.evaluate import History, evaluate
from symlstm.expression import Quantity, t
from symlstm.numbers import Array, filled, rational, rational_array
from symlstm.passes.differentiate import adjoint, differentiate, differentiate_initial, seed
from symlstm.stacked import Stacked

if TYPE_CHECKING:
    from symlstm.cell import Cell
    from symlstm.trace import Given, Trace


@dataclass(frozen=True, eq=False)
class Gradients(Stacked):
    """The gradient of a loss by everything in a run; made by `Trace.backward`.

    ``gradients["W_i"]`` is that by a weight, in the shape that formulas give it and summed over the
    batch; ``gradients["kernel"]`` that by a group of weights, stacked as Keras stacks it;
    ``gradients["c"]`` that by a value over time, and ``gradients[t].c`` at step t, in the shapes of
    the trace. ``gradients[0]`` has the initial states.
    """

    adjoints: Trace[Any]
    incoming: Mapping[str, Array] = field(repr=False)
    """What comes from outside, by state: exact, of shape (batch, T, units)."""

    @property
    def cell(self) -> Cell:
        """The cell that was run."""
        return self.adjoints.cell

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape and order; zero where they are masked."""
        gradient, line = self["x"], self.adjoints.timeline
        return gradient if line is None else line.ordered(gradient, self.adjoints.time_axis)

    @property
    def initial_state(self) -> list[Any]:
        """The gradient by the initial states, in the order of ``initial_state=[h, c]``."""
        return [self[0][name] for name in self.cell.states]

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations that were run: `Cell.adjoint_equations`, for what came from outside."""
        return _adjoint_equations(self.cell, tuple(self.incoming))[0]

    @property
    def initial_equations(self) -> tuple[Equation, ...]:
        """The equations of the gradients by the initial states."""
        return _adjoint_equations(self.cell, tuple(self.incoming))[1]

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

        def run(given: Given, algebra: Algebra[Any]) -> Trace[Any]:
            return backward(given.run(algebra), self.incoming).adjoints

        return check(self.adjoints, run)

    def _weight(self, weight: Quantity) -> Array:
        name, algebra = adjoint(weight).name, self.adjoints.algebra
        if len(self.adjoints.histories) == 1:
            return self.adjoints.entries(name, 1)
        with algebra.context():
            return algebra.export(algebra.add(*(h[1][name] for h in self.adjoints.histories)))

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


class AdjointStep:
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
        return f"AdjointStep({self.t}: {', '.join(f'{name}={self[name]}' for name in names)})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except CellError as error:
            raise AttributeError(str(error)) from error


def backward(trace: Trace[Any], incoming: Mapping[str, Array]) -> Gradients:
    """Run the adjoint equations backward; see `Gradients` for what is ``incoming``."""
    algebra = trace.algebra.fork()
    histories = tuple(
        _backward(trace, algebra, k, {name: gradient[k] for name, gradient in incoming.items()})
        for k in range(len(trace.histories))
    )
    return Gradients(replace(trace, algebra=algebra, histories=histories), incoming)


def _backward(
    trace: Trace[Any], algebra: Algebra[Any], k: int, incoming: Mapping[str, Array]
) -> History[Any]:
    """Return the values and adjoints of sequence ``k``.

    The adjoint equations know nothing of steps that a mask leaves out: they are run on the steps
    that are computed, numbered without gaps. What comes from outside to a state that is held comes
    to where it was computed.
    """
    equations, initial = _adjoint_equations(trace.cell, tuple(incoming))
    whole = trace.histories[k]
    computed, counted = trace.computed(k)
    gathered = {name: _gathered(gradient, counted) for name, gradient in incoming.items()}
    history = {number: dict(whole[step]) for number, step in enumerate([0, *computed])}
    for number in range(1, len(history)):
        for name, gradient in gathered.items():
            seeded = seed(trace.cell.computed[name]).name
            history[number][seeded] = algebra.convert(gradient[number][:, None])
    history[len(history)] = _zeros(algebra, equations)
    evaluate(equations, algebra, trace.constants, history, range(len(computed), 0, -1))
    evaluate(initial, algebra, trace.constants, history, [0])
    _add_to_initial(trace.cell, algebra, history[0], {n: g[0] for n, g in gathered.items()})
    return {step: history[number] for number, step in enumerate([0, *computed])} | {
        step: {**whole[step], **_masked(trace.cell, algebra, history[counted[step - 1] + 1])}
        for step in range(1, len(trace) + 1)
        if step not in computed
    }


def _gathered(gradient: Array, counted: Sequence[int]) -> Array:
    """Return what comes from outside, of shape (T, size), added up by computed step, from 0."""
    gathered = np.full((counted[-1] + 1, gradient.shape[1]), fmpq(0), dtype=object)
    for number, row in zip(counted, gradient, strict=True):
        gathered[number] += row
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
                initial[held] = algebra.add(initial[held], outside)


def _masked(cell: Cell, algebra: Algebra[Any], following: Mapping[str, Any]) -> dict[str, Any]:
    """Return the adjoints at a step that a mask leaves out: of its input, and the running sums."""
    sums = (adjoint(weight).name for weight in cell.weights.values())
    zero = algebra.convert(filled(0, cell.x.shape))
    return {adjoint(cell.x).name: zero, **{name: following[name] for name in sums}}


@lru_cache(maxsize=64)
def _adjoint_equations(
    cell: Cell, seeded: tuple[str, ...]
) -> tuple[tuple[Equation, ...], tuple[Equation, ...]]:
    states = [state.at(t) for state in cell.states.values()]
    step = differentiate(cell.program, (cell.computed[name] for name in seeded))
    return step, differentiate_initial(cell.program, states)


def _zeros(algebra: Algebra[Any], equations: Iterable[Equation]) -> dict[str, Any]:
    """Return zero for whatever the last step looks ahead to."""
    ahead = {
        quantity
        for equation in equations
        for quantity in equation.rhs.atoms(Quantity)
        if quantity.time == t + 1
    }
    return {quantity.name: algebra.convert(filled(0, quantity.shape)) for quantity in ahead}


def incoming(
    trace: Trace[Any], gradients: Mapping[str, Any], read: Callable[..., Any] = rational
) -> dict[str, Array]:
    """Return what comes from outside, as `Gradients.incoming`, of the arguments of `backward`.

    ``read`` says which numbers it may be made of, as in `rational_array`.
    """
    output = trace.cell.output.name
    given = {name: value for name, value in gradients.items() if value is not None}
    if not given:
        given = {f"grad_state_{output}": 1}
    external: dict[str, Array] = {}
    for argument, value in given.items():
        sequence = argument == "grad_sequence"
        name = output if sequence else argument.removeprefix("grad_state_")
        if name not in trace.names:
            raise CellError(f"{trace.cell!r} has no state {name!r}", argument=argument)
        shape = len(trace.histories), len(trace), trace.cell.computed[name].shape[0]
        total = external.setdefault(name, filled(0, shape))
        steps = slice(None) if sequence else slice(len(trace) - 1, None)
        array = rational_array(value, argument=argument, read=read)
        gradient = _shaped(array, argument, trace, total[:, steps].shape)
        if sequence and trace.timeline is not None:
            gradient = np.where(trace.timeline.shown[:, :, None], gradient, filled(0, (1,)))
        total[:, steps] += gradient
    return {name: total for name, total in external.items() if total.any()} or external


def _shaped(array: Array, argument: str, trace: Trace[Any], shape: tuple[int, ...]) -> Array:
    """Return numbers in the shape of a trace's values, or one that fills, as (batch, T, units)."""
    wanted = shape if argument == "grad_sequence" else (shape[0], shape[2])
    if trace.layout != "batch":
        wanted = wanted[1:]
    if trace.layout == "scalar":
        wanted = wanted[:-1]
    if array.shape not in ((), wanted):
        message = f"{argument} has shape {array.shape}; give a number or shape {wanted}"
        raise ShapeError(message, argument=argument)
    return np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)
