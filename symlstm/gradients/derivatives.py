"""What stands by everything in a run: gradients, and what a Hessian makes of a direction."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar, Generic, TypeVar

from symlstm.algebras.evaluate import History
from symlstm.cells.cell import Cell
from symlstm.equations.expression import Quantity
from symlstm.errors import CellError, choices
from symlstm.numbers.arrays import Array
from symlstm.runs.network_trace import NetworkTrace, of_layers
from symlstm.runs.stacked import Stacked
from symlstm.runs.states import together
from symlstm.runs.trace import Trace


class Derivatives(Stacked, ABC):
    """Numbers by every weight, input, initial state and value of a run, in their shapes."""

    adjoints: Trace[Any]
    what: ClassVar[str] = "gradient"
    """What they are, in a word."""

    @abstractmethod
    def held(self, quantity: Quantity) -> Quantity:
        """Return what holds that by a quantity in ``adjoints``."""

    @property
    def cell(self) -> Cell:
        """The cell that was run."""
        return self.adjoints.cell

    @property
    def histories(self) -> Sequence[History[Any]]:
        """Every value that was computed."""
        return self.adjoints.histories

    @property
    def inputs(self) -> Any:
        """That by the inputs, in their shape and order; zero where they are masked."""
        by_inputs, line = self["x"], self.adjoints.timeline
        return by_inputs if line is None else line.ordered(by_inputs, self.adjoints.time_axis)

    @property
    def initial_state(self) -> list[Any]:
        """That by the initial states, in the order of ``initial_state=[h, c]``."""
        return [self[0][name] for name in self.cell.states]

    def stacked(self, group: str) -> Array:
        """Return that by a group of weights; see `Stacked`."""
        return self.cell.stack(group, self._weight)

    def __getitem__(self, key: int | str) -> Any:
        if isinstance(key, numbers.Integral):
            return self.step(int(key))
        if not isinstance(key, str):
            raise TypeError(f"{self.what}s are indexed by a time step or by a name, not by {key!r}")
        if key in self.cell.groups:
            return self.stacked(key)
        if key in self.cell.weights:
            weight = self.cell.weights[key]
            entries = self._weight(weight)
            if self.adjoints.layout == "scalar":
                return entries[0, 0]
            return entries if weight in self.cell.matrices else entries[:, 0]
        return self.adjoints[self._by(key)]

    def step(self, number: int) -> DerivativeStep:
        """Return those by the values of a time step."""
        return DerivativeStep(self, number)

    def __len__(self) -> int:
        return len(self.adjoints)

    def value(self, name: str, step: int) -> Any:
        """Return that by the value called ``name`` at ``step``."""
        return self.adjoints.value(self._by(name), step)

    def _weight(self, weight: Quantity) -> Array:
        name, algebra = self.held(weight).name, self.adjoints.algebra
        if len(self.adjoints.histories) == 1:
            return self.adjoints.entries(name, 1)
        with algebra.context():
            total = algebra.export(algebra.add(*self.adjoints.each(name, 1)))
        return algebra.kept(total)

    @property
    def differentiated(self) -> dict[str, Quantity]:
        """The values of a step that have derivatives, by name."""
        return {"x": self.cell.x, **self.cell.computed}

    def _by(self, name: str) -> str:
        quantities = self.differentiated
        if name not in quantities:
            known = choices(name, [*quantities, *self.cell.weights, *self.cell.groups])
            raise CellError(f"there is no {self.what} by {name!r}; {known}", argument=str(name))
        return self.held(quantities[name]).name


class DerivativeStep:
    """Those by the values of one time step: ``step.c``, or ``step["c"]``."""

    def __init__(self, gradients: Derivatives, step: int) -> None:
        if step not in gradients.adjoints.histories[0]:
            raise IndexError(f"there is no step {step}: the steps are 0 to {len(gradients)}")
        self._gradients = gradients
        self.t = step

    def __getitem__(self, name: str) -> Any:
        return self._gradients.value(name, self.t)

    def __repr__(self) -> str:
        gradients = self._gradients
        known = gradients.adjoints.known(self.t)
        values = gradients.differentiated.values()
        names = [quantity.name for quantity in values if gradients.held(quantity).name in known]
        with gradients.adjoints.algebra.printing():
            shown = ", ".join(f"{name}={self[name]}" for name in names)
        return f"{type(self).__name__}({self.t}: {shown})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except CellError as error:
            raise AttributeError(str(error)) from error


OfLayer = TypeVar("OfLayer", bound=Derivatives)


class NetworkDerivatives(Generic[OfLayer]):
    """Those of a network, by the layers of each of its ``levels``."""

    levels: Sequence[Sequence[OfLayer]]

    @property
    def layers(self) -> tuple[OfLayer, ...]:
        """Those by what the layers have, level by level."""
        return tuple(one for level in self.levels for one in level)

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value that was computed, of every layer."""
        return tuple(history for one in self.layers for history in one.histories)

    def __getitem__(self, name: str) -> Any:
        raise of_layers(name)

    @property
    def inputs(self) -> Any:
        """That by the inputs, in their shape."""
        return inputs_of(self.levels[0])

    @property
    def initial_state(self) -> list[Any]:
        """Those by the initial states, in the order and shapes of ``initial_state``."""
        each = [one.initial_state for one in self.layers if one.cell.states]
        return together(each, [one.cell for one in self.layers])


def inputs_of(level: Sequence[Derivatives]) -> Any:
    """Return that by what all layers of a level are given."""
    algebra = level[0].adjoints.algebra
    with algebra.context():
        return algebra.kept(reduce(add, (one.inputs for one in level)))


def from_the_top(
    trace: NetworkTrace,
    above: Array | None,
    parted: Callable[..., Sequence[Array | None]],
    of_layer: Callable[..., OfLayer],
) -> tuple[tuple[tuple[OfLayer, ...], ...], list[Array | None]]:
    """Return what comes to each layer, level by level, and to the outputs of each level.

    What comes from ``above`` is ``parted`` among the layers of a level, by the level's number, and
    then ``of_layer`` says by the number of a layer what comes to that; both are told whether it is
    by the ``last`` outputs alone, below a head that has seen no others.
    """
    levels: list[tuple[OfLayer, ...]] = []
    by_outputs: list[Array | None] = []
    first = len(trace.layers)
    for number in reversed(range(len(trace.levels))):
        first -= len(trace.levels[number])
        by_outputs.append(above)
        last = number == trace.ends_at
        parts = parted(number, above, last=last)
        levels.append(tuple(of_layer(first + k, one, last=last) for k, one in enumerate(parts)))
        above = inputs_of(levels[-1])
    return tuple(levels[::-1]), by_outputs[::-1]
