"""Many setups at once, in float64: which of them could be what someone has run.

Sequences are the columns of a value, and setups whose equations are the same share its first axis,
so that one interpreter of equations runs all of them side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History, evaluate
from symlstm.diagnosis.setup import FLOATS, Part, Setup
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities
from symlstm.runs.merging import MERGES, junction
from symlstm.runs.timeline import Timeline, timeline

Floats = NDArray[np.float64]
Outputs = Mapping[str, Floats]
"""Values by name, each of shape (setups, batch, T, size); what is known after the last step alone
has a T of 1."""

Variants = Mapping[Equation, NDArray[np.int64]]
"""The equations that there are for a value, and which setups have each."""

SETUPS = 3
"""So many axes has a value that is not the same for all setups: (setups, size, batch)."""


@dataclass(frozen=True, eq=False)
class Stacked:
    """Setups that go through time in the same way, with their numbers stacked."""

    setups: Sequence[Setup]

    def run(self, names: Iterable[str], steps: int | None = None) -> Outputs:
        """Return values by name, of the first ``steps`` alone where it says how many."""
        setup, count = self.setups[0], len(self.setups)
        levels, numbers = iter(range(len(setup.parts))), stack([s.inputs for s in self.setups])
        inputs = np.moveaxis(numbers, -3, -1)[..., :steps, :, :]  # (..., T, size, batch)
        runs: list[Run] = []
        for size in setup.levels or (1,):
            level = [Run(self._parts(next(levels)), setup, inputs) for _ in range(size)]
            runs += level
            inputs = _merged([run.shown(in_order=True) for run in level], setup.merge)
        outputs = inputs if setup.is_network else runs[0].shown(in_order=False)
        found = {"sequence_out": outputs, **_states(runs)}
        values = {name: found[name] if name in found else _named(runs, name) for name in names}
        return {name: full(value, count) for name, value in values.items()}

    def _parts(self, k: int) -> list[Part]:
        return [setup.parts[k] for setup in self.setups]


def full(values: Floats, count: int) -> Floats:
    """Return (..., T, size, batch) as (setups, batch, T, size)."""
    moved = np.moveaxis(values, -1, -3)
    return np.broadcast_to(moved if moved.ndim == 4 else moved[None], (count, *moved.shape[-3:]))


class Run:
    """One layer of all setups, run in float64."""

    def __init__(self, parts: Sequence[Part], setup: Setup, inputs: Floats) -> None:
        self.algebra = setup.algebra
        first, batch, steps = parts[0], inputs.shape[-1], inputs.shape[-3]
        self.count, self.batch, self.cell = len(parts), batch, first.cell
        self.line = _timeline(first, setup, (batch, steps))
        self.steps = range(1, steps + 1)
        ordered = self.line.ordered(inputs, -3)
        self.history: dict[int, dict[str, Any]] = {
            step: {"x": ordered[..., step - 1, :, :]} for step in self.steps
        }
        states = _columns(_stacked_by_name([part.states for part in parts]))
        self.history[0] = {**_unknown(parts, batch), **states}
        if self.line.emptied is not None:
            kept = {n: np.where(self.line.emptied, 0.0, s) for n, s in self.history[0].items()}
            self.history[0] = kept
        self.weights = _stacked_by_name([part.weights for part in parts])
        program, variants = (
            first.program,
            variants_of(first.cell.program, [part.changes for part in parts]),
        )
        output = program[-1].lhs
        self.output = output.name
        if not self.line.is_whole:
            self.history[0].setdefault(output.name, np.zeros((int(output.shape[0]), batch)))
        for step in self.steps:
            for equation in program:
                name = equation.lhs.name
                self.history[step][name] = self.compute(variants[name], step)
            self._hold(step)
        each = self.history.values()
        differing = {n for values in each for n, v in values.items() if v.ndim == SETUPS}
        self.shared = frozenset(self.history[1]) - differing
        """What is the same for all setups."""

    def compute(
        self,
        variants: Variants,
        step: int,
        history: History[Any] | None = None,
    ) -> Floats:
        """Return a value of all setups, of which some have one equation for it, some another."""
        history = self.history if history is None else history
        usual = max(variants, key=lambda one: len(variants[one]))
        of_most = 2 * len(variants[usual]) > self.count  # so that what those read is not copied
        found = []
        for equation, chosen in variants.items():
            if of_most and equation is usual:
                value = value_of(equation, self.algebra, self.weights, history, step)
                is_of_all = len(chosen) == self.count or value.ndim < SETUPS
                found.append((chosen, value if is_of_all else value[chosen]))
            else:
                found.append((chosen, self.of_some(equation, chosen, step, history)))
        return together(found, self.count)

    def of_some(
        self, equation: Equation, chosen: NDArray[np.int64], step: int, history: History[Any]
    ) -> Floats:
        """Return what an equation gives, of some setups alone."""
        near = [at for at in (step - 1, step, step + 1) if at in history]
        of_some: dict[int, Any] = {at: Chosen(history[at], chosen) for at in near}
        return value_of(equation, self.algebra, Chosen(self.weights, chosen), of_some, step)

    def _hold(self, step: int) -> None:
        counts, now, last = (
            self.line.computed[:, step - 1],
            self.history[step],
            self.history[step - 1],
        )
        if not counts.all():
            for name in self.history[0]:
                now[name] = np.where(counts, now.get(name, last[name]), last[name])

    def over_time(self, name: str) -> Floats:
        """Return a value by name, in the order of processing."""
        values = np.broadcast_arrays(*(self.history[step][name] for step in self.steps))
        return np.stack(values, axis=-3)

    def shown(self, *, in_order: bool) -> Floats:
        """Return the outputs, in the order of the inputs or in that of processing."""
        outputs = self.over_time(self.output)
        if not self.line.shown.all():
            outputs = np.where(self.line.shown.T[:, None, :], outputs, 0.0)
        return self.line.ordered(outputs, -3) if in_order else outputs

    def last(self, name: str) -> Floats:
        """Return a state after the last step."""
        return self.history[len(self.steps)][name][..., None, :, :]


class Chosen(dict[str, Any]):
    """Values by name, of some setups alone, and what is computed of them."""

    def __init__(self, values: Mapping[str, Any], chosen: NDArray[np.int64]) -> None:
        super().__init__()
        self._values, self._chosen = values, chosen

    def __missing__(self, name: str) -> Any:
        value = self._values[name]
        self[name] = value[self._chosen] if value.ndim == SETUPS else value
        return self[name]


def value_of(
    equation: Equation,
    algebra: Algebra[Any],
    weights: Mapping[str, Any],
    history: History[Any],
    step: int,
) -> Floats:
    """Return what an equation gives at a step; it stays in the history."""
    evaluate((equation,), algebra, weights, history, [step])
    value: Floats = history[step][equation.lhs.name]
    return value


def together(values: Sequence[tuple[NDArray[np.int64], Floats]], count: int) -> Floats:
    """Return the values of all setups, of those of some; the only ones as they are."""
    if len(values) == 1:
        return values[0][1]
    whole = np.empty((count, *np.broadcast_shapes(*(value.shape[-2:] for _, value in values))))
    for chosen, value in values:
        whole[chosen] = value
    return whole


def variants_of(
    usual: Sequence[Equation], changes: Sequence[Mapping[str, Equation]]
) -> dict[str, dict[Equation, NDArray[np.int64]]]:
    """Return, by the name of what they compute, which equations there are, and who has them.

    ``changes`` are, of each setup, the equations that are other ones than the ``usual``.
    """
    found: dict[str, dict[Equation, list[int]]] = {one.lhs.name: {} for one in usual}
    for k, changed in enumerate(changes):
        for name, one in changed.items():
            found.setdefault(name, {}).setdefault(one, []).append(k)
    for one in usual:
        others = found[one.lhs.name]
        differing = {k for other, who in others.items() if other != one for k in who}
        rest = [k for k in range(len(changes)) if k not in differing]
        found[one.lhs.name] = {**others, one: rest} if rest else others
    return {n: {_kept(e): np.array(who) for e, who in v.items()} for n, v in found.items()}


@lru_cache(maxsize=1 << 15)
def _kept(equation: Equation) -> Equation:
    """Return the same object for equations that are equal: to compare two takes long."""
    return equation


def _unknown(parts: Sequence[Part], batch: int) -> dict[str, Floats]:
    """Return zeros for what any setup recalls, which need be no state of the cell."""
    changed = {id(one): one for part in parts for one in part.changes.values()}
    recalled = dict.fromkeys(q for one in changed.values() for q in _recalled(one))
    return {q.name: np.zeros((int(q.shape[0]), batch)) for q in recalled}


@lru_cache(maxsize=4096)
def _recalled(equation: Equation) -> tuple[Quantity, ...]:
    return tuple(q for q in quantities(equation.rhs) if q.time == before)


def _timeline(part: Part, setup: Setup, shape: tuple[int, int]) -> Timeline:
    return timeline(
        shape,
        None if setup.mask is None else setup.mask[:, : shape[1]],
        None if setup.lengths is None else np.minimum(setup.lengths, shape[1]),
        backwards=part.backwards,
        zero_output=part.zero_output,
    )


def _states(runs: Sequence[Run]) -> dict[str, Floats]:
    """Return what the layers end in, side by side: their own states, and none that was added."""
    own = runs[0].cell.states
    names = [name for name in own if all(name in run.history[0] for run in runs)]
    return {
        f"state_{name}": np.concatenate(
            np.broadcast_arrays(*(run.last(name) for run in runs)), axis=-2
        )
        for name in names
    }


def _named(runs: Sequence[Run], name: str) -> Floats:
    if not name.startswith("layers["):
        return runs[0].over_time(name)
    number, _, rest = name.removeprefix("layers[").partition("].")
    run = runs[int(number)]
    if rest == "sequence_out":
        return run.shown(in_order=False)
    state = rest.removeprefix("state_")
    return run.over_time(rest) if state == rest else run.last(state)


def _merged(outputs: Sequence[Floats], merge: str | None) -> Floats:
    if len(outputs) == 1 and merge is not None:
        return outputs[0]
    together = np.broadcast_arrays(*outputs)
    if merge is not None and merge in MERGES:
        whole: Floats = junction(merge, len(together)).value(FLOATS, together)
        return whole
    return np.concatenate(together, axis=-2)


def _columns(states: Mapping[str, Floats]) -> dict[str, Floats]:
    return {name: np.swapaxes(state, -1, -2) for name, state in states.items()}


def _stacked_by_name(each: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    names = [name for name in each[0] if all(name in one for one in each)]
    return {name: stack([one[name] for one in each]) for name in names}


def stack(arrays: Sequence[Any]) -> Any:
    """Return arrays along a new first axis; those that are all one object, as that."""
    first = arrays[0]
    return first if all(array is first for array in arrays) else np.stack(arrays)
