"""The pictures of a cell: in symbols, at a time step, at all of them, and set back after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.equations.expression import before
from symlstm.figures.dresses import Dresses, faint, in_numbers, in_symbols, labelled
from symlstm.figures.geometry import Geometry
from symlstm.figures.graph import Graph
from symlstm.figures.plan import Place, Plan
from symlstm.figures.planner import plan_of
from symlstm.figures.scene import Group, Label, Meaning, Point, Scene, Spelled
from symlstm.figures.spelling import joined, symbol, words
from symlstm.figures.values import Values
from symlstm.figures.wiring import Dress, Wiring, labels
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.notation import LATEX, PLAIN
from symlstm.numbers.asked import NO_BLANKS, Places
from symlstm.numbers.budget import afford
from symlstm.runs.trace import Trace

CAPTION = 26.0
"""The room for a line above a cell."""
BETWEEN = 22.0
"""The room between two rows of cells."""
WIDEST = 1500.0
"""How wide a row of cells may be, unless a single one is wider."""

ALIKE = 50
"""Up to so many time steps, the picture of each has its nodes where that of every other has."""


@dataclass(frozen=True)
class Frame:
    """One drawing of a cell among several: what stands on its wires, and what it is called."""

    name: str
    caption: Spelled | None
    dresses: Dresses
    backward: bool = False


@lru_cache(maxsize=32)
def planned(cell: Cell) -> tuple[Graph, Plan]:
    """Return the operations of a cell and their plan, which are the same at every time step."""
    return plan_of(cell)


def cell_picture(cell: Cell, catalogue: Catalogue = ENGLISH, title: str = "") -> Scene:
    """Return the picture of a cell in symbols, with its name for a title unless there is one."""
    frame = Frame("cell", None, in_symbols(planned(cell)[0], None, catalogue))
    title = title or catalogue.words("figure.cell_title", cell=cell.named(catalogue))
    return assembled(cell, [frame], title, _told(cell))


def step_picture(trace: Trace[Any], step: int, sequence: int = 0) -> Scene:
    """Return the picture of a cell at a time step, with its values on the wires.

    Raises `IndexError` for a step that there is not.
    """
    require_step(trace, step)
    frames = (
        step_frames(trace, sequence) if len(trace) <= ALIKE else [_frame(trace, step, sequence)]
    )
    shown = frames[step - 1] if len(frames) > 1 else frames[0]
    return _of_step(trace.cell, shown, step, fitted(trace.cell, frames), ENGLISH)


def step_pictures(
    trace: Trace[Any],
    sequence: int = 0,
    *,
    captions: bool = True,
    catalogue: Catalogue = ENGLISH,
    blanks: Places = NO_BLANKS,
) -> list[Scene]:
    """Return a picture for each time step, with the nodes of all of them at the same places.

    Steps with ``blanks`` have empty wires.
    """
    frames = captioned(step_frames(trace, sequence, blanks), captions)
    geometry = fitted(trace.cell, frames)
    return [
        _of_step(trace.cell, frame, k, geometry, catalogue)
        for k, frame in enumerate(frames, start=1)
    ]


def _of_step(
    cell: Cell, frame: Frame, step: int, geometry: Geometry, catalogue: Catalogue
) -> Scene:
    title = catalogue.words("figure.step_title", t=step)
    return assembled(cell, [frame], title, described([frame]), geometry)


def captioned(frames: Sequence[Frame], captions: bool) -> list[Frame]:
    """Return frames with their captions or, where a heading is above them, without."""
    return list(frames) if captions else [replace(frame, caption=None) for frame in frames]


def steps_picture(trace: Trace[Any], sequence: int = 0, catalogue: Catalogue = ENGLISH) -> Scene:
    """Return the picture of a cell at every time step, one after the other."""
    frames = step_frames(trace, sequence)
    title = catalogue.words("figure.steps_title", count=len(trace))
    return assembled(trace.cell, frames, title, described(frames))


def step_frames(trace: Trace[Any], sequence: int = 0, blanks: Places = NO_BLANKS) -> list[Frame]:
    """Return the frames of all time steps."""
    afford_steps(trace)
    return [_frame(trace, step, sequence, blanks) for step in range(1, len(trace) + 1)]


def reset_picture(
    trace: Trace[Any],
    sequence: int = 0,
    *,
    captions: bool = True,
    catalogue: Catalogue = ENGLISH,
) -> Scene:
    """Return the picture of a cell after a sequence: its states are set back to zero, or kept."""
    graph, _ = planned(trace.cell)
    kept = trace.given is not None and trace.given.stateful
    values, step = Values(graph, trace, sequence), len(trace)
    gets = Spelled(PLAIN.becomes.text.strip(), f"${LATEX.becomes.text.strip()}$", 14.0)
    dresses = faint(graph)
    for name, state in graph.cell.states.items():
        last = graph.cell.computed[name]
        numbers, entries = values.numbers(last, step), values.entries(last, step)
        head = joined([symbol(name, "0"), gets], " ")
        if kept:
            shown = labelled(numbers, entries, joined([head, symbol(name, str(step))], " "))
        else:
            shown = Label(Point(0, 0), head, (words("0"),))
        meaning = numbers.meaning(name, 0, entries) if kept else Meaning(name, 0, "0")
        dresses[state] = Dress(replace(shown, bold=True), meaning=meaning)
    title = catalogue.words("figure.kept_title" if kept else "figure.reset_title")
    after = words(catalogue.words("figure.after"))
    frames = captioned([Frame("reset", after, dresses)], captions)
    return assembled(trace.cell, frames, title, described(frames))


def require_step(trace: Trace[Any], step: int) -> None:
    """Raise `IndexError` for a step that a trace does not compute."""
    if not 1 <= step <= len(trace):
        raise IndexError(f"there is no step {step}: this trace has the steps 1 to {len(trace)}")


def afford_steps(trace: Trace[Any]) -> None:
    """Raise `TooLargeError` for more time steps than can be drawn one beside the other."""
    values = len(trace) * len(trace.cell.program)
    afford("drawn_values", values, what=f"a picture of {len(trace):,} time steps")


def assembled(
    cell: Cell,
    frames: Sequence[Frame],
    title: str,
    description: str,
    geometry: Geometry | None = None,
) -> Scene:
    """Return frames of a cell in rows, each joined to the one before it.

    All have their nodes at the same places: those of the ``geometry``, or else where they fit best.
    """
    graph, plan = planned(cell)
    geometry = fitted(cell, frames) if geometry is None else geometry
    left, _ = geometry.margins
    further = geometry.width - left
    in_row = max(1, int((max(WIDEST, geometry.width) - left) // further))
    inner = replace(geometry, start=left)
    groups, colours = [], graph.colours
    for k, frame in enumerate(frames):
        row, column = divmod(k, in_row)
        first = column == 0
        drawing = Wiring(
            graph, plan, geometry if first else inner, colours, frame.dresses, frame.backward
        )
        group = _captioned(drawing.group(frame.name, entries=first), frame, geometry)
        groups.append(group.moved(column * further, row * (geometry.height + BETWEEN)))
    rows = -(-len(frames) // in_row)
    width = left + min(len(frames), in_row) * further
    height = rows * geometry.height + (rows - 1) * BETWEEN
    return Scene(width, height, title, description, tuple(groups))


def fitted(cell: Cell, frames: Sequence[Frame]) -> Geometry:
    """Return where the nodes of a cell stand so that the labels of all frames have their room."""
    plan = planned(cell)[1]
    fitting: dict[Place, list[Label]] = {}
    for frame in frames:
        for place, label in labels(plan, frame.dresses):
            fitting.setdefault(place, []).append(label)
    captions = [frame.caption.width for frame in frames if frame.caption]
    return Geometry(
        plan,
        {place: tuple(each) for place, each in fitting.items()},
        CAPTION if captions else 0.0,
        max(captions, default=0.0),
    )


def _captioned(group: Group, frame: Frame, geometry: Geometry) -> Group:
    if frame.caption is None:
        return group
    first, last = geometry.frame
    at = Point((first.x + last.x) / 2, CAPTION / 2)
    caption = Label(at, frame.caption, anchor="middle", bold=True)
    return replace(group, pieces=(*group.pieces, caption))


def _frame(trace: Trace[Any], step: int, sequence: int, blanks: Places = NO_BLANKS) -> Frame:
    graph, _ = planned(trace.cell)
    if trace.given is None:
        dresses = in_symbols(graph, step)
    else:
        dresses = in_numbers(Values(graph, trace, sequence), step, blanks)
    return Frame(f"step-{step}", at_time(step), dresses)


def at_time(step: int) -> Spelled:
    """Spell the time step of a caption."""
    return joined([symbol("t"), words("="), words(str(step))], " ")


def _told(cell: Cell) -> str:
    return "; ".join(map(str, cell.equations))


def described(frames: Sequence[Frame]) -> str:
    """Return what frames show in words: every value that has a name, a state's once."""
    lines = []
    for frame in frames:
        shown = [
            f"{PLAIN.symbol(m.quantity, str(m.step)).text} {m.relation} {m.value}"
            for value, dress in frame.dresses.items()
            for m in [dress.meaning]
            if m and m.quantity and m.value and (value.time != before or frame is frames[0])
        ]
        lines.append("; ".join(shown))
    return ". ".join(lines)
