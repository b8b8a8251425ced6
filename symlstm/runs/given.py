"""What a run is given, as others see it: numbers that any algebra can run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from symlstm.algebras.algebra import Algebra
from symlstm.cells.cell import Cell
from symlstm.numbers.arrays import Array
from symlstm.runs.kept import Kept
from symlstm.runs.timeline import Timeline


class Given(Protocol):
    """The numbers that a run is given, of a layer or of a network."""

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells that are run."""

    @property
    def numbers(self) -> Mapping[str, Array]:
        """All the numbers, exact, by the names that a user knows them by."""

    @property
    def batch(self) -> int:
        """How many sequences are run."""

    @property
    def before(self) -> Kept | None:
        """The run that this one goes on from, if its states are worked out again."""

    @property
    def values(self) -> int:
        """How many values, of any size, the run comes to."""

    @property
    def multiplications(self) -> int:
        """About how many numbers are multiplied in the run."""

    def run(self, algebra: Algebra[Any]) -> Any:
        """Return the trace of the run in an algebra."""


class GivenToLayer(Given, Protocol):
    """The numbers that the run of a layer is given, and how it goes through time."""

    @property
    def weights(self) -> Mapping[str, Array]:
        """The weights by name, of shape (rows, columns)."""

    @property
    def inputs(self) -> Array:
        """The inputs in the order of processing, of shape (batch, T, input_dim)."""

    @property
    def states(self) -> Mapping[str, Array]:
        """The initial states by name, of shape (batch, size)."""

    @property
    def timeline(self) -> Timeline:
        """In which direction, past which steps, and what is shown."""

    @property
    def stateful(self) -> bool:
        """Whether the run starts from states that the one before has kept."""

    @property
    def handed(self) -> bool:
        """Whether the inputs are outputs of other layers, and were not given to the run."""

    def near(self) -> GivenToLayer:
        """Return numbers near the balls among these, which a layer below may hand on."""
