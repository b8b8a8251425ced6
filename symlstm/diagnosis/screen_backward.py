"""Many setups of a layer at once, backward in float64: whose gradients they could be.

Sequences are columns, so that a product with a transposed row is summed over the batch as it is
taken; what is no such product is summed at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.diagnosis.screen import Floats, Outputs, Run, Variants, full, stack, variants_of
from symlstm.diagnosis.setup import Part, Setup, adjoint_program, seeded_by
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities, t
from symlstm.passes.differentiate import adjoint, initial_of, seed

INITIAL = "initial_state "
"""What the name of a gradient by an initial state begins with, before that of the state."""


class StackedGradients:
    """Setups that go backward in the same way, and what their gradients are."""

    def __init__(self, setups: Sequence[Setup]) -> None:
        self.setup, self.parts = setups[0], [setup.parts[0] for setup in setups]
        self.cell = self.parts[0].cell
        inputs = np.moveaxis(stack([setup.inputs for setup in setups]), -3, -1)
        self.forward = Run(self.parts, self.setup, inputs)
        self.history = self.forward.history
        self.matrices = {adjoint(weight).name for weight in self.cell.matrices}
        self.usual = adjoint_program(self.parts[0].program, self.setup.seeded)
        self.changes = [self._changes(part) for part in self.parts]
        self._begin(setups)
        self._go_backward()

    def _changes(self, part: Part) -> Mapping[str, Equation]:
        """Return the adjoint equations of a part that are other ones than the first part's."""
        if part.changes is self.parts[0].changes or part.changes == self.parts[0].changes:
            return part.changes_backward
        pairs = zip(self.usual, part.adjoints(self.setup.seeded), strict=True)
        return {one.lhs.name: one for usual, one in pairs if one != usual}

    def run(self, names: Iterable[str]) -> Outputs:
        """Return gradients by name: (setups, batch, T, size), or (setups, 1, 1, entries)."""
        return {name: full(self._gradient(name), len(self.parts)) for name in names}

    def _begin(self, setups: Sequence[Setup]) -> None:
        """Write down what comes from outside, and zero for what the last step looks ahead to."""
        batch, last = self.setup.inputs.shape[0], len(self.forward.steps)
        changed = {one for changes in self.changes for one in changes.values()}
        used = {q for one in {*self.usual, *changed} for q in quantities(one.rhs)}
        ahead = {q.name: q for q in used if q.time == t + 1}
        self.history[last + 1] = {
            name: np.zeros((int(q.shape[0]), int(q.shape[1]) if name in self.matrices else batch))
            for name, q in ahead.items()
        }
        for q in used:
            if q.time == before:
                self.history[0].setdefault(q.name, np.zeros((int(q.shape[0]), batch)))
        output = self.parts[0].program[-1].lhs.name
        for argument in self.setup.seeds:
            name = seeded_by(argument, output)
            value = stack([one.seeds[argument] for one in setups])
            at = f"{seed(Quantity(name, 1, time=t)).name}"
            for step in self.forward.steps:
                given = value[..., step - 1, :] if argument == "grad_sequence" else value
                if argument == "grad_sequence" or step == last:
                    self.history[step][at] = self.history[step].get(at, 0) + np.swapaxes(
                        given, -1, -2
                    )
                else:
                    self.history[step].setdefault(at, np.zeros_like(np.swapaxes(given, -1, -2)))

    def _go_backward(self) -> None:
        states = tuple(state.at(t) for state in self.cell.states.values())
        names = {adjoint(state).name for state in states}
        variants = variants_of(self.usual, self.changes)
        initial = variants_of(
            [_initial_of(one, states) for one in self.usual if one.lhs.name in names],
            [
                {name: _initial_of(one, states) for name, one in changes.items() if name in names}
                for changes in self.changes
            ],
        )
        sums = [adjoint(weight).name for weight in self.cell.weights.values()]
        with np.errstate(all="ignore"):
            for step in reversed(self.forward.steps):
                for name, of_it in variants.items():
                    self._compute(name, of_it, step)
                for name in sums:
                    self.history[step + 1].pop(name, None)
            for name, of_it in initial.items():
                self._compute(name, of_it, 0)

    def _compute(self, name: str, variants: Variants, step: int) -> None:
        """Compute an adjoint; what is no matrix has a column a sequence, be it zero."""
        self.forward.compute(name, variants, self.forward.weights, step)
        value = self.history[step][name]
        if name not in self.matrices:
            shape = *value.shape[:-1], self.setup.inputs.shape[0]
            self.history[step][name] = np.broadcast_to(value, shape)

    def _gradient(self, name: str) -> Floats:
        """Return a gradient by name, of shape (..., T, size, batch)."""
        if name in self.cell.weights:
            return self._flat([name])
        if name in self.cell.groups:
            order = _order(self.cell, name)
            return self._flat([w.name for w in self.cell.groups[name]])[..., order, :]
        if name.startswith(INITIAL):
            (at,) = adjoints_of(self.cell, name)
            return self.history[0].get(at, np.full((1, 1), np.nan))[..., None, :, :]
        (over_time,) = adjoints_of(self.cell, name)
        if over_time not in self.history[1]:  # of a run that does without it, nothing is known
            return np.full((len(self.forward.steps), 1, 1), np.nan)
        values = self.forward.over_time(over_time)
        return self.forward.line.ordered(values, -3) if name == "inputs" else values

    def _flat(self, names: Sequence[str]) -> Floats:
        """Return what weights have, one after the other, of shape (..., 1, entries, 1)."""
        found = [self._summed(self.cell.weights[name]) for name in names]
        alike = np.broadcast_shapes(*(one.shape[:-1] for one in found))
        values = np.concatenate(
            [np.broadcast_to(one, (*alike, one.shape[-1])) for one in found], -1
        )
        return values[..., None, :, None]

    def _summed(self, weight: Quantity) -> Floats:
        value: Any = self.history[1].get(adjoint(weight).name, np.zeros(weight.shape, dtype=float))
        if weight not in self.cell.matrices:
            value = value.sum(axis=-1, keepdims=True)
        whole = np.broadcast_to(value, (*value.shape[:-2], *map(int, weight.shape)))
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
