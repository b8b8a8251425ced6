"""Save a scene: as an .svg file, a .tex file that compiles as it is, or a .pdf file of that."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from symlstm.errors import OutputError
from symlstm.figures.scene import Scene
from symlstm.figures.svg import svg
from symlstm.figures.tikz import standalone
from symlstm.files.reading import read_bytes, read_start
from symlstm.files.templates import GENERATED
from symlstm.files.writing import Target, target

SUFFIXES = ".svg", ".tex", ".pdf"
"""How the name of a figure's file may end."""
BEGINNINGS = f"<!-- {GENERATED}", f"% {GENERATED}"
"""How the files begin that are text."""
PATIENCE = 60
"""How many seconds pdflatex may take for a figure."""


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

    Raises `OutputError` for a template that cannot be filled, or where pdflatex does not compile.
    """
    if suffix == ".svg":
        return svg(scene, template, source=source).encode("utf-8")
    text = standalone(scene, template, source=source).encode("utf-8")
    return text if suffix == ".tex" else _compiled(text)


def is_figure(path: Path) -> bool:
    """Say whether symlstm wrote the file of a figure, and so may write it again."""
    if path.suffix == ".pdf":
        return f"/Creator ({GENERATED})".encode() in read_bytes(path, "data_bytes", OutputError)
    start = read_start(path, max(map(len, BEGINNINGS)), OutputError)
    return start.decode("utf-8", "replace").startswith(BEGINNINGS)


def _compiled(text: bytes) -> bytes:
    """Return the PDF of a document, the same one every time."""
    if shutil.which("pdflatex") is None:
        message = "pdflatex is not installed, which makes .pdf files; install TeX Live with TikZ"
        raise OutputError(f"{message}, or write an .svg or a .tex file")
    marked = rb"\pdfobjcompresslevel=0\pdfinfo{/Creator (%s)}" % GENERATED.encode()
    beginning = rb"\begin{document}"
    with tempfile.TemporaryDirectory(prefix="symlstm.") as folder:
        source = Path(folder, "figure.tex")
        source.write_bytes(text.replace(beginning, marked + b"%\n" + beginning, 1))
        options = "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error"
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
        try:
            done = subprocess.run(
                ["pdflatex", *options, source.name],
                cwd=folder,
                env=environment,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OutputError(f"pdflatex does not run to its end: {error}") from error
        result = source.with_suffix(".pdf")
        if done.returncode or not result.exists():
            said = done.stdout.decode("utf-8", "replace").splitlines()
            wrong = next((line for line in said if line.startswith("!")), "it says nothing")
            mend = "write a .tex file, and see what pdflatex says of it"
            raise OutputError(f"pdflatex does not compile the figure: {wrong}; {mend}")
        return result.read_bytes()
