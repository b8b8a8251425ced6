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
from symlstm.runs.layer_given import LayerGiven
from symlstm.runs.merging import merged
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.states import last_that_remembers
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class NetworkGiven:
    """The numbers that the run of a network is given; ``states`` are those of each layer.

    The ``head``, if there is one, has none; without ``return_sequences``, it sees what the layers
    that remember end with, and so do others behind these.
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
        levels: list[Sequence[Trace[Any]]] = []
        states = iter(self._start(algebra))
        heads = () if self.head is None else ((self.head,),)
        every = [*self.levels, *heads]
        ends_at = None if self.return_sequences else last_that_remembers(every)
        for number, level in enumerate(every):
            inputs, read = self.inputs, real
            if number:
                last = number - 1 == ends_at
                inputs, read = merged(levels[-1], self.merge, last=last), computed
            given = (self._of_layer(layer, inputs, next(states), read) for layer in level)
            levels.append(tuple(one.run(algebra) for one in given))
        return NetworkTrace(tuple(levels), self, self.merge, self.return_sequences)

    def _of_layer(self, layer: Layer, inputs: Any, states: Any, read: Any) -> LayerGiven:
        """Return the numbers of a layer; one that remembers nothing computes all steps."""
        options = self.options if layer.cell.states else dict.fromkeys(self.options)
        of_states = computed if self.before else real
        return layer.given(inputs, states, read=read, of_states=of_states, **options)

    def _start(self, algebra: Algebra[Any]) -> Sequence[Any]:
        """Return the initial state of each layer."""
        if self.before is None:
            return self.states
        return [list(states.values()) for states in self.before.states(algebra)]
