"""What stands on what in a drawing, found from its scene alone: nodes, labels and wires."""

from itertools import combinations, pairwise
from typing import NamedTuple

from symlstm.equations.expression import before
from symlstm.figures.geometry import height, width
from symlstm.figures.pictures import Frame, assembled, planned
from symlstm.figures.scene import Box, Label, Meaning, Wire, pieces
from symlstm.figures.wiring import Dress

SLACK = 1e-6


class Rectangle(NamedTuple):
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
        return Rectangle(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def holds(self, *points):
        """Say whether all points are inside or on the border."""
        return all(
            self.left - SLACK <= x <= self.right + SLACK
            and self.top - SLACK <= y <= self.bottom + SLACK
            for x, y in points
        )

    def contains(self, other):
        return self.holds(other[:2], other[2:])

    def borders(self, point):
        """Say whether a point is on the border."""
        return self.holds(point) and not self.grown(-0.01).holds(point)


def drawing(cell, labels=None):
    """Return a scene of a cell, in which every piece means the value that it belongs to.

    ``labels`` are what stands on the wires, by value; by default, nothing does.
    """
    graph, _ = planned(cell)
    dresses = {
        value: Dress((labels or {}).get(value), meaning=Meaning(*key_of(value)))
        for value in (*graph.sources, *graph.operations)
    }
    return assembled(cell, [Frame("cell", None, dresses)], "A cell", "")


def key_of(value):
    """Return the name of a value, and 0 for a state that a step takes over."""
    return value.name, 0 if value.time == before else 1


def every(kind, scene):
    """Return all pieces of a kind, but frames."""
    found = (piece for piece in pieces(scene.groups) if isinstance(piece, kind))
    return [piece for piece in found if not getattr(piece, "frame", False)]


def covered(piece):
    """Return what a label or a box covers."""
    if isinstance(piece, Box):
        across, down, left = piece.width, piece.height, piece.at.x - piece.width / 2
    else:
        across, down = width(piece), height(piece)
        left = piece.at.x - {"start": 0, "middle": across / 2, "end": across}[piece.anchor]
    return Rectangle(left, piece.at.y - down / 2, left + across, piece.at.y + down / 2)


def between(a, b):
    """Return the rectangle from one point to another."""
    return Rectangle(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))


def misplaced(scene):
    """Yield, in words, which labels and nodes stand on others, on a wire, or outside."""
    boxes, labels = every(Box, scene), every(Label, scene)
    places = [(told(piece), covered(piece)) for piece in (*boxes, *labels)]
    frames = [covered(p) for p in pieces(scene.groups) if isinstance(p, Box) and p.frame]
    for (one, here), (other, there) in combinations(places, 2):
        if here.meets(there):
            yield f"{one} stands on {other}"
    for name, here in places:
        if not Rectangle(0, 0, scene.width, scene.height).contains(here):
            yield f"{name} is outside"
        yield from (f"{name} is crossed by {wire}" for wire in _across(scene, here))
    for box in boxes:
        if not any(frame.contains(covered(box)) for frame in frames):
            yield f"{told(box)} is outside of the frame"


def _across(scene, here):
    """Yield the wires that run through a rectangle."""
    inside = here.grown(-0.01)
    for wire in every(Wire, scene):
        if any(between(a, b).grown(0.001).meets(inside) for a, b in pairwise(wire.path)):
            yield f"a wire of {wire.meaning.quantity}"


def told(piece):
    """Return what a piece is, for a message."""
    if isinstance(piece, Box):
        name = piece.meaning.quantity if piece.meaning else ""
        return f"the node of {name} at {tuple(map(round, piece.at))}"
    text = " ".join(part.plain for part in ((piece.head,) if piece.head else ()) + piece.column)
    return f"the label {text!r} at {tuple(map(round, piece.at))}"
