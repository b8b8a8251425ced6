"""Many setups of a layer at once, backward in float64: whose gradients they could be.

Sequences are columns, so that a product with a transposed row is summed over the batch as it is
taken; what is no such product is summed at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.diagnosis.screening.fission import SideBySide, added_up, in_the_loop, needed, reads
from symlstm.diagnosis.screening.forward import (
    Chosen,
    Floats,
    Outputs,
    Run,
    Variants,
    full,
    stack,
    together,
    value_of,
    variants_of,
)
from symlstm.diagnosis.screening.gaps import Gaps
from symlstm.diagnosis.screening.terms import Terms
from symlstm.diagnosis.setup import Part, Setup, adjoint_program, seeded_by
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, t
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import adjoint, initial_of, seed

INITIAL = "initial_state "
"""What the name of a gradient by an initial state begins with, before that of the state."""


class StackedGradients:
    """Setups that go backward in the same way, and their gradients by some names.

    With ``last``, so many steps alone are run, from the end, for gradients by values over time.
    """

    def __init__(
        self, setups: Sequence[Setup], names: Iterable[str], last: int | None = None
    ) -> None:
        self.setup, self.parts = setups[0], [setup.parts[0] for setup in setups]
        self.cell, self.names = self.parts[0].cell, tuple(names)
        inputs = np.moveaxis(stack([setup.inputs for setup in setups]), -3, -1)
        self.forward = Run(self.parts, self.setup, inputs)
        line = self.forward.line
        self.gaps = None if line.computed.all() else Gaps(line)
        if self.gaps is not None:
            self.forward.history = self.gaps.closed(self.forward.history)
        self.history = self.forward.history
        every = self.forward.steps
        self.steps = every if last is None else every[-last:]
        self.matrices = {adjoint(weight).name for weight in self.cell.matrices}
        self.usual = adjoint_program(self.parts[0].program, self.setup.seeded)
        self.changes = [self._changes(part) for part in self.parts]
        self.variants = self._needed(variants_of(self.usual, self.changes))
        self._begin(setups)
        self.sums: dict[str, Floats] = {}
        self.side_by_side: dict[int, Any] = {
            at: SideBySide(self.history, self.steps, self.forward.batch, at) for at in (-1, 0, 1)
        }
        with np.errstate(all="ignore"):
            self._go_backward()

    def _changes(self, part: Part) -> Mapping[str, Equation]:
        """Return the adjoint equations of a part that are other ones than the first part's."""
        if part.changes is self.parts[0].changes or part.changes == self.parts[0].changes:
            return part.changes_backward
        pairs = zip(self.usual, part.adjoints(self.setup.seeded), strict=True)
        return {one.lhs.name: one for usual, one in pairs if one != usual}

    def _needed(self, variants: Mapping[str, Variants]) -> Mapping[str, Variants]:
        """Return the equations alone that the gradients rest on."""
        asked = {at for name in self.names for at in adjoints_of(self.cell, name)}
        rest_on = needed(asked, (one for of_it in variants.values() for one in of_it))
        return {name: of_it for name, of_it in variants.items() if name in rest_on}

    def run(self) -> Outputs:
        """Return gradients by name: (setups, batch, T, size), or (setups, 1, 1, entries)."""
        return {name: full(self._gradient(name), len(self.parts)) for name in self.names}

    def _begin(self, setups: Sequence[Setup]) -> None:
        """Write down what comes from outside, and zero for what the last step looks ahead to."""
        batch, last = self.forward.batch, len(self.forward.steps)
        used = {q for of_it in self.variants.values() for one in of_it for q in reads(one)}
        ahead = {q.name: q for q in used if q.time == t + 1}
        self.history[last + 1] = {
            name: np.zeros((int(q.shape[0]), int(q.shape[1]) if name in self.matrices else batch))
            for name, q in ahead.items()
        }
        for q in used:
            if q.time == before:
                self.history[0].setdefault(q.name, np.zeros((int(q.shape[0]), batch)))
        self.held: dict[str, Any] = {}
        """What comes from outside to an initial state that is held, by the name of its adjoint."""
        for argument in self.setup.seeds:
            self._come_from_outside(argument, stack([one.seeds[argument] for one in setups]))

    def _come_from_outside(self, argument: str, value: Floats) -> None:
        """Write down the loss's gradients by one of the outputs."""
        name = seeded_by(argument, self.forward.output)
        at = f"{seed(Quantity(name, 1, time=t)).name}"
        columns, every = np.swapaxes(value, -1, -2), self.forward.steps
        if argument == "grad_sequence":
            each = [np.swapaxes(value[..., step - 1, :], -1, -2) for step in every]
        else:
            each = [np.zeros_like(columns)] * (len(every) - 1) + [columns]
        if self.gaps is not None:
            held, *each = self.gaps.gathered(each)
            of_state = adjoint(Quantity(name, 1, time=t)).name
            self.held[of_state] = self.held.get(of_state, 0) + held
        for step, given in zip(every, each, strict=True):
            self.history[step][at] = self.history[step].get(at, 0) + given

    def _go_backward(self) -> None:
        """Run the loop step by step, and then what rests on it, of all steps at once."""
        sums = {adjoint(weight).name for weight in self.cell.weights.values()}
        loop = in_the_loop((one for of_it in self.variants.values() for one in of_it), sums)
        passing = loop - self._kept(loop)
        inside = [(name, self._of_a_step(name)) for name in self.variants if name in loop]
        for step in reversed(self.steps):
            for name, value in inside:
                self.history[step][name] = value(step)
            for name in passing:  # nothing but the step before reads it
                self.history.get(step + 2, {}).pop(name, None)
        for name in self.variants:
            if name in sums - loop:
                self._add_up(name)
            elif name not in loop:
                columns = self.forward.batch * len(self.steps)
                self._compute(name, 0, self.side_by_side, columns)
        if any(name.startswith(INITIAL) for name in self.names):
            self._go_to_initial()

    def _of_a_step(self, name: str) -> Callable[[int], Floats]:
        """Return what computes an adjoint at a step, term by term where it is a column."""
        variants, batch = self.variants[name], self.forward.batch
        if name in self.matrices:
            return partial(self.forward.compute, variants)
        terms = Terms(self.forward, variants, self.side_by_side)

        def value(step: int) -> Floats:
            at = (step - self.steps[0]) * batch
            return terms.value(step, slice(at, at + batch))

        return value

    def _kept(self, loop: frozenset[str]) -> set[str]:
        """Return what is read of all steps: by what is not in the loop, and by whoever asks."""
        after = [one for name in self.variants if name not in loop for one in self.variants[name]]
        asked = {at for name in self.names for at in adjoints_of(self.cell, name)}
        return asked | {q.name for one in after for q in reads(one)}

    def _go_to_initial(self) -> None:
        states = tuple(state.at(t) for state in self.cell.states.values())
        names = {adjoint(state).name for state in states}
        usual = [_initial_of(one, states) for one in self.usual if one.lhs.name in names]
        changes = [
            {name: _initial_of(one, states) for name, one in changes.items() if name in names}
            for changes in self.changes
        ]
        for name, variants in variants_of(usual, changes).items():
            if name in self.variants:
                self.history[0][name] = self.forward.compute(variants, 0)

    def _compute(self, name: str, step: int, history: History[Any], columns: int) -> None:
        """Compute an adjoint; what is no matrix has a column a sequence, be it zero."""
        value = self.forward.compute(self.variants[name], step, history)
        if name not in self.matrices:
            value = np.broadcast_to(value, (*value.shape[:-1], columns))
        history[step][name] = value

    def _add_up(self, name: str) -> None:
        """Compute the gradient by a weight."""
        found = [
            (chosen, self._sum_of(equation, chosen))
            for equation, chosen in self.variants[name].items()
        ]
        self.sums[name] = together(found, len(self.parts))

    def _sum_of(self, equation: Equation, chosen: NDArray[np.int64]) -> Floats:
        """Return a running sum at the first step, of some setups; what is no matrix is summed."""
        is_matrix = equation.lhs.name in self.matrices
        added, columns = added_up(equation, is_matrix), self.forward.batch
        if added is not None:
            value = self.forward.of_some(added, chosen, 0, self.side_by_side)
            columns *= len(self.steps)
        else:
            value = self._step_by_step(equation, chosen)
        if is_matrix:
            return value
        whole = np.broadcast_to(value, (*value.shape[:-1], columns))
        return whole.sum(axis=-1, keepdims=True)

    @cached_property
    def _with_columns(self) -> dict[str, Any]:
        """The weights, of which vectors have a column a sequence, as what they are added to has."""
        vectors = {n for n, weight in self.cell.weights.items() if weight not in self.cell.matrices}
        return {
            name: np.broadcast_to(value, (*value.shape[:-1], self.forward.batch))
            if name in vectors
            else value
            for name, value in self.forward.weights.items()
        }

    def _step_by_step(self, equation: Equation, chosen: NDArray[np.int64]) -> Floats:
        """Return what an equation gives at the first step, where it may recall itself alone."""
        name, batch = equation.lhs.name, self.forward.batch
        recalls = any(q.name == name for q in reads(equation))
        for known in {q.name for q in reads(equation)} & self.side_by_side[0].keys():
            for number, step in enumerate(self.steps):  # what was computed of all steps at once
                columns = self.side_by_side[0][known][..., batch * number : batch * (number + 1)]
                self.history[step].setdefault(known, columns)
        of_some: dict[int, Any] = {
            at: Chosen(values, chosen) for at, values in self.history.items()
        }
        weights = Chosen(self._with_columns, chosen)
        for step in reversed(self.steps if recalls else self.steps[:1]):
            value = value_of(equation, self.forward.algebra, weights, of_some, step)
        return value

    def _gradient(self, name: str) -> Floats:
        """Return a gradient by name, of shape (..., T, size, batch)."""
        if name in self.cell.weights:
            return self._flat([name])
        if name in self.cell.groups:
            order = _order(self.cell, name)
            return self._flat([w.name for w in self.cell.groups[name]])[..., order, :]
        (at,) = adjoints_of(self.cell, name)
        if name.startswith(INITIAL):
            initial = self.history[0].get(at, np.full((1, 1), np.nan)) + self.held.get(at, 0)
            return initial[..., None, :, :]
        if at not in self.variants:  # of a run that does without it, nothing is known
            return np.full((len(self.steps), 1, 1), np.nan)
        values = self.side_by_side[0][at]
        values = values.reshape(*values.shape[:-1], len(self.steps), -1)
        values = np.moveaxis(values, -2, -3)
        values = values if self.gaps is None else self.gaps.opened(values)
        return self.forward.line.ordered(values, -3) if name == "inputs" else values

    def _flat(self, names: Sequence[str]) -> Floats:
        """Return what weights have, one after the other, of shape (..., 1, entries, 1)."""
        found = [self._whole(self.cell.weights[name]) for name in names]
        alike = np.broadcast_shapes(*(one.shape[:-1] for one in found))
        values = np.concatenate(
            [np.broadcast_to(one, (*alike, one.shape[-1])) for one in found], -1
        )
        return values[..., None, :, None]

    def _whole(self, weight: Quantity) -> Floats:
        """Return the gradient by a weight, flat; zero where nothing comes to it."""
        name, shape = adjoint(weight).name, tuple(map(int, weight.shape))
        value = self.sums.get(name, self.history[self.steps[0]].get(name))
        if value is None:
            value = np.zeros(shape)
        elif name not in self.sums and name not in self.matrices:
            value = value.sum(axis=-1, keepdims=True)
        whole = np.broadcast_to(value, (*value.shape[:-2], *shape))
        return whole.reshape(*whole.shape[:-2], -1)


def adjoints_of(cell: Cell, name: str) -> set[str]:
    """Return the names of the adjoints that a gradient by name is read of."""
    if name in cell.weights:
        return {adjoint(cell.weights[name]).name}
    if name in cell.groups:
        return {adjoint(weight).name for weight in cell.groups[name]}
    values = {"x": cell.x, "inputs": cell.x, **cell.computed}
    return {adjoint(values[name.removeprefix(INITIAL)]).name}


_initial_of = lru_cache(maxsize=4096)(initial_of)


@lru_cache(maxsize=64)
def _order(cell: Cell, group: str) -> Any:
    """Return which entry, of a group's weights one after the other, stands where when stacked."""
    shapes = {weight.name: tuple(map(int, weight.shape)) for weight in cell.groups[group]}
    ends = np.cumsum([rows * columns for rows, columns in shapes.values()])
    entries = {
        name: np.arange(end - shape[0] * shape[1], end).reshape(shape)
        for (name, shape), end in zip(shapes.items(), ends, strict=True)
    }
    return cell.stack(group, lambda weight: entries[weight.name]).ravel()
