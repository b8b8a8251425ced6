"""The command ``symlstm draw``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from symlstm.command.declared import Argument, Option
from symlstm.command.derive import article
from symlstm.command.options import Force, Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import OutputError, choices, printable
from symlstm.files.writing import write_together

if TYPE_CHECKING:
    from symlstm.derivations.derivation import Derivation
    from symlstm.figures.scene import Scene
    from symlstm.files.writing import Target


def draw(
    file: Annotated[
        Path | None,
        Argument("A derivation file; without one, the article's network."),
    ] = None,
    output: Annotated[
        Path | None,
        Option(
            "The .svg, .tex or .pdf file to write.",
            names=("--output", "-o"),
        ),
    ] = None,
    what: Annotated[
        str | None,
        Option("What to show: step, cell, network, backward, ...; any other lists all."),
    ] = None,
    layer: Annotated[
        int | None, Option("The layer to show, from 1, of several in [[layers]].")
    ] = None,
    step: Annotated[
        int | None, Option("The time step to show, from 1, where it is a single one.")
    ] = None,
    each: Annotated[
        bool,
        Option(
            "Write a file for each time step, of step or backward, all of one layout: with "
            "-o DIR these are DIR/step-1.svg and so on, with -o DIR/NAME.pdf DIR/NAME-1.pdf.",
        ),
    ] = False,
    template: Annotated[
        Path | None,
        Option("A Jinja2 template of your own, for the format that is written."),
    ] = None,
    force: Force = False,
    limit: Limits = (),
) -> None:
    """Draw what a derivation file runs: figures of its cell, its steps or its gradients."""
    if output is None:
        raise OutputError("-o is missing; name the .svg, .tex or .pdf file to write")
    if each and step is not None:
        raise OutputError(f"--step is {step}, and --each shows all; leave one of them out")
    from symlstm.derivations.spec import load

    given = file or article()
    with allowing(limit), working(f"drawing {printable(given.name)}"):
        if not each:
            _places([output], force=force, given=[given, template])  # before any work
        derivation = _of_layer(load(given), layer)
        scenes = _each(derivation, what) if each else [_scene(derivation, what, step)]
        paths = _numbered(output, what or "step", len(scenes)) if each else [output]
        places = _places(paths, force=force, given=[template, *derivation.paths], new_folder=each)
        write_together(dict(zip(places, _rendered(scenes, paths, template, given), strict=True)))


def _of_layer(derivation: Derivation, layer: int | None) -> Derivation:
    """Return what a file runs, or a layer of it; raises `OutputError` for one that there is not."""
    subject: Any = derivation.drawn
    count = len(subject.layers)
    if layer is None and count == 1:
        return derivation
    if layer is None or not 1 <= layer <= count:
        known = "is missing" if layer is None else f"is {layer}"
        message = f"{derivation.path}: --layer {known}; give a number from 1 to {count}"
        raise OutputError(message, argument="layer")
    return replace(derivation, subject=subject.layers[layer - 1])


def _rendered(
    scenes: Sequence[Scene], paths: Sequence[Path], template: Path | None, given: Path
) -> list[bytes]:
    from symlstm.figures.saving import rendered

    source = printable(given.name)
    return [
        rendered(scene, path.suffix, template, source)
        for scene, path in zip(scenes, paths, strict=True)
    ]


def _places(
    paths: Sequence[Path],
    *,
    force: bool,
    given: Sequence[Path | None],
    new_folder: bool = False,
) -> list[Target]:
    """Return where figures may be written; raises `OutputError` where one of them may not."""
    from symlstm.figures.saving import placed

    return [placed(path, force=force, given=given, new_folder=new_folder) for path in paths]


def _scene(derivation: Derivation, what: str | None, step: int | None) -> Scene:
    from symlstm.figures.figure import figure

    _validate_gradients(derivation, what)
    try:
        return figure(derivation.drawn, what=what, step=step).scene
    except IndexError as error:
        raise OutputError(str(error), argument="step") from error


def _each(derivation: Derivation, what: str | None) -> list[Scene]:
    """Return a scene for each time step."""
    from symlstm.figures.backward import backward_pictures
    from symlstm.figures.pictures import step_pictures
    from symlstm.gradients.gradients import Gradients

    subject: Any = derivation.drawn
    if what not in (None, "step", "backward"):
        known = choices(str(what), ("step", "backward"))
        raise OutputError(f"--what is {what!r}, with --each; {known}", argument="what")
    if what == "backward":
        _validate_gradients(derivation, what)
        return backward_pictures(subject)
    return step_pictures(subject.adjoints if isinstance(subject, Gradients) else subject)


def _validate_gradients(derivation: Derivation, what: str | None) -> None:
    """Raise `OutputError` for a figure of gradients that the file does not ask for."""
    from symlstm.figures.figure import KINDS
    from symlstm.gradients.gradients import Gradients
    from symlstm.runs.trace import Trace

    of_gradients, of_traces = KINDS[Gradients][1], KINDS[Trace][1]
    needed = what in of_gradients and what not in of_traces
    if needed and not isinstance(derivation.drawn, Gradients):
        message = f"{derivation.path}: asks for no gradients, which {what!r} shows"
        raise OutputError(f"{message}; add the table [backward]", argument="what")


def _numbered(output: Path, name: str, count: int) -> list[Path]:
    """Return the files for so many time steps: numbered so that they sort."""
    from symlstm.figures.saving import SUFFIXES

    folder, suffix = output, SUFFIXES[0]
    if output.suffix and not output.is_dir():
        folder, name, suffix = output.parent, output.stem, output.suffix
    digits = len(str(count))
    return [folder / f"{name}-{k:0{digits}}{suffix}" for k in range(1, count + 1)]
