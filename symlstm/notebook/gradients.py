"""Show gradients, steps of them, those of networks, and how a state carries its gradient."""

from __future__ import annotations

from symlstm.cells.colours import symbol_colours
from symlstm.figures.values import numbers_of
from symlstm.gradients.gradients import AdjointStep, Gradients
from symlstm.gradients.jacobian import StateJacobian
from symlstm.gradients.network_gradients import NetworkGradients
from symlstm.notation import LATEX, PLAIN, Notation
from symlstm.notebook.entries import ELIDED, block, few
from symlstm.notebook.formulas import equation_lines, in_html, latex, latex_of, typesetter
from symlstm.notebook.grid import (
    STEPS,
    Grid,
    OverTime,
    Row,
    bars,
    gradient_names,
    gradient_weights,
    is_large,
    over,
    symbol,
)
from symlstm.notebook.html import caption, grid_table, page
from symlstm.notebook.models import drawn, weights_table
from symlstm.notebook.runs import LAYERS, called, is_short, of_layers
from symlstm.numbers.arrays import Array
from symlstm.writers.carry import CarrySection
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line

MOST_PRODUCTS = 20_000
"""How many numbers may be multiplied for the Jacobian over the whole sequence."""
LARGEST_STATE = 40
"""How many entries a state may have whose Jacobians are shown."""


def gradients(gradients: Gradients) -> dict[str, str]:
    """Show gradients: by the weights, by values over time, and a figure of a few steps."""
    trace = gradients.adjoints
    words = caption(f"Gradients of {called(trace)}")
    if trace.given is None:
        lines = equation_lines(gradients.equations, PLAIN, symbol_colours(gradients.cell))
        return {
            "text/html": page(words, in_html(lines)),
            "text/latex": latex_of(gradients.equations),
        }
    weights = weights_table(gradients.cell, gradient_weights(gradients))
    names = gradient_names(gradients, short=is_large(gradients.cell))
    table = grid_table(OverTime(trace, names).grid())
    shown = drawn(gradients, gradients.cell, len(gradients)) if is_short(trace) else ""
    return {"text/html": page(words, weights, table, shown)}


def adjoint_step(step: AdjointStep) -> dict[str, str]:
    """Show the gradients at one step, and a figure of a small one."""
    gradients = step._gradients
    trace = gradients.adjoints
    if trace.given is None:
        return {}
    words = caption(f"Step {step.t} of gradients of {called(trace)}")
    table = grid_table(OverTime(trace, gradient_names(gradients)).step(step.t))
    small = step.t and is_short(trace)
    shown = drawn(gradients, gradients.cell, what="backward", step=step.t) if small else ""
    return {"text/html": page(words, table, shown)}


def network_gradients(gradients: NetworkGradients) -> dict[str, str]:
    """Show the gradients of a network: those by the states of its first layers."""
    parts = []
    for k, layer in enumerate(gradients.layers[:LAYERS]):
        names = bars(layer, ["x", *layer.cell.states])
        table = grid_table(OverTime(layer.adjoints, names).grid())
        parts += [caption(f"layers[{k}]: gradients of {called(layer.adjoints)}"), table]
    words = of_layers("NetworkGradients", len(gradients.layers))
    return {"text/html": page(caption(words), *parts)}


def state_jacobian(jacobian: StateJacobian) -> dict[str, str]:
    """Show how a state carries itself: the formula, the first steps, the whole, and a figure."""
    formula = latex([_formula(jacobian, LATEX)])
    parts = [caption(repr(jacobian)), in_html([_formula(jacobian, PLAIN)])]
    if jacobian.trace.given is not None and int(jacobian.state.shape[0]) <= LARGEST_STATE:
        parts += [grid_table(_steps(jacobian)), grid_table(_whole(jacobian))]
        if is_short(jacobian.trace):
            parts.append(drawn(jacobian, jacobian.trace.cell, len(jacobian.trace)))
    return {"text/html": page(*parts), "text/latex": formula}


def _formula(jacobian: StateJacobian, notation: Notation) -> Line:
    forward = Forward(typesetter(notation, symbol_colours(jacobian.trace.cell)), jacobian.trace)
    return CarrySection(forward, jacobian).formula()


def _steps(jacobian: StateJacobian) -> Grid:
    """Return the Jacobians of the first steps and the last."""
    steps = [None if k is None else k + 1 for k in few(len(jacobian.trace), STEPS)]
    numbers = numbers_of(jacobian.trace)
    values = tuple(
        ELIDED if step is None else block(jacobian.step_entries(step), numbers) for step in steps
    )
    name = jacobian.state.name
    row = Row(f"∂{symbol(name)}/∂{symbol(name, 't-1')}", values)
    return Grid(over(steps), (row,))


def _whole(jacobian: StateJacobian) -> Grid:
    """Return the derivative over the whole sequence and its parts, unless that takes its time."""
    steps, size, name = len(jacobian.trace), int(jacobian.state.shape[0]), jacobian.state.name
    if steps * size**3 > MOST_PRODUCTS or not is_short(jacobian.trace):
        return Grid((), ())
    last, first = symbol(name, str(steps)), symbol(name, "0")
    others = ", ".join(symbol(other, None) for other in jacobian.trace.cell.states if other != name)
    parts: dict[str, Array] = {
        f"d {last}/d {first}": jacobian.total_entries(0),
        f"∂{last}/∂{first}": jacobian.alone_entries(0),
    }
    if others:
        parts[f"through {others}"] = jacobian.others_entries(0)
    numbers = numbers_of(jacobian.trace)
    return Grid((), tuple(Row(head, (block(part, numbers),)) for head, part in parts.items()))
