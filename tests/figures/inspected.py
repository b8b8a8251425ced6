"""What may be wrong with a drawing of a cell, found from its scene alone."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

from symlstm.equations.expression import before
from symlstm.figures.geometry import height, width
from symlstm.figures.pictures import Frame, assembled, planned
from symlstm.figures.scene import Box, Dot, Label, Meaning, Point, Wire, pieces
from symlstm.figures.wiring import Dress

SLACK = 1e-6


class Rectangle(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other):
        """Say whether two rectangles have an area in common."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > SLACK and down > SLACK

    def grown(self, by):
        """Return a rectangle that is larger on every side."""
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def holds(self, point):
        """Say whether a point is inside or on the border."""
        inside = self.left - SLACK <= point.x <= self.right + SLACK
        return inside and self.top - SLACK <= point.y <= self.bottom + SLACK


@dataclass
class Part:
    """A straight part of a wire of a value."""

    value: tuple
    a: Point
    b: Point
    hops: tuple

    @property
    def upright(self):
        """Whether it goes up or down."""
        return self.a.x == self.b.x

    @property
    def rectangle(self):
        """What it covers."""
        (left, right), (top, bottom) = (sorted(ends) for ends in zip(self.a, self.b, strict=True))
        return Rectangle(left, top, right, bottom)


def drawing(cell, labels=None):
    """Return a scene of a cell, in which every piece means the value that it belongs to.

    ``labels`` are what stands on the wires, by value; by default, nothing does.
    """
    graph, _ = planned(cell)
    dresses = {
        value: Dress(
            (labels or {}).get(value), Meaning(value.name, 0 if value.time == before else 1)
        )
        for value in (*graph.sources, *graph.operations)
    }
    return assembled(cell, [Frame("cell", None, dresses)], "A cell", "")


def faults(cell, scene):
    """Return what is wrong with a drawing, in words."""
    return [*misplaced(scene), *miswired(cell, scene)]


# Boxes and labels.


def rectangle(piece):
    """Return what a label or a box covers."""
    if isinstance(piece, Box):
        w, h = piece.width, piece.height
        left = piece.at.x - w / 2
    else:
        w, h = width(piece), height(piece)
        left = piece.at.x - {"start": 0, "middle": w / 2, "end": w}[piece.anchor]
    return Rectangle(left, piece.at.y - h / 2, left + w, piece.at.y + h / 2)


def misplaced(scene):
    """Return which labels and nodes stand on others, on a wire, or outside."""
    found = list(pieces(scene.groups))
    boxes = [p for p in found if isinstance(p, Box) and not p.frame]
    labels = [p for p in found if isinstance(p, Label)]
    lines = list(parts(scene))
    whole = Rectangle(0, 0, scene.width, scene.height)
    for one, other in combinations([*boxes, *labels], 2):
        if rectangle(one).meets(rectangle(other)):
            yield f"{told(one)} stands on {told(other)}"
    for one in [*boxes, *labels]:
        covered = rectangle(one)
        if not whole.grown(SLACK).holds(Point(*covered[:2])) or not whole.grown(SLACK).holds(
            Point(*covered[2:])
        ):
            yield f"{told(one)} is outside"
        inside = Rectangle(*covered).grown(-0.01)
        for part in lines:
            if part.rectangle.grown(0.001).meets(inside):
                yield f"a wire of {part.value} crosses {told(one)}"
    for frame in (p for p in found if isinstance(p, Box) and p.frame):
        for box in boxes:
            corners = rectangle(box)
            if not all(rectangle(frame).holds(Point(*c)) for c in (corners[:2], corners[2:])):
                yield f"{told(box)} is outside of the frame"


def told(piece):
    """Return what a piece is, for a message."""
    if isinstance(piece, Box):
        return f"the node of {piece.meaning.quantity} at {tuple(map(round, piece.at))}"
    return f"the label {piece.head.plain if piece.head else [e.plain for e in piece.column]}"


# Wires.


def key(meaning):
    """Return which value a meaning is of."""
    return meaning.quantity, meaning.step


def wires(scene):
    """Yield the wires of a scene."""
    return [piece for piece in pieces(scene.groups) if isinstance(piece, Wire)]


def parts(scene):
    """Yield the straight parts of all wires."""
    for wire in wires(scene):
        for a, b in pairwise(wire.path):
            assert a.x == b.x or a.y == b.y, "a wire runs askew"
            yield Part(key(wire.meaning), a, b, wire.hops)


