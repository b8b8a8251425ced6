"""A mistake told in equations, whatever it is a mistake of."""

from __future__ import annotations

from symlstm.cells.cell import Cell
from symlstm.cells.rewritten import rewritten
from symlstm.diagnosis.mistakes.hypotheses import hypotheses
from symlstm.diagnosis.mistakes.mutated import GROUP
from symlstm.diagnosis.prove import Explanation
from symlstm.diagnosis.setup import Setup


def retold(best: Explanation | None, right: Setup) -> Cell | None:
    """Return the cell that has the mistake which explains something, in its equations.

    ``right`` is the run as it should be. Where the mistake is one of arrays or states, it is a
    mistake of equations that comes to the same numbers, as two gates that are exchanged; ``None``
    where there is none.

    >>> from symlstm import LSTM, diagnose
    >>> cell = LSTM(units=1)
    >>> layer = cell.bind(kernel=[[1, 2, 3, 4]], recurrent_kernel=1, bias=0)
    >>> wrong = cell.bind(kernel=[[2, 1, 3, 4]], recurrent_kernel=1, bias=0)
    >>> found = diagnose(layer, [1, -1, 1], wrong.reference([1, -1, 1]).sequence_out)
    >>> found.wrong_cell.changes
    (c_t = i_t ⊙ c_{t-1} + f_t ⊙ c̃_t,)
    """
    if best is None:
        return None
    if any(part.changes for part in best.setup.parts):
        return _cell(best.setup)
    for fault in hypotheses(right):
        if fault.group == GROUP and fault.name in best.equivalent:
            made = fault.made_in(right)
            return None if made is None else _cell(made)
    wrong = {one.lhs.name: one for one, _ in best.equations}
    return rewritten(right.parts[0].cell, wrong, {}) if wrong else None


def _cell(setup: Setup) -> Cell:
    part = next(one for one in setup.parts if one.changes)
    return rewritten(part.cell, part.changes, part.changes_backward)
