"""A scene: what a figure shows, as boxes, wires and labels; a writer of it draws nothing else.

Places are in units of a scene, from its top left corner: to the right, and down. A unit is a pixel
of an SVG and three quarters of a point in TikZ, and the size of text is 13 of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from symlstm.notation.palette import Colour

TEXT = 13.0
"""The size of ordinary text."""
LINE = 20.0
"""The room from one line of text to the next."""


class Point(NamedTuple):
    """A place."""

    x: float
    y: float


class Spelled(NamedTuple):
    r"""A few words or a formula, in plain text and in LaTeX.

    In ``plain``, what follows a ``_`` stands below; ``latex`` is as it stands in a text:
    ``$c_{t-1}$``; ``width`` is the room that it takes.
    """

    plain: str
    latex: str
    width: float


@dataclass(frozen=True)
class Meaning:
    """What a piece of a scene shows.

    ``quantity`` is its name in a trace, "" for what no equation names, and ``step`` the time step;
    ``value`` all of its entries, in plain text, which stand after the ``relation``: =, ≈ or ∈; and
    ``equation`` where it comes from, in words. ``along`` are values by name and time step with
    which it is told where it has no line of its own.
    """

    quantity: str = ""
    step: int | None = None
    value: str = ""
    equation: str = ""
    relation: str = "="
    along: tuple[tuple[str, int], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Label:
    """A text at a place: a head, such as ``f_2 =``, and what follows it.

    ``column`` has one entry, or the entries of a vector, which stand above one another in
    parentheses. ``at`` is the middle of its left edge, of its right one, or of all of it, as
    ``anchor`` says: ``"start"``, ``"end"`` or ``"middle"``.
    """

    at: Point
    head: Spelled | None = None
    column: tuple[Spelled, ...] = ()
    anchor: str = "start"
    size: float = TEXT
    bold: bool = False
    colour: Colour | None = None
    faint: bool = False
    meaning: Meaning | None = None


@dataclass(frozen=True)
class Box:
    """A rectangle around a place; round, when its ``radius`` is half its height."""

    at: Point
    width: float
    height: float
    radius: float = 4.0
    label: Label | None = None
    colour: Colour | None = None
    frame: bool = False
    """Whether it is what stands behind all else, and no operation."""
    meaning: Meaning | None = None


@dataclass(frozen=True)
class Wire:
    """A line through places, each above, below or beside the one before.

    ``arrow`` says whether there is one at its end; at each of the ``hops`` it passes over another
    wire. ``dashes`` are the lengths of lines and gaps.
    """

    path: tuple[Point, ...]
    colour: Colour | None = None
    arrow: bool = False
    hops: tuple[Point, ...] = ()
    dashes: tuple[float, ...] = ()
    width: float = 1.5
    faint: bool = False
    meaning: Meaning | None = None


@dataclass(frozen=True)
class Dot:
    """Where a wire branches, or a single point of a line."""

    at: Point
    radius: float = 2.6
    colour: Colour | None = None


@dataclass(frozen=True)
class Curve:
    """A line of a graph, through any places."""

    path: tuple[Point, ...]
    colour: Colour | None = None
    dashes: tuple[float, ...] = ()
    width: float = 1.6
    faint: bool = False
    meaning: Meaning | None = None


@dataclass(frozen=True)
class Area:
    """What is between two lines of a graph, within places, and lightly filled."""

    path: tuple[Point, ...]
    colour: Colour | None = None


@dataclass(frozen=True)
class Tiles:
    """Squares of a heat map that have one shade, as runs: the upper left corner, and a length.

    ``shade`` is from -1, the lowest value, through 0 to 1, the highest. The ``colour`` is that of
    the highest, if it is not vermillion; that of the lowest is blue.
    """

    shade: float
    height: float
    runs: tuple[tuple[Point, float], ...]
    colour: Colour | None = None


Piece = Label | Box | Wire | Dot | Curve | Area | Tiles


@dataclass(frozen=True)
class Group:
    """Pieces that belong together, such as the cell at one time step, which a page can name."""

    name: str
    pieces: tuple[Piece | Group, ...]
    title: str = ""

    def moved(self, right: float, down: float) -> Group:
        """Return the group at another place."""
        return replace(self, pieces=tuple(_moved(piece, right, down) for piece in self.pieces))


@dataclass(frozen=True)
class Scene:
    """A whole figure: its size, what it is called, what it shows in words, and its groups."""

    width: float
    height: float
    title: str
    description: str
    groups: tuple[Group, ...] = field(default_factory=tuple)


def pieces(groups: Iterable[Group]) -> Iterable[Piece]:
    """Yield every piece of groups, in the order in which they are drawn."""
    for group in groups:
        for piece in group.pieces:
            if isinstance(piece, Group):
                yield from pieces([piece])
            else:
                yield piece


def _moved(piece: Piece | Group, right: float, down: float) -> Piece | Group:
    def there(point: Point) -> Point:
        return Point(point.x + right, point.y + down)

    if isinstance(piece, Group):
        return piece.moved(right, down)
    if isinstance(piece, Wire):
        path, hops = (tuple(map(there, points)) for points in (piece.path, piece.hops))
        return replace(piece, path=path, hops=hops)
    if isinstance(piece, Curve | Area):
        return replace(piece, path=tuple(map(there, piece.path)))
    if isinstance(piece, Tiles):
        return replace(piece, runs=tuple((there(point), length) for point, length in piece.runs))
    if isinstance(piece, Box) and piece.label is not None:
        label = replace(piece.label, at=there(piece.label.at))
        return replace(piece, at=there(piece.at), label=label)
    return replace(piece, at=there(piece.at))
