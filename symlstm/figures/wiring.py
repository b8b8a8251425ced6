"""Draw a plan: its nodes, the wires with their hops, and the labels of one time step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from symlstm.equations.expression import Quantity
from symlstm.figures.geometry import Geometry
from symlstm.figures.graph import Graph
from symlstm.figures.plan import LEFT, SUM, Bus, Node, Place, Plan, Route, Spot
from symlstm.figures.scene import Box, Dot, Group, Label, Meaning, Piece, Point, Wire
from symlstm.notation.palette import Colour

JOIN = 16.0
"""How far the input runs along with the state that it joins."""


@dataclass(frozen=True)
class Dress:
    """How the wires of a value look, and what they mean."""

    label: Label | None = None
    note: Label | None = None
    """What a gate is called."""
    meaning: Meaning | None = None
    width: float = 1.5
    faint: bool = False


def labels(plan: Plan, dresses: Mapping[Quantity, Dress]) -> Iterator[tuple[Place, Label]]:
    """Yield the labels of dressed values, each with its place: beside a wire, or below a gate."""
    for place in plan.places:
        dress = dresses.get(place.value, Dress())
        if dress.label:
            yield place, replace(dress.label, meaning=dress.label.meaning or dress.meaning)
        if dress.note and (place.row.kind == "stage" or place.row == SUM):
            yield Place(place.value, place.lane, SUM, below=True), dress.note


@dataclass(frozen=True)
class Wiring:
    """Draws the plan of a graph at the places of a geometry, in the colours of the gates.

    ``backward`` turns all arrows round.
    """

    graph: Graph
    plan: Plan
    geometry: Geometry
    colours: Mapping[str, Colour]
    dresses: Mapping[Quantity, Dress] = field(default_factory=dict)
    backward: bool = False

    def group(self, name: str, title: str = "", *, entries: bool = True) -> Group:
        """Return the drawing; without ``entries``, what comes from the left has no label."""
        pieces: list[Piece] = [self._frame(), *self._wires(), *map(self._box, self.plan.nodes)]
        for place, label in labels(self.plan, self.dresses):
            if entries or place.lane != LEFT:
                there = self.geometry.place(place, label)
                pieces.append(replace(there, colour=self._colour(place.value)))
        return Group(name, tuple(pieces), title)

    def _frame(self) -> Box:
        first, last = self.geometry.frame
        middle = Point((first.x + last.x) / 2, (first.y + last.y) / 2)
        return Box(middle, last.x - first.x, last.y - first.y, radius=12, frame=True)

    def _box(self, node: Node) -> Box:
        at = self.geometry.point(node.spot)
        radius = node.half_height if node.is_round else 4.0
        label = Label(at, node.operation.sign, anchor="middle")
        colour = self._colour(node.operation.result)
        equation = Meaning(equation=self.graph.told(node.operation.result))
        dress = self.dresses.get(node.operation.result)
        return Box(
            at,
            2 * node.half_width,
            2 * node.half_height,
            radius,
            label,
            colour,
            meaning=dress.meaning if dress and dress.meaning else equation,
        )

    def _colour(self, value: Quantity) -> Colour | None:
        return self.colours.get(value.name)

    # Wires.

    def _wires(self) -> Iterator[Piece]:
        routes = [*self.plan.routes, *self._buses()]
        paths = [self._path(route) for route in routes]
        crossings = _crossings([(r.value, path) for r, path in zip(routes, paths, strict=True)])
        for route, path, hops in zip(routes, paths, crossings, strict=True):
            yield self._wire(route, path, hops)
        ends = {(route.value, path[-1]) for route, path in zip(routes, paths, strict=True)}
        for route, path in zip(routes, paths, strict=True):
            if route.branches and (route.value, path[0]) not in ends:
                yield Dot(path[0], colour=self._colour(route.value))

    def _wire(self, route: Route, path: tuple[Point, ...], hops: tuple[Point, ...]) -> Wire:
        arrow = route.ends
        if self.backward:
            path, arrow = path[::-1], route.starts
        dress = self.dresses.get(route.value, Dress())
        return Wire(
            path,
            self._colour(route.value),
            arrow,
            hops,
            width=dress.width,
            faint=dress.faint,
            meaning=dress.meaning,
        )

    def _path(self, route: Route) -> tuple[Point, ...]:
        points: list[Point] = []
        for spot in route.spots:
            point = self.geometry.point(spot)
            if points and point == points[-1]:
                continue
            if len(points) > 1 and _in_line(points[-2], points[-1], point):
                points.pop()
            points.append(point)
        return tuple(points)

    def _buses(self) -> Iterator[Route]:
        for bus in self.plan.buses.values():
            yield from self._bus(bus)

    def _bus(self, bus: Bus) -> Iterator[Route]:
        """Yield the wires of a bus: to the last tap, and from there back to every other one."""
        from_rail = bus.way[0].row.kind == "rail"
        if bus.joins:
            *_, corner = bus.way
            yield Route(bus.value, (*bus.way, corner._replace(right=JOIN)), ends=False)
            return
        if not bus.taps:
            yield Route(bus.value, bus.way, ends=False)
            return
        *others, (last, ends) = sorted(bus.taps, key=lambda tap: self.geometry.point(tap[0]).x)
        corner = Spot(last.lane, bus.row, last.right)
        spots = (*bus.way, corner, *([last] if ends else []))
        yield Route(bus.value, spots, not from_rail, from_rail, ends)
        for tap, ends in others:
            if ends:
                corner = Spot(tap.lane, bus.row, tap.right)
                yield Route(bus.value, (corner, tap), starts=False, branches=True)


def _in_line(first: Point, second: Point, third: Point) -> bool:
    return first.x == second.x == third.x or first.y == second.y == third.y


def _crossings(
    wires: list[tuple[Quantity, tuple[Point, ...]]],
) -> list[tuple[Point, ...]]:
    """Return, for each wire, where it runs across another value's that goes up or down."""
    upright = [
        (value, a.x, min(a.y, b.y), max(a.y, b.y))
        for value, path in wires
        for a, b in pairwise(path)
        if a.x == b.x
    ]
    found = []
    for value, path in wires:
        hops = {
            Point(x, a.y)
            for a, b in pairwise(path)
            if a.y == b.y
            for other, x, top, bottom in upright
            if other != value and min(a.x, b.x) < x < max(a.x, b.x) and top < a.y < bottom
        }
        found.append(tuple(sorted(hops)))
    return found
