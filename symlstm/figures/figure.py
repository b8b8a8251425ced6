"""A figure: a scene of anything that symlstm makes, to be shown, saved or printed."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from symlstm.cells.cell import Cell
from symlstm.errors import OutputError, choices
from symlstm.figures.backward import backward_picture
from symlstm.figures.carousel import carousel_picture, carried_state
from symlstm.figures.heat import heat_map
from symlstm.figures.lines import lines
from symlstm.figures.network import network_picture
from symlstm.figures.norms import norms
from symlstm.figures.pictures import cell_picture, reset_picture, step_picture, steps_picture
from symlstm.figures.saving import save
from symlstm.figures.scene import Scene
from symlstm.figures.svg import svg
from symlstm.figures.tikz import tikz
from symlstm.gradients.gradients import Gradients
from symlstm.gradients.jacobian import StateJacobian
from symlstm.numbers.arrays import exported
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.trace import Trace

Draw: TypeAlias = Callable[[Any, "_Wanted"], Scene]

FEW_STEPS, FEW_UNITS = 8, 3
"""Up to so many steps of so many units, a trace is shown step by step, with its numbers."""


@dataclass(frozen=True)
class Figure:
    """A drawing, made by `figure`, in the formats that it can be written in.

    Notebooks show it. It is yours: figures are in the public domain (CC0 1.0).
    """

    scene: Scene

    def svg(self, template: Path | None = None) -> str:
        """Return the text of an .svg file; ``template`` is a Jinja2 file to fill instead of ours.

        Raises `OutputError` for a template that cannot be read or filled.
        """
        return svg(self.scene, template)

    def tikz(self, template: Path | None = None) -> str:
        r"""Return a ``tikzpicture`` to ``\\input``, which needs the packages tikz and amsmath.

        Raises `OutputError` for a template that cannot be read or filled.
        """
        return tikz(self.scene, template)

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write an .svg file, a .tex file that compiles as it is, or a .pdf file of that.

        Raises `OutputError` where nothing may be written, or no LaTeX is installed for a .pdf.
        """
        save(self.scene, Path(path), force=force)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"Figure({self.scene.title!r})"


@dataclass(frozen=True)
class _Wanted:
    """What a figure is to show, beside its subject."""

    step: int | None
    sequence: int
    state: str | None


def figure(
    subject: Any,
    *,
    what: str | None = None,
    step: int | None = None,
    sequence: int = 0,
    state: str | None = None,
) -> Figure:
    """Return a figure of a cell, a layer, a trace, gradients or a state Jacobian.

    ``what`` it shows, where there is a choice:

    - ``"cell"``: the cell in symbols; ``"network"``: what goes in and out, and the loops, with the
      weights on them;
    - ``"step"``: the cell at time step ``step``, with the values on its wires; ``"steps"``: all
      steps; ``"reset"``: the states after the sequence;
    - ``"backward"``: the gradients on the wires, at ``step`` or at all steps; ``"carousel"``: how
      ``state`` carries itself through time;
    - ``"lines"``: gates and states over time; ``"heat"``: those of many units; ``"norms"``: how
      large gradients are over time, by ``state`` or the output, of one run or, given a list of
      gradients, of several.

    ``sequence`` counts from 0, in a batch. Without ``what``, a cell is shown in symbols, a layer as
    a network, a trace by its steps or, if they are many, as lines, and gradients by theirs.

    Raises `OutputError` for what cannot be shown, `IndexError` for a step that there is not, and
    `TooLargeError` for more than can be drawn.

    >>> from symlstm import LSTM, figure
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1, 1])
    >>> figure(trace, step=3)
    Figure('Time step 3')
    >>> 'data-quantity="c" data-step="3" data-value="247"' in figure(trace, step=3).svg()
    True
    """
    name, known = _kind(subject)
    chosen = _usual(subject, step) if what is None else what
    if chosen not in known:
        message = f"what is {what!r}; {choices(str(what), known)}"
        raise OutputError(f"{message}, of {name}", argument="what")
    if step is not None and chosen not in ("step", "backward"):
        message = f"step is {step!r}, and {chosen!r} shows no single step; leave one of them out"
        raise OutputError(message, argument="step")
    if chosen == "step" and step is None:
        raise OutputError("step is missing; say which, from 1", argument="step")
    if step is not None and not isinstance(step, numbers.Integral):
        raise OutputError(f"step is {step!r}; give a whole number, from 1", argument="step")
    wanted = _Wanted(None if step is None else int(step), _sequence(subject, sequence), state)
    return Figure(known[chosen](subject, wanted))


