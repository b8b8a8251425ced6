"""Mistakes in every cell of the package are named, without a line about the cell."""

import numpy as np
import pytest
from every_cell import every_cell

from symlstm import Layer, diagnose
from symlstm.cells.rewritten import rewritten
from symlstm.errors import PrecisionError
from symlstm.passes.mutate import mutations
from symlstm.testing.layer_case import random_case

QUICK = ("IndRNN", "MinGRU", "SimpleRNN")


def marked(cell):
    return pytest.param(cell, marks=[pytest.mark.slow] * (type(cell).__name__ not in QUICK))


@pytest.mark.parametrize("cell", [marked(cell) for cell in every_cell(2, 2)], ids=repr)
def test_mutations_of_its_equations_are_explained(cell):
    case = random_case(cell=cell, steps=4, dtype="float32", seed=1)
    every = list(mutations(cell.program))
    for one in every[:: len(every) // 2]:
        wrong = Layer(rewritten(cell, one.changes, {}), case.layer.weights)
        try:
            actual = wrong.reference(np.asarray(case.inputs), dtype="float32").sequence_out
        except PrecisionError:  # a normaliser that stays zero is divided by
            continue
        diagnosis = diagnose(case.layer, case.inputs, actual, max_faults=1)
        assert diagnosis.verdict in ("explained", "right"), one.name