def miswired(cell, scene):
    """Return which operations and uses are missing, and which wires run along others."""
    graph, plan = planned(cell)
    joined = {
        frozenset([("x", 1), (name, 0)])
        for name, state in cell.states.items()
        for bus in plan.buses.values()
        if bus.joins and bus.row == getattr(plan.buses.get(state), "row", None)
    }
    yield from _nodes(graph, scene)
    yield from _uses(graph, scene, joined)
    yield from _along(scene, joined)


def _nodes(graph, scene):
    """Say which operations have no node, or more than one."""
    boxes = [p for p in pieces(scene.groups) if isinstance(p, Box) and not p.frame]
    drawn = Counter(box.meaning.quantity for box in boxes)
    wanted = Counter(value.name for value in graph.operations)
    for name in drawn | wanted:
        if drawn[name] != wanted[name]:
            yield f"{name} has {drawn[name]} nodes, not {wanted[name]}"


def _uses(graph, scene, joined):
    """Say where a wire does not lead from what computes its value to what uses it."""
    boxes = {
        p.meaning.quantity: p for p in pieces(scene.groups) if isinstance(p, Box) and not p.frame
    }
    for value in (*graph.sources, *graph.operations):
        name = (value.name, 0 if value.time == before else 1)
        mine = [wire for wire in wires(scene) if key(wire.meaning) == name]
        others = [w for w in wires(scene) if frozenset([key(w.meaning), name]) in joined]
        wanted = Counter(use.result.name for use in graph.uses.get(value, ()))
        ends = [wire.path[-1] for wire in mine if wire.arrow]
        ends += [wire.path[-1] for wire in others if wire.arrow and name[0] == "x"]
        leaves = [end for end in ends if abs(end.x - scene.width) < SLACK]
        drawn = Counter(
            other for end in ends for other, box in boxes.items() if on_border(end, rectangle(box))
        )
        if drawn != wanted:
            yield f"{name} leads to {dict(drawn)}, not to {dict(wanted)}"
        if sum(drawn.values()) + len(leaves) != len(ends):
            yield f"a wire of {name} ends nowhere"
        out = value.time != before and value.name in {*graph.cell.states, graph.cell.output.name}
        if len(leaves) != out:
            yield f"{name} comes out {len(leaves)} times, not {int(out)}"
        yield from _starts(name, mine, boxes, value, scene)


def on_border(point, covered):
    """Say whether a point is on the border of a rectangle."""
    return covered.holds(point) and not covered.grown(-0.01).holds(point)


def _starts(name, mine, boxes, value, scene):
    """Say which wires of a value begin at nothing that has it."""
    dots = {p.at for p in pieces(scene.groups) if isinstance(p, Dot)}
    for wire in mine:
        start, own = wire.path[0], boxes.get(value.name)
        if value.time != before and own and on_border(start, rectangle(own)):
            continue
        comes_in = start.x <= SLACK or abs(start.y - scene.height) < SLACK
        if comes_in and (value.time == before or own is None):
            continue
        carried = [w for w in mine if w is not wire and any(_on(start, *p) for p in pairwise(w.path))]
        if not carried:
            yield f"a wire of {name} begins at nothing: {start}"
        elif start not in dots and not any(start in (w.path[-1],) for w in carried):
            yield f"{name} branches without a dot: {start}"


def _on(point, a, b):
    (left, right), (top, bottom) = sorted([a.x, b.x]), sorted([a.y, b.y])
    return Rectangle(left, top, right, bottom).holds(point)


def _along(scene, joined):
    """Say which wires of different values run along one another, touch, or cross without a hop."""
    for one, other in combinations(parts(scene), 2):
        if one.value == other.value:
            continue
        if one.upright == other.upright:
            if one.rectangle.grown(1).meets(other.rectangle) and frozenset([one.value, other.value]) not in joined:
                yield f"wires of {one.value} and {other.value} run along one another at {one.a}"
            continue
        across, up = (other, one) if one.upright else (one, other)
        place = Point(up.a.x, across.a.y)
        if not (_on(place, across.a, across.b) and _on(place, up.a, up.b)):
            continue
        if frozenset([one.value, other.value]) in joined:
            continue
        inside = place not in (across.a, across.b, up.a, up.b)
        if not inside:
            yield f"wires of {one.value} and {other.value} touch at {place}"
        elif place not in across.hops + up.hops:
            yield f"wires of {one.value} and {other.value} cross without a hop at {place}"
