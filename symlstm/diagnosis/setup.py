"""What is run, and how: the numbers and equations that a mistake changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.floating import FloatAlgebra
from symlstm.cells.cell import Cell
from symlstm.cells.rewritten import in_order, rewritten
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, before, quantities
from symlstm.numbers.arrays import filled, in_floats
from symlstm.passes.differentiate import differentiate
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network
from symlstm.runs.states import together

OVER_TIME = 3
"""How many axes inputs have: (batch, T, input_dim)."""

Record = TypeVar("Record")
FLOATS = FloatAlgebra()
"""What setups in floats are computed in, but for those that simulate someone's arithmetic."""
Numbers = NDArray[Any]
"""Exact rationals, or float64: what a mistake does with numbers, it does with either."""


@dataclass(frozen=True, eq=False)
class Part:
    """A layer as someone may have it.

    ``weights`` are by name, of shape (rows, columns), ``biases`` the terms of those that are sums,
    each (rows,), ``states`` what it starts from, by name, (batch, size). ``changes`` are equations
    that are other ones than those of the ``cell``, by the name of what they compute, and
    ``changes_backward`` adjoint equations.
    """

    cell: Cell
    weights: Mapping[str, Numbers]
    biases: Mapping[str, tuple[Numbers, ...]]
    states: Mapping[str, Numbers]
    backwards: bool = False
    zero_output: bool = False
    changes: Mapping[str, Equation] = field(default_factory=dict)
    changes_backward: Mapping[str, Equation] = field(default_factory=dict)

    @property
    def program(self) -> tuple[Equation, ...]:
        """The equations that are run."""
        if not self.changes:
            return self.cell.program
        return in_order(self.cell.program, self.changes)

    @property
    def recalled(self) -> dict[str, Quantity]:
        """What a step takes over from the one before, by name."""
        used = (q for one in self.program for q in quantities(one.rhs))
        return {q.name: q for q in used if q.time == before}

    def runs_as(self, other: Part) -> bool:
        """Say whether the same equations are run as of another part: the very same, to be quick."""
        return self.cell is other.cell and self.changes is other.changes

    def adjoints(self, seeded: tuple[str, ...]) -> tuple[Equation, ...]:
        """Return the adjoint equations that are run; ``seeded`` is what gradients come to."""
        of_program = adjoint_program(self.program, seeded)
        if not self.changes_backward:
            return of_program
        return tuple(self.changes_backward.get(one.lhs.name, one) for one in of_program)

    def with_adjoints(self, changed: Iterable[Equation], seeded: tuple[str, ...]) -> Part | None:
        """Return the part with other adjoint equations; ``None`` where none is another one."""
        changes = other_ones(changed, self.adjoints(seeded))
        if not changes:
            return None
        return replace(self, changes_backward={**self.changes_backward, **changes})

    def with_weights(self, **weights: Numbers) -> Part:
        """Return the part with other numbers for some weights; those have no terms any more."""
        terms = {name: parts for name, parts in self.biases.items() if name not in weights}
        return replace(self, weights={**self.weights, **weights}, biases=terms)


def other_ones(changed: Iterable[Equation], system: Iterable[Equation]) -> dict[str, Equation]:
    """Return the equations that are others than those of a system, by what they compute."""
    usual = {one.lhs.name: one for one in system}
    pairs = ((one, usual.get(one.lhs.name)) for one in changed)
    return {one.lhs.name: one for one, own in pairs if one is not own and one != own}


@lru_cache(maxsize=1024)
def adjoint_program(program: tuple[Equation, ...], seeded: tuple[str, ...]) -> tuple[Equation, ...]:
    """Return what follows backward of equations, where gradients come to values of these names."""
    computed = {one.lhs.name: one.lhs for one in program}
    return differentiate(program, (computed[name] for name in seeded))


@dataclass(frozen=True, eq=False)
class View:
    """What was done with the outputs of a run before someone saw them.

    ``back`` returns what the run gave, by name, for values that were seen, or ``None`` where they
    cannot have been; ``forth`` what is seen of values of a run, in a shape. ``names`` are what
    someone took for what, where that is other names.
    """

    back: Callable[[str, Numbers], Numbers | None]
    forth: Callable[[str, Numbers, tuple[int, ...]], Numbers]
    names: Mapping[str, str] = field(default_factory=dict)


def there_and_back(change: Callable[[str, Numbers], Numbers | None]) -> View:
    """Return the view that is taken back by doing the same once more."""
    return View(change, lambda name, values, _shape: _known(change(name, values)))


def _known(values: Numbers | None) -> Numbers:
    assert values is not None
    return values


