"""The colour of each gate of a cell: one for figures, equations and tables alike."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

from symlstm.cells.cell import Cell
from symlstm.notation.palette import PALETTE, Colour
from symlstm.passes.differentiate import adjoint, seed


def gate_colours(cell: Cell) -> Mapping[str, Colour]:
    """Return the colours of a cell's gates, and of what they weigh, by name.

    A gate is what an equation of the cell computes and no time step takes over; what it weighs is
    none, if that has an equation of its own. The gates take the colours in the order of the
    equations; ``z_i`` has that of ``i``, and so has ``i_tilde``.

    >>> from symlstm import LSTM
    >>> {name: colour.name for name, colour in gate_colours(LSTM(units=1)).items()}
    {'i': 'green', 'f': 'vermillion', 'c_tilde': 'blue', 'o': 'purple', 'z_i': 'green', \
'z_f': 'vermillion', 'z_c_tilde': 'blue', 'z_o': 'purple'}
    """
    kept = {*cell.states, cell.output.name}
    named = [equation.lhs.name for equation in cell.equations if equation.lhs.name not in kept]
    gates = [name for name in named if name.removeprefix("z_") not in {*named, *kept} - {name}]
    accents = {gate: gate.removesuffix("_tilde") for gate in gates}
    letters = dict.fromkeys(bare if bare in gates else gate for gate, bare in accents.items())
    taken = dict(zip(letters, cycle(PALETTE), strict=False))
    colours = {gate: taken[accents[gate] if accents[gate] in gates else gate] for gate in gates}
    weighed = {
        name: colours[gate]
        for gate in gates
        for name in cell.computed
        if name == f"z_{gate}" or (name.startswith(f"z_{gate}_") and name not in colours)
    }
    return {**colours, **weighed}


def symbol_colours(cell: Cell) -> Mapping[str, Colour]:
    """Return the colours of all symbols of a cell's gates: those of the backward pass, too.

    >>> from symlstm import LSTM
    >>> colours = symbol_colours(LSTM(units=1))
    >>> {name: colours[name].name for name in ("f", "z_f", "f_bar", "delta_f")}
    {'f': 'vermillion', 'z_f': 'vermillion', 'f_bar': 'vermillion', 'delta_f': 'vermillion'}
    """
    forward = gate_colours(cell)
    backward = {
        of(cell.computed[name]).name: colour
        for name, colour in forward.items()
        for of in (adjoint, seed)
    }
    return {**backward, **forward}
