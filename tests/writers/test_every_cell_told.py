"""Documents of every cell of the package, without a line about the cell."""

import unicodedata
from dataclasses import fields, replace

import pytest
from every_cell import every_cell

from symlstm import FlaxMGU, MinGRU, TensorFlowLSTM, hand_calculation

RATIONAL = {
    "activation": "hard_tanh",
    "recurrent_activation": "hard_sigmoid",
    "output_activation": "softsign",
}


def gradients(cell):
    """Return those of a run in fractions."""
    known = {option.name for option in fields(cell)}
    cell = replace(cell, **{name: one for name, one in RATIONAL.items() if name in known})
    layer = cell.bind(**dict.fromkeys(cell.groups, "1/3"))
    return layer.run([[1, 2], ["1/2", 0]]).backward()


@pytest.mark.parametrize("cell", every_cell(2, 2, exact=True), ids=repr)
def test_a_page_has_its_equations_and_its_gradients(cell):
    told = gradients(cell)
    page = unicodedata.normalize("NFD", hand_calculation(told, "terminal"))
    for equation in told.cell.equations:
        assert unicodedata.normalize("NFD", str(equation)) in page
    assert all(name in page for name in cell.weights)


COMPILED = [
    cell
    for cell in every_cell(1, 2, exact=True)
    if isinstance(cell, TensorFlowLSTM | FlaxMGU | MinGRU)
]


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("cell", COMPILED, ids=repr)
def test_its_page_compiles(compile_latex, cell):
    compile_latex(hand_calculation(gradients(cell), "latex"))
