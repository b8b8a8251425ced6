"""Where the lanes and rows of a plan are, so that every label has its room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from symlstm.figures.plan import FOOT, LEFT, RIGHT, SUM, Node, Place, Plan, Row, Spot
from symlstm.figures.scene import LINE, TEXT, Label, Point
from symlstm.numbers.remembered import cached_property

BESIDE = 5.0
"""How far a label is from the wire that it stands beside."""
APART = 8.0
"""How far a label is from the next wire, and nodes from one another."""
NARROWEST = 24.0
"""How far two lanes are apart at least."""
TRACKS = 14.0
"""How far two tracks or buses are apart at least."""
EDGE = 8.0
"""How far the frame of a cell is from what is in it, and from the edge of the scene."""
BOLD = 1.1
"""How much wider bold letters are than others."""
PARENTHESIS = 7.0
"""The room that one of the parentheses around a vector takes."""


def width(label: Label) -> float:
    """Return the width of a label."""
    column = max((entry.width for entry in label.column), default=0.0)
    brackets = 2 * PARENTHESIS if len(label.column) > 1 else 0.0
    between = 4.0 if label.head and label.column else 0.0
    head = label.head.width if label.head else 0.0
    weight = BOLD if label.bold else 1.0
    return (head + between + brackets + column) * weight * label.size / TEXT


def height(label: Label) -> float:
    """Return the height of a label."""
    return LINE * max(1, len(label.column))


@dataclass(frozen=True)
class Geometry:
    """The places of a plan's lanes and rows.

    ``labels`` are those of each place in every drawing that is to have these.
    """

    plan: Plan
    labels: Mapping[Place, tuple[Label, ...]]
    caption: float = 0.0
    """The room above the frame."""
    narrowest: float = 0.0
    """How wide the frame is at least."""
    start: float = 0.0
    """Where the wires begin that come in from the left."""

    def point(self, spot: Spot) -> Point:
        """Return the place of a spot."""
        across = {LEFT: self.start, RIGHT: self.width}.get(spot.lane)
        x = self.lanes[spot.lane] if across is None else across
        return Point(x + spot.right, self.rows[self.plan.found(spot.row)] + spot.down)

    def place(self, place: Place, label: Label) -> Label:
        """Return a label at its place."""
        row = self.plan.found(place.row)
        on_wire = row.kind in ("rail", "bus")
        if on_wire and not place.below:
            y = self.rows[row] - 3 - height(label) / 2
        elif place.below:
            y = self._middles[self._all[self._all.index(row) + 1]]
        else:
            y = self._middles[row]
        if place.lane == LEFT:
            return replace(label, at=Point(4.0, y))
        if place.lane == RIGHT:
            return replace(label, at=Point(self.width - self.margins[1] + 4.0, y))
        return replace(label, at=Point(self.lanes[place.lane] + self._offset(place), y))

    @cached_property
    def margins(self) -> tuple[float, float]:
        """The room left of the frame, and right of it."""
        sides = (self._widest(p for p in self.labels if p.lane == k) for k in (LEFT, RIGHT))
        left, right = sides
        return left + APART, right + APART + 6

    @cached_property
    def width(self) -> float:
        """The width of the whole drawing."""
        foot = max((self._end(p) for p in self.labels if p.row == FOOT), default=0.0)
        left, right = self.margins
        inside = max(self.lanes[-1] + self._last_reach, left + self.narrowest)
        return max(inside + right, foot + APART)

    @cached_property
    def height(self) -> float:
        """The height of the whole drawing."""
        return self.rows[FOOT]

    @cached_property
    def frame(self) -> tuple[Point, Point]:
        """The upper left and the lower right corner of the frame."""
        low = max(y for row, y in self.rows.items() if row != FOOT)
        left, right = self.margins
        return Point(left, self.caption + 1), Point(self.width - right, low + EDGE + 4)

    @cached_property
    def lanes(self) -> list[float]:
        """Where the lanes are, from left to right."""
        least: dict[int, list[tuple[int, float]]] = {}
        for before, after, distance in self._distances():
            least.setdefault(after, []).append((before, distance))
        places = [self.margins[0] + EDGE + self._halves[0] + 4]
        for lane in range(1, self.plan.lanes):
            places.append(max(places[k] + distance for k, distance in least[lane]))
        return places

    @cached_property
    def rows(self) -> dict[Row, float]:
        """Where the rows are."""
        first, *others = self._all
        y = self.caption + EDGE + self._gap(first) + self._tall.get(first, 0.0)
        places = {first: y}
        for above, row in zip(self._all, others, strict=False):
            y += self._tall.get(above, 0.0) + self._gap(row) + self._tall.get(row, 0.0)
            places[row] = y
        return places

    @cached_property
    def _all(self) -> list[Row]:
        return list(self.plan.rows())

    @cached_property
    def _middles(self) -> dict[Row, float]:
        """Where the middle of the gap above each row is."""
        return {
            row: y - self._tall.get(row, 0.0) - self._gap(row) / 2 for row, y in self.rows.items()
        }

    @cached_property
    def _tall(self) -> dict[Row, float]:
        tall: dict[Row, float] = {}
        for node in self.plan.nodes:
            row = self.plan.found(node.spot.row)
            tall[row] = max(tall.get(row, 0.0), node.half_height)
        return tall

    def _gap(self, row: Row) -> float:
        """Return the room above a row: for its labels, and those below the row before."""
        before = self._all[self._all.index(row) - 1] if row != self._all[0] else None
        above = self._tallest.get((row, False), 0.0)
        below = self._tallest.get((before, True), 0.0) if before else 0.0
        if row.kind in ("rail", "bus"):  # a label stands on the line, beside the nodes
            inside = above + 5 - self._tall.get(row, 0.0)
            return max(inside, below and below + 4, TRACKS if before else 0.0)
        tallest = max(above, below)
        if row == FOOT:
            return max(tallest + EDGE + 12, 30.0)
        return max(tallest + 4, TRACKS if row.kind == "track" else 16.0)

    @cached_property
    def _tallest(self) -> dict[tuple[Row, bool], float]:
        """The height of the highest label above each row and, with ``True``, below it."""
        tallest: dict[tuple[Row, bool], float] = {}
        for place, labels in self.labels.items():
            key = self.plan.found(place.row), place.below
            tallest[key] = max([tallest.get(key, 0.0), *map(height, labels)])
        return tallest

    @cached_property
    def _halves(self) -> list[float]:
        halves = [0.0] * self.plan.lanes
        for node in self.plan.nodes:
            halves[node.spot.lane] = max(halves[node.spot.lane], node.half_width)
        return halves

    def _distances(self) -> Iterable[tuple[int, int, float]]:
        """Yield how far lanes are apart at least: for nodes, for labels, for labels on a rail."""
        for lane in range(1, self.plan.lanes):
            both = self._halves[lane - 1] + self._halves[lane]
            yield lane - 1, lane, max(NARROWEST, both + APART)
        for place in self.labels:
            if place.lane in (LEFT, RIGHT) or place.row == FOOT:
                continue
            room = self._offset(place) + self._widest([place]) + APART
            follower = self._follower(place)
            lane = follower.spot.lane if follower else place.lane + 1
            if lane < self.plan.lanes:
                yield place.lane, lane, room + (follower.half_width if follower else 0.0)

    def _follower(self, place: Place) -> Node | None:
        """Return the node on the same rail up to which a label has room.

        On the uppermost rail, above which no wire runs, it is the next one; else it is in the next
        lane.
        """
        if place.row.kind != "rail":
            return None
        last = self.plan.lanes if place.row.band == 0 else place.lane + 1
        on_rail = (node for node in self.plan.nodes if node.spot.row == place.row)
        return next((node for node in on_rail if place.lane < node.spot.lane <= last), None)

    def _offset(self, place: Place) -> float:
        """Return how far right of its lane a label begins."""
        if place.below and place.row == SUM:  # beside the wires that come in
            taps = [tap for bus in self.plan.buses.values() for tap, _ in bus.taps]
            return BESIDE + max((tap.right for tap in taps if tap.lane == place.lane), default=0)
        if place.row.kind != "rail":
            return BESIDE
        return BESIDE + self._halves[place.lane]

    @cached_property
    def _last_reach(self) -> float:
        """The room right of the last lane, inside the frame."""
        reach = self._halves[-1] + APART + EDGE
        for place in self.labels:
            if place.lane not in (LEFT, RIGHT) and place.row != FOOT:
                reach = max(reach, self._end(place) + EDGE - self.lanes[-1])
        return reach

    def _end(self, place: Place) -> float:
        """Return where a label ends that stands beside a lane."""
        return self.lanes[place.lane] + self._offset(place) + self._widest([place])

    def _widest(self, places: Iterable[Place]) -> float:
        return max((width(label) for place in places for label in self.labels[place]), default=0.0)
