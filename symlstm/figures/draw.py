"""Turn a scene into a drawing: pieces into shapes, places into short numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from symlstm.figures import scene
from symlstm.figures.drawing import (
    Area,
    Box,
    Dot,
    Drawing,
    Group,
    Letters,
    Line,
    Mark,
    Shape,
    Tiles,
)
from symlstm.figures.lettering import lettering
from symlstm.figures.scene import Meaning, Point, Scene, pieces
from symlstm.figures.shades import Shade, shade, tint
from symlstm.figures.strokes import Strokes, arrow, polyline, wire_strokes
from symlstm.notation import PLAIN
from symlstm.notation.palette import Colour

INK, FAINT = "ink", "faint"
"""The names of the colours of what has none, and of what is less important."""


def draw(figure: Scene) -> Drawing:
    """Return a scene as shapes."""
    return _Drawer(figure).drawing()


def neat(number: float, digits: int = 2) -> float:
    """Return a number with so many decimals at most; a whole one, and zero, as an integer.

    >>> neat(2.0), neat(-0.001), neat(1.23456)
    (2, 0, 1.23)
    """
    rounded = round(number, digits)
    return int(rounded) if rounded == int(rounded) else rounded


class _Drawer:
    """What turns a scene into shapes."""

    def __init__(self, figure: Scene) -> None:
        self._figure = figure
        digest = hashlib.sha256(repr(figure).encode("utf-8", "backslashreplace"))
        self._key = f"s{digest.hexdigest()[:8]}"
        self._ids: set[str] = set()
        self._shades: dict[tuple[float, Colour | None], Shade] = {}
        self._group = ""

    def drawing(self) -> Drawing:
        figure = self._figure
        every = list(pieces(figure.groups))
        frames = [piece for piece in every if isinstance(piece, scene.Box) and piece.frame]
        colours = {found.name: found for piece in every for found in _colours(piece)}
        shapes = self._shapes(figure.groups)
        return Drawing(
            self._key,
            neat(figure.width),
            neat(figure.height),
            " ".join(figure.title.split()),
            " ".join(figure.description.split()),
            tuple(colours.values()),
            tuple(map(tint, colours.values())),
            tuple(self._shades.values()),
            tuple(map(self._box, frames)),
            shapes,
        )

    def _shapes(self, found: Iterable[scene.Piece | scene.Group]) -> tuple[Shape, ...]:
        kinds: dict[type, Callable[[Any], Shape]] = {
            scene.Group: self._grouped,
            scene.Label: self._letters,
            scene.Box: self._box,
            scene.Wire: self._wire,
            scene.Curve: self._curve,
            scene.Dot: self._dot,
            scene.Area: self._area,
            scene.Tiles: self._tiles,
        }
        return tuple(
            kinds[type(piece)](piece)
            for piece in found
            if not (isinstance(piece, scene.Box) and piece.frame)
        )

    def _grouped(self, group: scene.Group) -> Group:
        outer, self._group = self._group, group.name
        shapes = self._shapes(group.pieces)
        self._group = outer
        return Group(self._id(group.name), group.name, group.title, shapes)

    def _letters(self, label: scene.Label) -> Letters:
        parts = lettering(label)
        texts = tuple(
            replace(text, at=Point(neat(text.at.x), neat(text.at.y))) for text in parts.texts
        )
        colour = _named(label.colour, faint=label.faint)
        mark = self._mark(label.meaning, "")
        return Letters(texts, parts.parentheses, neat(label.size), label.bold, colour, mark)

    def _box(self, box: scene.Box) -> Box:
        return Box(
            neat(box.at.x - box.width / 2),
            neat(box.at.y - box.height / 2),
            neat(box.width),
            neat(box.height),
            neat(box.radius),
            _named(box.colour),
            box.frame,
            None if box.label is None else self._letters(box.label),
            self._mark(box.meaning, "-box"),
        )

    def _wire(self, wire: scene.Wire) -> Line:
        head = arrow(wire.path, wire.width) if wire.arrow else ()
        return self._line(wire, wire_strokes(wire), head, "-wire")

    def _curve(self, curve: scene.Curve) -> Line:
        return self._line(curve, polyline(curve.path), (), "-curve")

    def _line(
        self, line: scene.Wire | scene.Curve, strokes: Strokes, head: Strokes, suffix: str
    ) -> Line:
        colour = _named(line.colour, faint=line.faint)
        dashes = tuple(map(neat, line.dashes))
        mark = self._mark(line.meaning, suffix)
        return Line(strokes, head, neat(line.width), dashes, colour, mark)

    def _dot(self, dot: scene.Dot) -> Dot:
        return Dot(neat(dot.at.x), neat(dot.at.y), neat(dot.radius), _named(dot.colour))

    def _area(self, area: scene.Area) -> Area:
        return Area(polyline(area.path), _named(area.colour))

    def _tiles(self, tiles: scene.Tiles) -> Tiles:
        known = self._shades.setdefault(
            (tiles.shade, tiles.colour),
            shade(f"shade{len(self._shades)}", tiles.shade, tiles.colour),
        )
        return Tiles(known.name, neat(tiles.height), tiles.runs)

    def _mark(self, meaning: Meaning | None, suffix: str) -> Mark | None:
        if meaning is None:
            return None
        symbol = _symbol(meaning)
        name = " ".join(filter(None, (symbol, meaning.value and meaning.relation, meaning.value)))
        if not symbol:
            name = meaning.value
        title = "; ".join(filter(None, (name if meaning.value else "", meaning.equation)))
        place = self._id(f"{self._group}-{meaning.quantity or 'value'}{_step(meaning)}{suffix}")
        return Mark(
            place,
            meaning.quantity,
            meaning.step,
            meaning.value,
            name or title,
            title or name,
            meaning.along,
        )

    def _id(self, wanted: str) -> str:
        """Return an id that no other shape has."""
        base = f"{self._key}-{_NO_ID.sub('-', wanted).strip('-')}"
        found, count = base, 1
        while found in self._ids:
            count += 1
            found = f"{base}-{count}"
        self._ids.add(found)
        return found


_NO_ID = re.compile(r"[^\w-]+")


def _symbol(meaning: Meaning) -> str:
    if not meaning.quantity:
        return ""
    time = None if meaning.step is None else str(meaning.step)
    return PLAIN.symbol(meaning.quantity, time).text


def _step(meaning: Meaning) -> str:
    return "" if meaning.step is None else f"-{meaning.step}"


def _named(colour: Colour | None, *, faint: bool = False) -> str:
    return FAINT if faint else INK if colour is None else colour.name


def _colours(piece: scene.Piece) -> list[Colour]:
    if isinstance(piece, scene.Tiles):
        return []
    inside = [piece.label] if isinstance(piece, scene.Box) and piece.label else []
    return [part.colour for part in (piece, *inside) if part.colour is not None]
