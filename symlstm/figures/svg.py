"""Scenes as SVG: text that stays text, light and dark, with nothing from elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from symlstm.figures.draw import draw, neat
from symlstm.figures.lettering import Run, runs
from symlstm.figures.scene import Point, Scene, Spelled
from symlstm.figures.strokes import Strokes
from symlstm.files.templates import GENERATED, Templates


def svg(scene: Scene, template: Path | None = None, *, source: str = "") -> str:
    """Return a scene as the text of an .svg file.

    ``template`` is a Jinja2 file to fill instead of our own, and ``source`` what the figure was
    generated from, which the first line says. Every piece that means something has a title, an
    ``id``, and attributes ``data-quantity``, ``data-step`` and ``data-value`` that a page can look
    for.

    Raises `OutputError` for a template that cannot be read or filled.
    """
    first = f"{GENERATED} from {source}" if source else GENERATED
    shown = _TEMPLATES.fill(template, drawing=draw(scene)).strip()
    return f"<!-- {_COMMENT.sub('%2D', first)} -->\n{shown}\n"


def escape(text: str) -> str:
    """Return text for XML; characters that XML cannot hold are left out.

    >>> escape('a<b> & "c"')
    'a&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(_NO_XML.sub("", text))


_COMMENT = re.compile("(?<=-)-|-$|[<>\n\r]")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def path(strokes: Strokes) -> str:
    """Return a line as the commands of a path."""
    (start,), *rest = strokes
    commands, before = [f"M{_place(start)}"], "M"
    for stroke in rest:
        letter = "L" if len(stroke) == 1 else "C"
        follows = before in {letter, "M"} and letter == "L"
        commands.append((" " if follows else letter) + " ".join(map(_place, stroke)))
        before = letter
    return "".join(commands)


def closed(strokes: Strokes) -> str:
    """Return a line that ends where it begins."""
    return f"{path(strokes)}Z"


def runs_path(tiles: Iterable[tuple[Point, float]], height: float) -> str:
    """Return runs of squares as one path, which is stroked as wide as they are high."""
    commands: list[str] = []
    x = y = 0.0
    for at, length in tiles:
        right, down = neat(at.x - x), neat(at.y + height / 2 - y)
        commands.append(f"m{right} {down}h{neat(length)}".replace(" -", "-"))
        x, y = x + right + neat(length), y + down
    return "".join(commands)


def letters(texts: Sequence[Spelled]) -> str:
    """Return texts, a space between each and the next, as what stands in a ``text`` element."""
    every: list[Run] = []
    for number, spelled in enumerate(texts):
        every += [Run(" ", False, 1.0, 0.0)] if number else []
        every += runs(spelled)
    shown, down = [], 0.0
    for run in every:
        shown.append(_run(run, run.down - down))
        down = run.down
    return "".join(shown)


def _run(run: Run, further_down: float) -> str:
    classes = 'class="i"' if run.italic else ""
    size = f'font-size="{neat(run.size)}em"' if run.size != 1 else ""
    shift = neat(further_down / run.size)
    down = f'dy="{shift}em"' if shift else ""
    attributes = " ".join(filter(None, (classes, size, down)))
    return f"<tspan {attributes}>{escape(run.text)}</tspan>" if attributes else escape(run.text)


def _place(point: Point) -> str:
    return f"{neat(point.x, 1)} {neat(point.y, 1)}"


_TEMPLATES = Templates(
    "symlstm.figures",
    "svg.svg.jinja",
    escape,
    {"path": path, "closed": closed, "tiles": runs_path, "letters": letters},
)
