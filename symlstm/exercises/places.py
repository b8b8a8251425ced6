"""The values of an exercise: where they stand on the page, and what a person calls them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.derivations.exercise import Place
from symlstm.equations.expression import Quantity
from symlstm.gradients.gradients import Gradients
from symlstm.passes.differentiate import adjoint
from symlstm.runs.trace import Trace
from symlstm.writers.adjoint import told

Subject = Trace[Any] | Gradients


def places(subject: Subject) -> tuple[Place, ...]:
    """Return what a page computes of a run or its gradients, in the order of the page.

    Of a sequence in a batch, each is where it is in all. A gradient by a weight is the whole sum.

    >>> from symlstm import SimpleRNN
    >>> layer = SimpleRNN(units=1, use_bias=False).bind(kernel=1, recurrent_kernel=1)
    >>> [*map(tuple, places(layer.run([1, 2], algebra="ball")))]
    [('h', 1), ('h', 2)]
    """
    return tuple(_places(subject))


def _places(subject: Subject) -> Iterator[Place]:
    trace = trace_of(subject)
    for step in range(1, len(trace) + 1):
        yield from (Place(equation.lhs.name, step) for equation in trace.cell.equations)
    if not isinstance(subject, Gradients):
        return
    weights = [adjoint(weight).name for weight in trace.cell.weights.values()]
    lines = [equation.lhs.name for equation in told(subject)]
    for step in range(len(trace), 0, -1):
        yield from (Place(name, step) for name in lines if name not in weights)
    yield from (Place(equation.lhs.name, 0) for equation in subject.initial_equations)
    yield from (Place(name, None) for name in weights)


def trace_of(subject: Subject) -> Trace[Any]:
    """Return the run that gradients are of, or that it is."""
    return subject.adjoints if isinstance(subject, Gradients) else subject


def forward_names(subject: Subject) -> dict[str, Place]:
    """Return what a person calls every value that a run computes: ``c_2``, ``z_i_1``."""
    trace = trace_of(subject)
    steps = range(1, len(trace) + 1)
    return {f"{name}_{step}": Place(name, step) for step in steps for name in trace.cell.computed}


def gradient_names(subject: Subject) -> dict[str, Place]:
    """Return what a person calls every gradient, by what it is by: ``c_2``, ``x_1``, ``W_i``."""
    if not isinstance(subject, Gradients):
        return {}
    cell, steps = subject.cell, range(len(subject), 0, -1)
    named = {
        f"{name}_{step}": Place(adjoint(value).name, step)
        for step in steps
        for name, value in reversed(subject.differentiated.items())
    }
    initial = {f"{n}_0": Place(adjoint(state).name, 0) for n, state in cell.states.items()}
    weights = {n: Place(adjoint(weight).name, None) for n, weight in cell.weights.items()}
    return named | initial | weights


def label(cell: Cell, place: Place) -> str:
    """Return how a message calls a value, by its place.

    >>> from symlstm import LSTM
    >>> label(LSTM(units=1), Place("delta_i", 2)), label(LSTM(units=1), Place("h", 1))
    ('the gradient by z_i_2', 'h_1')
    """
    differentiated: dict[str, Quantity] = {"x": cell.x, **cell.computed, **cell.weights}
    by = {adjoint(value).name: name for name, value in differentiated.items()}
    name = by.get(place.name, place.name)
    at = "" if place.step is None or name in cell.weights else f"_{place.step}"
    return f"the gradient by {name}{at}" if place.name in by else f"{name}{at}"
