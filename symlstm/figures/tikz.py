"""Scenes as TikZ: pictures for LaTeX, whose labels are LaTeX themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from symlstm.errors import OutputError
from symlstm.figures.draw import FAINT, INK, draw, neat
from symlstm.figures.drawing import Mark
from symlstm.figures.scene import Point, Scene, Spelled
from symlstm.figures.strokes import Strokes
from symlstm.files.templates import GENERATED, TEX_DELIMITERS, Templates
from symlstm.notation.palette import Colour
from symlstm.notation.tex_colours import definitions, named
from symlstm.notation.tex_text import escaped

Order: TypeAlias = Mapping[tuple[str, int], int]
"""From which overlay on values are seen, by name and time step."""

UNIT = 0.75
"""How many points a unit of a scene is."""
LARGER = 1.2
"""How much larger text is on slides: there is room, since LaTeX's letters are narrow."""
LARGEST = 16_000
"""How many points TeX can count, of 16383, with some for what a picture stands in."""
LINE_OF_STROKES = 8
"""How many strokes of a line stand in a line of the file."""


def tikz(scene: Scene, template: Path | None = None, *, source: str = "") -> str:
    r"""Return a scene as a ``tikzpicture``, to ``\input`` where ``tikz`` is loaded.

    ``template`` is a Jinja2 file to fill instead of our own, and ``source`` what the figure was
    generated from, which the first line says.

    Raises `OutputError` for a template that cannot be read or filled, and for a scene that is
    larger than TeX can count.
    """
    return _generated(source) + _picture(scene, template)


def in_document(scene: Scene, order: Order | None = None) -> tuple[str, tuple[Colour, ...]]:
    r"""Return a scene as a ``tikzpicture`` without definitions of colours, and those that it has.

    With an ``order`` it is for slides: each value is seen from its overlay on, by name and time
    step, by ``\later``, and on this one it stands out, by ``\now``, which the document defines;
    what is not in it is seen from the first.

    Raises `OutputError` for a scene that is larger than TeX can count.
    """
    return _picture(scene, None, defined=True, order=order or {}), draw(scene).colours


def size(scene: Scene) -> tuple[float, float]:
    """Return how wide and high a scene is as a picture, in points."""
    return scene.width * UNIT, scene.height * UNIT


def standalone(scene: Scene, template: Path | None = None, *, source: str = "") -> str:
    """Return a scene as a document for pdflatex, with one page of its size; see `tikz`."""
    shown = draw(scene)
    picture = _picture(scene, template)
    return _generated(source) + _PAGE.fill(None, drawing=shown, picture=picture)


def _picture(
    scene: Scene,
    template: Path | None,
    *,
    defined: bool = False,
    order: Order = MappingProxyType({}),
) -> str:
    largest = max(scene.width, scene.height) * UNIT
    if largest > LARGEST:
        message = f"the figure is {largest:,.0f} points long, and TeX counts up to {LARGEST:,}"
        raise OutputError(f"{message}; draw fewer steps, or write it as SVG")
    larger = LARGER if order else 1.0
    return _PICTURE.fill(template, drawing=draw(scene), defined=defined, order=order, larger=larger)


def _generated(source: str) -> str:
    first = f"{GENERATED} from {source}" if source else GENERATED
    return f"% {' '.join(first.split())}\n"


def path(strokes: Strokes) -> str:
    """Return a line as a path."""
    (start,), *rest = strokes
    parts = [_place(start)]
    for number, stroke in enumerate(rest, start=1):
        parts.append("\n  " if number % LINE_OF_STROKES == 0 else " ")
        if len(stroke) == 1:
            parts.append(f"-- {_place(stroke[0])}")
        else:
            one, other, end = map(_place, stroke)
            parts.append(f".. controls {one} and {other} .. {end}")
    return "".join(parts)


def closed(strokes: Strokes) -> str:
    """Return a line that ends where it begins."""
    return f"{path(strokes)} -- cycle"


def runs_path(tiles: Iterable[tuple[Point, float]], height: float) -> str:
    """Return runs of squares as one path, which is stroked as wide as they are high."""
    return "\n  ".join(
        f"({neat(at.x)},{neat(at.y + height / 2)}) -- +({neat(length)},0)" for at, length in tiles
    )


def dashes(lengths: Sequence[float]) -> str:
    """Return the lengths of lines and gaps as a pattern."""
    kinds = ("on", "off")
    return " ".join(f"{kinds[k % 2]} {points(length)}" for k, length in enumerate(lengths))


def colour(name: str) -> str:
    """Return what a colour of a drawing is called."""
    return _OWN.get(name) or named(name)


def points(length: float) -> str:
    """Return a length with its unit."""
    return f"{neat(length * UNIT, 3)}pt"


def letters(texts: Sequence[Spelled], heads: int = 0, overlay: str = "") -> str:
    """Return texts, a space between each and the next; see `in_document` for an ``overlay``.

    The first ``heads`` of them, which are what a value is called, are seen before the value is.
    """
    shown = [spelled.latex for spelled in texts]
    if not overlay:
        return " ".join(shown)
    head, rest = " ".join(shown[:heads]), " ".join(shown[heads:])
    seen = rf"\later<{overlay}->{{{rest}}}" if rest else ""
    return rf"\now<{overlay}>{{{' '.join(filter(None, (head, seen)))}}}"


def visible(overlay: str) -> str:
    """Return what hides what follows it in braces until an overlay."""
    return rf"\visible<{overlay}->"


def overlay(mark: Mark | None, order: Order) -> str:
    """Return from which overlay on a value is seen, or nothing for one that always is."""
    if mark is None or mark.step is None:
        return ""
    own = order.get((mark.quantity, mark.step))
    found = own or max((order[one] for one in mark.along if one in order), default=1)
    return str(found) if found > 1 else ""


def _place(point: Point) -> str:
    return f"({neat(point.x, 1)},{neat(point.y, 1)})"


_OWN = {INK: "black", FAINT: "black!60"}

_PICTURE = Templates(
    "symlstm.figures",
    "tikz.tex.jinja",
    escaped,
    {
        "path": path,
        "closed": closed,
        "tiles": runs_path,
        "dashes": dashes,
        "colour": colour,
        "definitions": definitions,
        "points": points,
        "letters": letters,
        "overlay": overlay,
        "visible": visible,
    },
    TEX_DELIMITERS,
)
_PAGE = Templates(
    "symlstm.figures",
    "standalone.tex.jinja",
    escaped,
    {"points": points, "verbatim": str},
    TEX_DELIMITERS,
)
