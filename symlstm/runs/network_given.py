"""What the run of a network is given: numbers for all its layers, inputs and initial states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.cells.cell import Cell
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import computed, real
from symlstm.runs.kept import Kept
from symlstm.runs.layer import Layer
from symlstm.runs.merging import merged
from symlstm.runs.network_trace import NetworkTrace


@dataclass(frozen=True, eq=False)
class NetworkGiven:
    """The numbers that the run of a network is given; ``states`` are those of each layer.

    The ``head``, if there is one, has none; without ``return_sequences``, it sees what the layers
    of the last level end with.
    """

    levels: Sequence[Sequence[Layer]]
    inputs: Array
    states: Sequence[Any]
    options: Mapping[str, Any]
    merge: str | None = "concat"
    before: Kept | None = None
    head: Layer | None = None
    return_sequences: bool = True

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, level by level, and the head."""
        heads = () if self.head is None else (self.head,)
        return (*(layer for level in self.levels for layer in level), *heads)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of all layers."""
        return tuple(layer.cell for layer in self.layers)

    @property
    def numbers(self) -> dict[str, Array]:
        """All the numbers, by the names that a user knows them by."""
        numbers = {"inputs": self.inputs, **(self.before.intervals if self.before else {})}
        for k, (layer, state) in enumerate(zip(self.layers, self.states, strict=True)):
            states = {} if self.before else layer.initial(state, self.batch)
            of_layer = {**layer.weights, **{f"initial_state {n}": s for n, s in states.items()}}
            numbers |= {f"layers[{k}] {name}": array for name, array in of_layer.items()}
        return numbers

    @property
    def values(self) -> int:
        """How many values the run comes to: of each equation one a step, in every sequence."""
        steps = self.inputs.shape[-2]
        return self.batch * steps * sum(len(cell.program) for cell in self.cells)

    @property
    def multiplications(self) -> int:
        """About how many numbers are multiplied: every weight once a step, in every sequence."""
        steps = self.inputs.shape[-2]
        return self.batch * steps * sum(cell.weight_count for cell in self.cells)

    @property
    def batch(self) -> int:
        """How many sequences are run."""
        return len(self.inputs) if self.inputs.ndim == 3 else 1

    def run(self, algebra: Algebra[Any]) -> NetworkTrace:
        """Run the layers in ``algebra``, each level on the outputs of the one below."""
        inputs, levels, states, read = self.inputs, [], iter(self._start(algebra)), real
        of_states = computed if self.before else real
        for level in self.levels:
            given = (
                layer.given(inputs, next(states), read=read, of_states=of_states, **self.options)
                for layer in level
            )
            levels.append(tuple(one.run(algebra) for one in given))
            if len(levels) < len(self.levels):
                inputs, read = merged(levels[-1], self.merge), computed
        if self.head is not None:
            inputs = merged(levels[-1], self.merge, last=not self.return_sequences)
            behind = self.head.given(inputs, None, None, None, read=computed)
            levels.append((behind.run(algebra),))
        return NetworkTrace(tuple(levels), self, self.merge, self.return_sequences)

    def _start(self, algebra: Algebra[Any]) -> Sequence[Any]:
        """Return the initial state of each layer."""
        if self.before is None:
            return self.states
        return [list(states.values()) for states in self.before.states(algebra)]
