"""Strokes: the lines that pieces of a scene come to, as straight parts and bends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from symlstm.figures.scene import Point, Wire

Stroke = tuple[Point, ...]
"""A straight part to one place, or a bend: two control points of a cubic Bézier curve, its end."""
Strokes = tuple[tuple[Point, ...], ...]
"""A line: the place at which it begins, as a stroke of one, and the strokes from there."""

CORNER = 6.0
"""The radius of a wire's corners, where there is room."""
HOP = 4.5
"""The radius of the hop with which a wire passes over another one."""
ROUND = 0.5523
"""How far the control points of a quarter circle are from its ends, in radii."""
NARROWEST = 0.3
"""Corners and hops of a smaller radius are left out."""


def wire_strokes(wire: Wire) -> Strokes:
    """Return a wire with round corners, and with hops; it ends within its arrow, if any."""
    path = _distinct(wire.path)
    if len(path) < 2:
        return (path,)
    if wire.arrow:
        path = (*path[:-1], _towards(path[-1], path[-2], 0.8 * arrow_length(wire.width)))
    radii = _corner_radii(path, wire.hops)
    strokes: list[Stroke] = [path[:1]]
    for k, (start, end) in enumerate(pairwise(path)):
        strokes += _hops(start, end, wire.hops)
        strokes.append((_towards(end, start, radii[k + 1]),))
        if radii[k + 1]:
            strokes.append(_corner(start, end, path[k + 2], radii[k + 1]))
    return tuple(strokes)


def arrow_length(width: float) -> float:
    """Return how long the arrow of a line is."""
    return 5.0 + 1.6 * width


def arrow(path: Sequence[Point], width: float) -> Strokes:
    """Return the outline of the arrow at the end of a line."""
    *_, before, tip = _distinct(path)
    length = arrow_length(width)
    base, notch = _towards(tip, before, length), _towards(tip, before, 0.75 * length)
    right, down = (base.x - tip.x) * 0.42, (base.y - tip.y) * 0.42
    one, other = Point(base.x - down, base.y + right), Point(base.x + down, base.y - right)
    return ((tip,), (one,), (notch,), (other,))


def parentheses(left: float, right: float, top: float, bottom: float) -> tuple[Strokes, Strokes]:
    """Return both parentheses around a column, which bend outwards from its edges."""
    depth = min(5.0, 0.16 * (bottom - top))

    def one(x: float, out: float) -> Strokes:
        quarter = (bottom - top) / 4
        bend = (
            Point(x + out * depth, top + quarter),
            Point(x + out * depth, bottom - quarter),
            Point(x, bottom),
        )
        return ((Point(x, top),), bend)

    return one(left, -1), one(right, 1)


def polyline(path: Iterable[Point]) -> Strokes:
    """Return a line through places, straight from one to the next."""
    return tuple((point,) for point in path)


def _distinct(path: Sequence[Point]) -> tuple[Point, ...]:
    """Return the corners and ends of a path: no place twice, and none in a straight line."""
    points: list[Point] = []
    for point in path:
        if points and point == points[-1]:
            continue
        if len(points) > 1 and _straight(points[-2], points[-1], point):
            points.pop()
        points.append(point)
    return tuple(points)


def _straight(a: Point, b: Point, c: Point) -> bool:
    across = (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
    along = (b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y)
    return abs(across) < 1e-9 and along > 0


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end)
    part = min(distance / length, 1.0) if length else 0.0
    return Point(start.x + part * (end.x - start.x), start.y + part * (end.y - start.y))


def _corner_radii(path: Sequence[Point], hops: Sequence[Point]) -> list[float]:
    """Return the radius at each place of a path; zero at its ends."""
    rooms = []
    for start, end in pairwise(path):
        on = [place for hop in hops if (place := _place(start, end, hop)) is not None]
        length = math.dist(start, end)
        before, after = (min(on) - HOP, length - max(on) - HOP) if on else (length / 2,) * 2
        rooms.append((max(before, 0.0), max(after, 0.0)))
    radii = [min(CORNER, into[1], out[0]) for into, out in pairwise(rooms)]
    return [0.0, *(radius if radius > NARROWEST else 0.0 for radius in radii), 0.0]


def _corner(start: Point, corner: Point, end: Point, radius: float) -> Stroke:
    control = radius * (1 - ROUND)
    return (
        _towards(corner, start, control),
        _towards(corner, end, control),
        _towards(corner, end, radius),
    )


def _place(start: Point, end: Point, hop: Point) -> float | None:
    """Return how far along a part of a path a hop is, if it is on it."""
    length = math.dist(start, end)
    along = math.dist(start, hop)
    on = abs(along + math.dist(hop, end) - length) < 1e-6
    return along if on and 0 < along < length else None


def _hops(start: Point, end: Point, hops: Sequence[Point]) -> Iterator[Stroke]:
    """Yield the part of a path over its hops: upwards, and to the right from a part that is steep.

    A hop is smaller where the next one, or an end, is near.
    """
    length = math.dist(start, end)
    on = sorted({place for hop in hops if (place := _place(start, end, hop)) is not None})
    for k, place in enumerate(on):
        before = place if k == 0 else (place - on[k - 1]) / 2
        after = length - place if k == len(on) - 1 else (on[k + 1] - place) / 2
        radius = min(HOP, before, after)
        if radius > NARROWEST:
            yield from _hop(start, end, place, radius)


def _hop(start: Point, end: Point, place: float, radius: float) -> Iterator[Stroke]:
    first, middle, last = (_towards(start, end, place + k * radius) for k in (-1, 0, 1))
    ahead = Point(last.x - middle.x, last.y - middle.y)
    aside = Point(0, -radius) if abs(ahead.x) >= abs(ahead.y) else Point(radius, 0)
    top = _beyond(middle, aside)
    yield (first,)
    yield (_beyond(first, aside, ROUND), _beyond(top, ahead, -ROUND), top)
    yield (_beyond(top, ahead, ROUND), _beyond(last, aside, ROUND), last)


def _beyond(point: Point, way: Point, part: float = 1.0) -> Point:
    return Point(point.x + part * way.x, point.y + part * way.y)
