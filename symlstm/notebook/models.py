"""Show what has no numbers of a run: equations, cells, layers and networks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.cells.colours import symbol_colours
from symlstm.equations.system import Equations
from symlstm.figures.figure import FEW_STEPS, FEW_UNITS, figure
from symlstm.notation import PLAIN
from symlstm.notebook.formulas import equation_lines, in_html, latex_of
from symlstm.notebook.grid import Row, layer_weights
from symlstm.notebook.html import caption, element, equality, escape, page, table
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

FEW_VALUES = 9
"""Up to so many units, those of each step counted, there is a figure."""
OPEN_STEPS = 3
"""A figure of more steps is opened by who wants to see it."""
_WIDTH = re.compile(r' width="([0-9.]+)"')
LAYERS = 12
"""Of more layers, the first ones are shown."""


def equations(system: Equations) -> dict[str, str]:
    """Show equations."""
    return {"text/latex": latex_of(system)} if system else {}


def cell(cell: Cell) -> dict[str, str]:
    """Show a cell: its equations, and a figure of a small one."""
    colours = symbol_colours(cell)
    lines = in_html(equation_lines(cell.equations, PLAIN, colours))
    shown = page(caption(repr(cell)), lines, drawn(cell, cell))
    return {"text/html": shown, "text/latex": latex_of(cell.equations)}


def layer(layer: Layer) -> dict[str, str]:
    """Show a layer: its weights, and a figure of a small one."""
    rows = layer_weights(layer)
    weights = weights_table(layer.cell, rows)
    return {"text/html": page(caption(repr(layer)), weights, drawn(layer, layer.cell))}


def network(network: Network) -> dict[str, str]:
    """Show a network: its layers."""
    rows, number = [], 0
    for level, layers in enumerate(network.levels):
        for one in layers:
            rows.append([str(level), str(number), escape(repr(one)), f"{one.cell.weight_count:,}"])
            number += 1
    few, header = list(islice(rows, LAYERS)), ("level", "layers[k]", "", "weights")
    more = f", the first {LAYERS} of them" if len(rows) > LAYERS else ""
    words = f"Network: {len(rows)} layers in {len(network.levels)} levels{more}"
    return {"text/html": page(caption(words), table(header, few))}


def weights_table(cell: Cell, rows: Mapping[str, Row]) -> str:
    """Return what stands by weight as a table: a row for each gate, a column for each group."""
    gates = dict.fromkeys(name.partition("_")[2] for name in cell.weights)
    body = [
        [
            " ".join(
                equality(rows[weight.name])
                for weight in members
                if weight.name.partition("_")[2] == gate
            )
            for members in cell.groups.values()
        ]
        for gate in gates
    ]
    return table([escape(group) for group in cell.groups], body, align="left")


def drawn(subject: Any, cell: Cell, steps: int = 1, **options: Any) -> str:
    """Return a figure of a few units and steps; of more, and of what has none, nothing."""
    sizes = cell.units, cell.input_dim, cell.output_dim
    if max(sizes) > FEW_UNITS or steps > FEW_STEPS or steps * cell.units > FEW_VALUES:
        return ""
    try:
        shown = figure(subject, **options).svg()
    except Exception:  # a table without a figure is better than none
        return ""
    drawing = shown[shown.index("<svg") :].rstrip()
    if steps <= OPEN_STEPS:
        return drawing
    wide = element("div", drawing, style=f"width:{_WIDTH.findall(drawing)[0]}px")
    return element("details", element("summary", "figure"), wide)