def _of_trace(draw: Callable[[Trace[Any], int], Scene]) -> Draw:
    """Return what draws gradients, too, as the trace that they are of."""
    return lambda subject, wanted: draw(_trace(subject), wanted.sequence)


def _cell(subject: Any, _wanted: _Wanted) -> Scene:
    return cell_picture(subject if isinstance(subject, Cell) else _trace(subject).cell)


def _network(subject: Any, _wanted: _Wanted) -> Scene:
    if isinstance(subject, Cell):
        return network_picture(subject)
    given = subject if isinstance(subject, Layer) else _trace(subject).given
    cell = subject.cell if isinstance(subject, Layer) else _trace(subject).cell
    weights = None if given is None else {n: exported(w) for n, w in given.weights.items()}
    return network_picture(cell, weights)


def _step(subject: Any, wanted: _Wanted) -> Scene:
    assert wanted.step is not None
    return step_picture(_trace(subject), wanted.step, wanted.sequence)


def _backward(subject: Gradients, wanted: _Wanted) -> Scene:
    return backward_picture(subject, wanted.step, wanted.sequence)


def _carousel(subject: Any, wanted: _Wanted) -> Scene:
    if isinstance(subject, StateJacobian):
        return carousel_picture(subject, wanted.sequence)
    trace = _trace(subject)
    state = carried_state(trace) if wanted.state is None else wanted.state
    return carousel_picture(trace.state_jacobian(state), wanted.sequence)


def _norms(subject: Any, wanted: _Wanted) -> Scene:
    several = [subject] if isinstance(subject, Gradients) else subject
    return norms(several, by=wanted.state, sequence=wanted.sequence)


_OF_CELLS: Mapping[str, Draw] = {"cell": _cell, "network": _network}
_OF_TRACES: Mapping[str, Draw] = {
    **_OF_CELLS,
    "step": _step,
    "steps": _of_trace(steps_picture),
    "reset": _of_trace(reset_picture),
    "carousel": _carousel,
    "lines": _of_trace(lines),
    "heat": _of_trace(lambda trace, sequence: heat_map(trace, sequence=sequence)),
}
_OF_GRADIENTS: Mapping[str, Draw] = {**_OF_TRACES, "backward": _backward, "norms": _norms}

KINDS: Mapping[type, tuple[str, Mapping[str, Draw]]] = {
    Cell: ("a cell", _OF_CELLS),
    Layer: ("a layer", _OF_CELLS),
    Trace: ("a trace", _OF_TRACES),
    Gradients: ("gradients", _OF_GRADIENTS),
    StateJacobian: ("a state Jacobian", {"carousel": _carousel}),
}
"""What each subject is called, and what of it can be shown."""


def _kind(subject: Any) -> tuple[str, Mapping[str, Draw]]:
    several = isinstance(subject, list | tuple) and len(subject) > 0
    if several and all(isinstance(one, Gradients) for one in subject):
        return "several gradients", {"norms": _norms}
    for kind, row in KINDS.items():
        if isinstance(subject, kind):
            return row
    raise OutputError(
        f"there is no figure of {shown(subject)}; give a cell, a layer, a trace, gradients or a "
        "state Jacobian; of a network, give layers[k] of those"
    )


def _usual(subject: Any, step: int | None) -> str:
    """Return what is shown of a subject when nobody says it."""
    if isinstance(subject, Trace):
        few = len(subject) <= FEW_STEPS and subject.cell.units <= FEW_UNITS
        return "step" if step is not None else "steps" if few else "lines"
    if isinstance(subject, Gradients):
        return "backward"
    if isinstance(subject, StateJacobian):
        return "carousel"
    if isinstance(subject, list | tuple):
        return "norms"
    return "network" if isinstance(subject, Layer) else "cell"


def _trace(subject: Any) -> Any:
    """Return the trace that a subject is of, or the subject."""
    if isinstance(subject, Gradients):
        return subject.adjoints
    return subject.trace if isinstance(subject, StateJacobian) else subject


def _sequence(subject: Any, sequence: Any) -> int:
    """Return which sequence of a batch is shown; raises `OutputError` for one that there is not."""
    trace = _trace(subject[0] if isinstance(subject, list | tuple) else subject)
    count = len(trace.histories) if isinstance(trace, Trace) else 1
    if not isinstance(sequence, numbers.Integral) or int(sequence) not in range(count):
        message = f"sequence is {sequence!r}; give a whole number from 0 to {count - 1}"
        raise OutputError(message, argument="sequence")
    return int(sequence)
