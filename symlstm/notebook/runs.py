"""Show what runs produced: traces, steps of them, symbolic ones, and those of networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from symlstm.cells.colours import symbol_colours
from symlstm.notation import LATEX, PLAIN, Notation
from symlstm.notebook.entries import LONG, long_bits
from symlstm.notebook.formulas import equation_lines, further, in_html, latex, typesetter
from symlstm.notebook.grid import OverTime, is_large, trace_names
from symlstm.notebook.html import caption, grid_table, page
from symlstm.notebook.models import drawn
from symlstm.passes.unroll import Unrolled
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.symbolic_trace import SymbolicTrace
from symlstm.runs.trace import Step, Trace
from symlstm.writers.forward import Forward
from symlstm.writers.line import Line

SHOWN_STEPS = 3
"""Of so many steps, a symbolic trace shows closed forms."""
CLOSED_FORM_SIZE = 120
"""How many nodes a closed form may have that is shown."""
LAYERS = 4
"""Of so many layers, the trace of a network shows the states."""


def trace(trace: Trace[Any]) -> dict[str, str]:
    """Show a trace: a table over time, and a figure of a short one."""
    names = trace_names(trace, short=is_large(trace.cell))
    table = grid_table(OverTime(trace, names).grid())
    shown = drawn(trace, trace.cell, len(trace)) if is_short(trace) else ""
    return {"text/html": page(caption(called(trace)), table, shown)}


def step(step: Step) -> dict[str, str]:
    """Show one step of a trace: its values, and a figure of a small one."""
    trace = step._trace
    if isinstance(trace, SymbolicTrace):
        return _symbolic_step(trace, step.t)
    table = grid_table(OverTime(trace, trace_names(trace)).step(step.t))
    shown = drawn(trace, trace.cell, step=step.t) if step.t and is_short(trace) else ""
    return {"text/html": page(caption(f"Step {step.t} of {called(trace)}"), table, shown)}


def network_trace(trace: NetworkTrace) -> dict[str, str]:
    """Show the trace of a network: the states of its first layers."""
    parts = []
    for k, layer in enumerate(trace.layers[:LAYERS]):
        values = OverTime(layer, ["x", *layer.cell.states])
        parts += [caption(f"layers[{k}]: {called(layer)}"), grid_table(values.grid())]
    return {"text/html": page(caption(of_layers("NetworkTrace", len(trace.layers))), *parts)}


def symbolic_trace(trace: SymbolicTrace) -> dict[str, str]:
    """Show a symbolic trace: the equations of a step, and the first closed forms."""
    lines = in_html(symbolic_lines(trace, PLAIN, coloured=True))
    shown = page(caption(repr(trace)), lines)
    return {"text/html": shown, "text/latex": latex(symbolic_lines(trace, LATEX))}


def called(trace: Trace[Any], sequence: int = 0) -> str:
    """Return what a trace is called, and of a batch which sequence is shown."""
    many = len(trace.histories) > 1
    return f"{trace!r}; sequence {sequence} is shown, counted from 0" if many else repr(trace)


def of_layers(name: str, count: int) -> str:
    """Return what the trace of a network is called."""
    return f"{name} of {count} layers" + (f", the first {LAYERS}" if count > LAYERS else "")


def is_short(trace: Trace[Any]) -> bool:
    """Say whether the last states have so few digits that a figure of them is soon drawn."""
    last = trace.histories[0][len(trace)]
    values = (trace.entries(name, len(trace)) for name in trace.cell.states if name in last)
    return all(long_bits(entry) <= LONG for value in values for entry in value.flat)


def symbolic_lines(
    trace: SymbolicTrace, notation: Notation, *, coloured: bool = False
) -> list[Line]:
    """Return the equations of a step, and the closed forms of the first outputs."""
    colours = symbol_colours(trace.cell) if coloured else {}
    closed = list(_closed_forms(trace, notation, coloured=coloured))
    rest = [] if len(closed) >= len(trace) else [further(notation)]
    return [*equation_lines(trace.cell.equations, notation, colours), *closed, *rest]


def _closed_forms(trace: SymbolicTrace, notation: Notation, *, coloured: bool) -> Iterator[Line]:
    """Yield the closed forms of the output at the first steps, as far as they are short."""
    kept = {step: trace.histories[0][step] for step in range(min(len(trace), SHOWN_STEPS) + 1)}
    first = replace(trace, histories=(kept,))
    colours = symbol_colours(trace.cell) if coloured else {}
    yield from Forward(typesetter(notation, colours), first).closed_forms(CLOSED_FORM_SIZE)


def _symbolic_step(trace: SymbolicTrace, step: int) -> dict[str, str]:
    if step == 0:
        return {}
    system = Unrolled(trace.cell.equations).at(step)
    lines = in_html(equation_lines(system, PLAIN, symbol_colours(trace.cell)))
    shown = page(caption(f"Step {step} of {trace!r}"), lines)
    return {"text/html": shown, "text/latex": latex(equation_lines(system, LATEX))}
