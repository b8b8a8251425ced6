"""Save a scene: as an .svg file, a .tex file that compiles as it is, or a .pdf file of that."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from symlstm.errors import OutputError
from symlstm.figures.scene import Scene
from symlstm.figures.svg import svg
from symlstm.figures.tikz import standalone
from symlstm.files.compiling import compiled, is_pdf
from symlstm.files.reading import read_start
from symlstm.files.templates import GENERATED
from symlstm.files.writing import Target, target

SUFFIXES = ".svg", ".tex", ".pdf"
"""How the name of a figure's file may end."""
BEGINNINGS = f"<!-- {GENERATED}", f"% {GENERATED}"
"""How the files begin that are text."""


def save(
    scene: Scene, path: Path, *, force: bool = False, given: Iterable[Path | None] = ()
) -> None:
    """Write a scene to a file, whose suffix says as what; see `symlstm.files.writing.target`."""
    place = placed(path, force=force, given=given)
    place.write(rendered(scene, path.suffix))


def placed(
    path: Path, *, force: bool = False, given: Iterable[Path | None] = (), new_folder: bool = False
) -> Target:
    """Return where a figure may be written; see `symlstm.files.writing.target`.

    Raises `OutputError` where it may not.
    """
    if path.suffix not in SUFFIXES:
        raise OutputError(f"{path}: its suffix tells the format; end it in {', '.join(SUFFIXES)}")
    return target(path, is_figure, force=force, given=given, new_folder=new_folder)


def rendered(scene: Scene, suffix: str, template: Path | None = None, source: str = "") -> bytes:
    """Return what a file of a scene holds; ``source`` is what it is generated from.

    Raises `OutputError` for a template that cannot be filled, or that does not compile.
    """
    if suffix == ".svg":
        return svg(scene, template, source=source).encode("utf-8")
    text = standalone(scene, template, source=source).encode("utf-8")
    if suffix == ".tex":
        return text
    return compiled(text, what="the figure", instead="an .svg or a .tex file")


def is_figure(path: Path) -> bool:
    """Say whether symlstm wrote the file of a figure, and so may write it again."""
    if path.suffix == ".pdf":
        return is_pdf(path)
    start = read_start(path, max(map(len, BEGINNINGS)), OutputError)
    return start.decode("utf-8", "replace").startswith(BEGINNINGS)
