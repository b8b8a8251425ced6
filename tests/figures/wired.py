"""Whether the wires of a drawing, as `drawing` has it, are those of the cell's program."""

from collections import Counter
from itertools import combinations, pairwise
from typing import NamedTuple

from inspected import SLACK, between, covered, every, key_of

from symlstm.figures.pictures import planned
from symlstm.figures.scene import Box, Dot, Point, Wire


class Part(NamedTuple):
    """A straight part of a wire of a value."""

    value: tuple
    a: Point
    b: Point
    hops: tuple

    @property
    def upright(self):
        return self.a.x == self.b.x


def miswired(cell, scene):
    """Yield, in words, what is missing, and which wires lead astray or run along others."""
    graph, _ = planned(cell)
    nodes = Counter(box.meaning.quantity for box in every(Box, scene))
    wanted = Counter(value.name for value in graph.operations)
    if nodes != wanted:
        yield f"there are nodes of {nodes}, and operations {wanted}"
    joined = _joined(graph, cell)
    for value in (*graph.sources, *graph.operations):
        yield from _ends(graph, scene, value, joined)
        yield from _starts(scene, value)
    yield from _along(scene, joined)


def _joined(graph, cell):
    """Return the state that the input comes in with: every use of one is one of the other."""
    by_uses = {tuple(u.result for u in graph.uses.get(s, ())): s for s in cell.states.values()}
    return by_uses.get(tuple(use.result for use in graph.uses.get(cell.x, ())))


def _wires(scene, key):
    return [
        wire for wire in every(Wire, scene) if key == (wire.meaning.quantity, wire.meaning.step)
    ]


def _ends(graph, scene, value, joined):
    """Say where arrows of a value do not lead into what uses it, once for each use."""
    ends = [wire.path[-1] for wire in _wires(scene, key_of(value)) if wire.arrow]
    if not ends and value == graph.cell.x and joined is not None:
        ends = [w.path[-1] for w in _wires(scene, key_of(joined)) if w.arrow]
    nodes = {box.meaning.quantity: covered(box) for box in every(Box, scene)}
    reached = Counter(name for end in ends for name, box in nodes.items() if box.borders(end))
    wanted = Counter(use.result.name for use in graph.uses.get(value, ()))
    if reached != wanted:
        yield f"{value} leads to {reached}, and not to {wanted}"
    out = sum(abs(end.x - scene.width) < SLACK for end in ends)
    if out != (value in graph.ends):
        yield f"{value} comes out {out} times"
    if reached.total() + out != len(ends):
        yield f"a wire of {value} ends nowhere"


def _starts(scene, value):
    """Say which wires of a value begin at nothing that has it, or branch off without a dot."""
    name, step = key_of(value)
    nodes = [covered(b) for b in every(Box, scene) if step == 1 and b.meaning.quantity == name]
    dots = {dot.at for dot in every(Dot, scene)}
    mine = _wires(scene, (name, step))
    for wire in mine:
        start = wire.path[0]
        comes_in = not nodes and (start.x < SLACK or abs(start.y - scene.height) < SLACK)
        if comes_in or any(node.borders(start) for node in nodes):
            continue
        others = [other.path for other in mine if other is not wire]
        if not any(between(a, b).holds(start) for path in others for a, b in pairwise(path)):
            yield f"a wire of {value} begins at nothing, at {start}"
        elif start not in dots and not any(start == path[-1] for path in others):
            yield f"{value} branches without a dot, at {start}"


def _along(scene, joined):
    """Say which wires of different values run along one another, touch, or cross without a hop."""
    parts = [
        Part((wire.meaning.quantity, wire.meaning.step), a, b, wire.hops)
        for wire in every(Wire, scene)
        for a, b in pairwise(wire.path)
    ]
    together = {("x", 1), key_of(joined)} if joined is not None else set()
    for part in parts:
        if part.a.x != part.b.x and part.a.y != part.b.y:
            yield f"a wire of {part.value} runs askew"
    for one, other in combinations(parts, 2):
        if one.value != other.value and {one.value, other.value} != together:
            fault = _beside(one, other) if one.upright == other.upright else _over(one, other)
            if fault:
                yield f"wires of {one.value} and {other.value} {fault}"


def _beside(one, other):
    near = between(one.a, one.b).grown(1).meets(between(other.a, other.b).grown(1))
    return f"run along one another, at {one.a}" if near else ""


def _over(one, other):
    across, up = (other, one) if one.upright else (one, other)
    place = Point(up.a.x, across.a.y)
    if not between(across.a, across.b).holds(place) or not between(up.a, up.b).holds(place):
        return ""
    if place in (across.a, across.b, up.a, up.b):
        return f"touch, at {place}"
    return "" if place in across.hops + up.hops else f"cross without a hop, at {place}"
