"""What a plan of a cell's drawing is made of: lanes from left to right, rows from top to bottom.

Nodes stand where a lane crosses a row. Wires run up and down in the middle of a lane, and across
in a row; labels stand to the right of a lane, in the gap above a row or below it, where no wire
runs. So nothing stands on anything else, whatever the sizes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from symlstm.equations.expression import Quantity
from symlstm.figures.graph import Operation

LEFT, RIGHT = -1, 10**6
"""The lanes at the edges, where wires come in and go out."""


class Row(NamedTuple):
    """A row: of which kind, in which band of them, and how far from the top or the bottom.

    Below a ``"rail"``, in its ``band``, are its levels; of these ``"up"`` counts from the lowest,
    and ``"down"`` from the topmost. Below all of them are the ``"track"`` rows of values with
    several uses, the ``"stage"`` rows of functions, from the lowest, the ``"sum"``, the ``"bus"``
    rows, and the ``"foot"``, where the input comes in.
    """

    kind: str
    band: int = 0
    number: int = 0


SUM, FOOT = Row("sum"), Row("foot")

RADIUS = 11.0
"""That of an operation whose sign is short."""
FUNCTION_HEIGHT = 24.0
"""The height of the box of a function."""
PORTS = 9.0
"""How far two wires are apart that lead into a side of a node."""


class Spot(NamedTuple):
    """Where a lane crosses a row, or a little beside that."""

    lane: int
    row: Row
    right: float = 0.0
    down: float = 0.0


@dataclass
class Node:
    """An operation at its place, of half a width and half a height."""

    operation: Operation
    spot: Spot
    ports: int = 1
    """How many wires come in beside one another."""

    @property
    def is_round(self) -> bool:
        """Whether it is a circle: what does more than to add and to multiply is a box."""
        return self.operation.sign.width <= 2 * RADIUS - 4 and not self.operation.is_function

    @property
    def half_width(self) -> float:
        """Half of its width."""
        return RADIUS if self.is_round else max(16.0, self.operation.sign.width / 2 + 7)

    @property
    def half_height(self) -> float:
        """Half of its height."""
        least = RADIUS if self.is_round else FUNCTION_HEIGHT / 2
        return max(least, PORTS * self.ports / 2)

    # Where wires lead into it and out of it.

    @property
    def top(self) -> Spot:
        """The middle of its upper edge."""
        return self.spot._replace(down=-self.half_height)

    @property
    def bottom(self) -> Spot:
        """The middle of its lower edge."""
        return self.spot._replace(down=self.half_height)

    @property
    def left(self) -> Spot:
        """The middle of its left edge."""
        return self.spot._replace(right=-self.half_width)

    @property
    def right(self) -> Spot:
        """The middle of its right edge."""
        return self.spot._replace(right=self.half_width)


@dataclass
class Route:
    """A piece of a value's wire, from spot to spot.

    It ``starts`` at what the value comes from, or at a branch, and ``ends`` in what uses it.
    """

    value: Quantity
    spots: tuple[Spot, ...]
    starts: bool = True
    branches: bool = False
    ends: bool = True


class Place(NamedTuple):
    """Where the label of a value stands: right of a lane, above a row or below it."""

    value: Quantity
    lane: int
    row: Row
    below: bool = False


@dataclass
class Bus:
    """The row of a value that goes in, below the gates, how it gets there, and who taps it.

    ``joins`` says that it is no row of its own: the input comes to where a state is.
    """

    value: Quantity
    row: Row
    way: tuple[Spot, ...]
    joins: bool = False
    taps: list[tuple[Spot, bool]] = field(default_factory=list)
    """Where it is tapped, and whether that leads into a node."""


@dataclass(frozen=True)
class Reach:
    """A value at hand in a lane: how its wire got there, and from which side it comes.

    ``level`` is the highest one below it that is taken, or, from ``above``, the lowest; ``node``
    is what computes it, where the wire begins at its top or, from above, at its bottom.
    """

    value: Quantity
    spots: tuple[Spot, ...]
    level: int = 0
    above: bool = False
    branches: bool = False
    node: Node | None = None

    @property
    def lane(self) -> int:
        """The lane."""
        return self.spots[-1].lane


@dataclass
class Source:
    """Where a value with further uses can be had: at the end of a way, or on its track.

    ``rises`` says that its wire goes up in its lane already, across all tracks.
    """

    spots: tuple[Spot, ...]
    branches: bool
    track: Row | None = None
    rises: bool = False


@dataclass
class Plan:
    """A whole plan: nodes, routes and labels, on so many lanes."""

    lanes: int = 0
    levels: dict[int, int] = field(default_factory=dict)
    """How many levels each band has."""
    tracks: int = 0
    stages: int = 1
    rails: int = 0
    buses: dict[Quantity, Bus] = field(default_factory=dict)
    bus_rows: int = 0
    nodes: list[Node] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def lane(self) -> int:
        """Return a new lane, right of all others."""
        self.lanes += 1
        return self.lanes - 1

    def track(self) -> Row:
        """Return a new track, below all others."""
        self.tracks += 1
        return Row("track", number=self.tracks)

    def rows(self) -> Iterator[Row]:
        """Yield the rows from top to bottom."""
        for band in range(max(self.rails, 1)):
            if self.rails:
                yield Row("rail", band)
            for number in range(self.levels.get(band, 0), 0, -1):
                yield Row("up", band, number)
        for number in range(1, self.tracks + 1):
            yield Row("track", number=number)
        for number in range(self.stages, 0, -1):
            yield Row("stage", number=number)
        yield SUM
        for number in range(self.bus_rows):
            yield Row("bus", number=number)
        yield FOOT

    def found(self, row: Row) -> Row:
        """Return a row as `rows` has it: one that is counted from the top, from the bottom."""
        if row.kind != "down":
            return row
        return Row("up", row.band, self.levels[row.band] + 1 - row.number)
