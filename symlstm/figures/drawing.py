"""A drawing: a scene as simple shapes, which templates of SVG and TikZ write down one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symlstm.figures.lettering import Text
from symlstm.figures.scene import Point
from symlstm.figures.shades import Shade
from symlstm.figures.strokes import Strokes
from symlstm.notation.palette import Colour


@dataclass(frozen=True)
class Mark:
    """What a shape stands for, as its `Meaning` says, with an id; ``title`` is all of it in words.

    ``name`` is the symbol and the value, and ``along`` the values with which it is told.
    """

    id: str
    quantity: str
    step: int | None
    value: str
    name: str
    title: str
    along: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Group:
    """Shapes that belong together."""

    kind: ClassVar = "group"
    id: str
    name: str
    title: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Letters:
    """A label: texts, and lines around them; ``colour`` is a name, here and below."""

    kind: ClassVar = "letters"
    texts: tuple[Text, ...]
    parentheses: tuple[Strokes, ...]
    size: float
    bold: bool
    colour: str
    mark: Mark | None


@dataclass(frozen=True)
class Box:
    """A rectangle with its upper left corner at ``x``, ``y``."""

    kind: ClassVar = "box"
    x: float
    y: float
    width: float
    height: float
    radius: float
    colour: str
    frame: bool
    label: Letters | None
    mark: Mark | None


@dataclass(frozen=True)
class Line:
    """A line, and the outline of its arrow, if it has one."""

    kind: ClassVar = "line"
    strokes: Strokes
    arrow: Strokes
    width: float
    dashes: tuple[float, ...]
    colour: str
    mark: Mark | None


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    kind: ClassVar = "dot"
    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True)
class Area:
    """A lightly filled outline."""

    kind: ClassVar = "area"
    outline: Strokes
    colour: str


@dataclass(frozen=True)
class Tiles:
    """Squares of one shade in rows: where the upper left corner of a run is, and its length."""

    kind: ClassVar = "tiles"
    shade: str
    height: float
    runs: tuple[tuple[Point, float], ...]


Shape = Group | Letters | Box | Line | Dot | Area | Tiles


@dataclass(frozen=True)
class Drawing:
    """A scene as shapes, for a template: ``frames`` are behind all ``shapes``.

    ``key`` is a word for what has to be named otherwise in every figure. ``colours`` are those that
    shapes name, ``tints`` those of boxes, and ``shades`` those of tiles.
    """

    key: str
    width: float
    height: float
    title: str
    description: str
    colours: tuple[Colour, ...]
    tints: tuple[Shade, ...]
    shades: tuple[Shade, ...]
    frames: tuple[Shape, ...]
    shapes: tuple[Shape, ...]