@dataclass(frozen=True, eq=False)
class Setup:
    """A run as someone may have it: layers, ``inputs`` (batch, T, input_dim), what counts of them.

    ``levels`` counts the layers of each level; a layer that is no network has none. ``mask`` and
    ``lengths`` are those of `Layer.run`. ``views`` take back what was done with the outputs.
    ``seeds`` are a loss's gradients by what a layer gives, as `Trace.backward` names them:
    ``grad_sequence`` (batch, T, size), ``grad_state_h`` (batch, size) and so on.
    ``algebra`` is what is computed in where that is in floats.
    """

    parts: tuple[Part, ...]
    levels: tuple[int, ...]
    merge: str | None
    inputs: Numbers
    mask: NDArray[np.bool_] | None = None
    lengths: NDArray[np.int64] | None = None
    views: tuple[View, ...] = ()
    seeds: Mapping[str, Numbers] = field(default_factory=dict)
    algebra: FloatAlgebra = FLOATS

    @property
    def seeded(self) -> tuple[str, ...]:
        """The names of the values that the loss's gradients come to."""
        output = self.parts[0].program[-1].lhs.name
        return tuple(dict.fromkeys(seeded_by(name, output) for name in self.seeds))

    def seen(self, name: str, values: Numbers) -> Numbers | None:
        """Return what a run has to give, for someone to have seen ``values`` of it."""
        for view in reversed(self.views):
            seen = view.back(name, values)
            if seen is None:
                return None
            values = seen
        return values

    def shown(self, name: str, values: Numbers, shape: tuple[int, ...]) -> Numbers:
        """Return what is seen, in a shape, of what a run gave."""
        for view in self.views:
            values = view.forth(name, values, shape)
        return values

    def name_of(self, name: str) -> str:
        """Return what a run calls what was seen under a name."""
        for view in reversed(self.views):
            name = view.names.get(name, name)
        return name

    @property
    def is_network(self) -> bool:
        """Whether outputs are merged, in the order of the inputs."""
        return bool(self.levels)

    @property
    def options(self) -> dict[str, Any]:
        """What counts of the inputs, as a run takes it."""
        return {"mask": self.mask, "sequence_lens": self.lengths}

    def each(self, change: Callable[[Part], Part | None], only: int | None = None) -> Setup | None:
        """Return the setup with each part changed, or one; ``None`` where nothing is to change."""
        chosen = range(len(self.parts)) if only is None else [only]
        changed = {k: part for k in chosen if (part := change(self.parts[k])) is not None}
        if not changed:
            return None
        return quick(self, parts=tuple(changed.get(k, part) for k, part in enumerate(self.parts)))

    def in_floats(self) -> Setup:
        """Return the setup with all numbers rounded to float64."""
        parts = tuple(map(_floats, self.parts))
        return replace(
            self, parts=parts, inputs=in_floats(self.inputs), seeds=_all_floats(self.seeds)
        )

    def runnable(self) -> tuple[Layer | Network, list[Any]]:
        """Return what can be run of it, and what it starts from; numbers have to be exact."""
        layers = [_layer(part) for part in self.parts]
        started = [_start(part, layer) for part, layer in zip(self.parts, layers, strict=True)]
        if not self.is_network:
            return layers[0], started[0]
        ends = np.cumsum(self.levels)
        levels = [layers[end - size : end] for end, size in zip(ends, self.levels, strict=True)]
        return Network(levels, self.merge), together(started, [layer.cell for layer in layers])


def seeded_by(argument: str, output: str) -> str:
    """Return the name of the value that a gradient comes to, by the name of the argument."""
    return output if argument == "grad_sequence" else argument.removeprefix("grad_state_")


def quick(record: Record, **changes: Any) -> Record:
    """Return a frozen record with other values for some, as `dataclasses.replace` does in 4 µs.

    Pairs of mistakes are made by the ten thousands, and these records check nothing.
    """
    changed: Record = object.__new__(type(record))
    vars(changed).update(vars(record), **changes)
    return changed


def _floats(part: Part) -> Part:
    return replace(
        part,
        weights=_all_floats(part.weights),
        biases={name: tuple(map(in_floats, terms)) for name, terms in part.biases.items()},
        states=_all_floats(part.states),
    )


def _all_floats(arrays: Mapping[str, Numbers]) -> dict[str, Numbers]:
    return {name: in_floats(array) for name, array in arrays.items()}


def _layer(part: Part) -> Layer:
    cell = rewritten(part.cell, part.changes, part.changes_backward)
    used = {name: part.weights[name] for name in cell.weights}
    terms = {name: part.biases[name] for name in cell.weights if name in part.biases}
    return Layer(
        cell,
        used,
        go_backwards=part.backwards,
        zero_output_for_mask=part.zero_output,
        bias_parts=terms or None,
    )


def _start(part: Part, layer: Layer) -> list[Numbers]:
    """Return what a layer starts from, in its order; what was no state is zero."""
    batch = len(next(iter(part.states.values())))
    shapes = {name: (batch, int(state.shape[0])) for name, state in layer.cell.states.items()}
    return [part.states.get(name, filled(0, shape)) for name, shape in shapes.items()]
