"""What the run of a layer is given: numbers for its weights, inputs and initial states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import groupby
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.cells.step import lone_output
from symlstm.equations.expression import Quantity
from symlstm.errors import ShapeError
from symlstm.numbers.arrays import Array, exact, filled, middles, rational_array
from symlstm.numbers.exact import real
from symlstm.numbers.remembered import cached_property
from symlstm.passes.cancel import cancelled
from symlstm.runs.at_once import broadcast, evaluate_steps
from symlstm.runs.batch import groups_of, in_order
from symlstm.runs.certify import require_numbers
from symlstm.runs.growth import within_digits
from symlstm.runs.kept import Kept, States
from symlstm.runs.over_time import OverTime
from symlstm.runs.timeline import Timeline
from symlstm.runs.trace import Layout, Trace

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class LayerGiven:
    """The numbers that a run is given, as exact rationals, or intervals of them.

    ``weights`` by name, of shape (rows, columns); ``given_inputs`` are (batch, T, input_dim), in
    the order of processing, as they were given where they are floats; ``states`` by name,
    (batch, size); ``layout`` is the shape in which values are handed back. Where the run goes on
    from one ``before``, that one has the states. ``terms`` are for weights that are sums, as the
    bias of PyTorch is one of two, by name; rounding depends on them. Inputs that are ``handed`` on
    are outputs of other layers, in the algebra of the run.
    """

    cell: Cell
    weights: Mapping[str, Array]
    given_inputs: NDArray[Any]
    states: Mapping[str, Array]
    layout: Layout
    timeline: Timeline
    stateful: bool = False
    before: Kept | None = None
    terms: Mapping[str, tuple[Array, ...]] = field(default_factory=dict)
    handed: bool = False

    @cached_property
    def inputs(self) -> Array:
        """The inputs as exact rationals, or intervals of them."""
        return exact(self.given_inputs)

    @property
    def cells(self) -> tuple[Cell]:
        """The cell, as the only one."""
        return (self.cell,)

    @property
    def numbers(self) -> dict[str, Array]:
        """All of them, by the names that a user knows them by."""
        return {**self.weights, **self._besides(self.inputs)}

    def _besides(self, inputs: NDArray[Any]) -> dict[str, Array]:
        """Return the numbers besides weights."""
        states = {f"initial_state {name}": numbers for name, numbers in self.states.items()}
        earlier = {} if self.before is None else self.before.intervals
        return {"inputs": inputs, **states, **earlier}

    @property
    def batch(self) -> int:
        """How many sequences are run."""
        return len(self.given_inputs)

    @property
    def values(self) -> int:
        """How many values the run comes to: of each equation one a step, in every sequence."""
        batch, steps, _ = self.given_inputs.shape
        return int(batch * steps * len(self.cell.program))

    @property
    def multiplications(self) -> int:
        """About how many numbers are multiplied: every weight once a step, in every sequence."""
        batch, steps, _ = self.given_inputs.shape
        return int(batch * steps * self.cell.weight_count)

    def near(self) -> LayerGiven:
        """Return numbers near the balls that a network hands on, or that training leads to."""
        weights, states = (
            {name: middles(array) for name, array in numbers.items()}
            for numbers in (self.weights, self.states)
        )
        return replace(self, weights=weights, given_inputs=middles(self.inputs), states=states)

    def run(self, algebra: Algebra[Value]) -> Trace[Value]:
        """Run the cell on these numbers in ``algebra``; intervals are for the ball algebra."""
        if not algebra.takes_balls:
            asked = f"the {algebra.name} algebra"
            require_numbers(self.weights, asked)
            require_numbers(self._besides(self.given_inputs), asked)
        constants = algebra.constants(self.weights, _sizes_of(self.terms))
        start = self._start(algebra)
        groups = groups_of(algebra, self.batch, self.timeline)
        histories = in_order(
            (group, self._run(group, algebra, constants, start)) for group in groups
        )
        return Trace(self.cell, algebra, constants, histories, self.layout, self)

    def _start(self, algebra: Algebra[Any]) -> States:
        if self.before is None:
            return self.states
        return emptied(self.before.states(algebra)[0], self.timeline)

    def _run(
        self,
        sequences: Sequence[int],
        algebra: Algebra[Value],
        constants: Mapping[str, Value],
        start: States,
    ) -> tuple[History[Value], OverTime | None]:
        """Run sequences that compute the same steps, batched if there are several.

        Return the values by step, and those over time if they were computed at once at every step.
        """
        algebra.begin(sequences[0])
        chosen = sequences[0] if len(sequences) == 1 else list(sequences)
        numbers = self.given_inputs if algebra.at_once else self.inputs
        inputs = numbers[chosen] if len(sequences) == 1 else numbers[chosen].swapaxes(0, 1)
        history: History[Value] = {
            step: {"x": x} for step, x in enumerate(algebra.columns(inputs), start=1)
        }
        convert: Callable[[Array], Any] = algebra.convert
        history[0] = {
            name: convert(of_all)[chosen][..., None]
            if algebra.at_once  # the same zeros for each run
            else convert(of_all[chosen][..., None])
            for name, of_all in start.items()
        }
        watched = within_digits(range(1, len(history)), history, start, algebra)
        computed = set(self.timeline.steps(sequences[0]))
        program = self.cell.program if algebra.cancels else cancelled(self.cell.program)
        over_time = None
        if algebra.at_once and len(computed) == len(history) - 1:
            over_time = OverTime([history[step] for step in range(1, len(history))])
        for is_computed, steps in groupby(watched, computed.__contains__):
            if is_computed:
                evaluate_steps(program, algebra, constants, history, steps, over_time=over_time)
            else:
                shows = partial(self.timeline.shows, sequence=sequences[0])
                hold(history, steps, self.cell.states, lone_output(self.cell), shows, algebra)
        return history, over_time


def hold(
    history: History[Any],
    steps: Iterable[int],
    states: Iterable[str],
    output: Quantity | None,
    shows: Callable[[int], bool],
    algebra: Algebra[Any],
) -> None:
    """Take the values of the states over from the step before, at steps that are masked.

    That of an ``output`` that is none, too, at a step that ``shows`` one; at others it is zero.
    """
    states = list(states)
    for step in steps:
        now, before = history[step], history[step - 1]
        now.update({name: before[name] for name in states})
        if output is not None:
            zero = algebra.zeros((int(output.shape[0]), 1))
            now[output.name] = before[output.name] if shows(step) else broadcast(now, zero)


def sequences(cell: Cell, array: Array) -> tuple[Array, Layout]:
    """Return inputs as (batch, T, input_dim), and the shape in which values are handed back."""
    given = array.shape
    layout: Layout = "batch" if array.ndim == 3 else "sequence"
    if array.ndim == 1 and cell.input_dim == 1:
        layout = "scalar" if cell.is_scalar else "sequence"
        array = array[:, None]
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.shape[2] != cell.input_dim or 0 in array.shape:
        shapes = ["(T,)"] if cell.input_dim == 1 else []
        shapes += [f"(T, {cell.input_dim})", f"(batch, T, {cell.input_dim})"]
        raise ShapeError(
            f"inputs have shape {given}; give "
            f"{' or '.join(shapes)} with at least one step, for input_dim={cell.input_dim}",
            argument="inputs",
        )
    return array, layout


def emptied(states: States, line: Timeline) -> States:
    """Return the states that sequences start from: zero for those that have no step at all."""
    if line.emptied is None:
        return states
    given = ~line.emptied[:, None]
    return {name: np.where(given, state, filled(0, (1,))) for name, state in states.items()}


def states_of(
    cell: Cell, numbers: Any, batch: int, read: Callable[..., Any] = real
) -> dict[str, Array]:
    """Return the numbers of ``[h, c]``, by name and of shape (batch, size); see `Layer.run`."""
    array = hasattr(numbers, "dtype") and np.ndim(numbers) > 0
    listed = isinstance(numbers, list | tuple) or array
    if not listed or len(numbers) != len(cell.states):
        raise ShapeError(states_wanted(cell.states), argument="initial_state")
    return {
        name: state_numbers(name, one, (batch, int(state.shape[0])), read)
        for (name, state), one in zip(cell.states.items(), numbers, strict=True)
    }


@lru_cache(maxsize=64)
def zero_state(batch: int, size: int) -> Array:
    """Return the state that sequences start from unless they are given another one."""
    return np.broadcast_to(filled(0, (1, 1)), (batch, size))


def state_numbers(
    name: str, numbers: Any, shape: tuple[int, int], read: Callable[..., Any] = real
) -> Array:
    """Return the numbers of an initial state, of shape (batch, size)."""
    argument = f"initial_state {name}"
    array = rational_array(numbers, argument=argument, read=read)
    if array.shape == (1, *shape):  # as PyTorch has the states of a single layer
        array = array[0]
    if array.shape not in ((), shape[1:], (1, *shape[1:]), shape):
        raise ShapeError(
            f"{argument} has shape {array.shape}; give a number, {shape[1:]} or {shape}",
            argument="initial_state",
        )
    return np.broadcast_to(array, shape)


def states_wanted(states: Mapping[str, Any]) -> str:
    """Return what to say of initial states that are not as many as there should be."""
    if not states:
        return "initial_state is for states, and the cell has none; leave it out"
    return f"initial_state takes [{', '.join(states)}]: {len(states)} entries, in this order"


def _sizes_of(terms: Mapping[str, tuple[Array, ...]]) -> dict[str, Array]:
    """Return the absolute values of what weights are the sums of, added up, each (units, 1)."""
    return {name: np.abs(np.stack(each)).sum(axis=0)[:, None] for name, each in terms.items()}
