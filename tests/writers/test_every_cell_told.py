"""Documents of every cell of the package, without a line about the cell."""

import re
import unicodedata
from dataclasses import fields, replace

import pytest
from every_cell import every_cell
from own_cells import ODD, Alone

from symlstm import Dense, FlaxMGU, MinGRU, TensorFlowLSTM, hand_calculation

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


def odd(kind):
    cell = kind(1, 1)
    linear = dict.fromkeys(cell.activations, "linear")
    return replace(cell, **linear).bind(**dict.fromkeys(cell.weights, "1/2"))


BARE = {kind.__name__: odd(kind) for kind in (Dense, Alone, *ODD)}
"""Cells of which pages have less to tell: without states, weights, inputs, or slopes."""


def with_a_gap(layer):
    return layer.run([1, 2, 3], mask=[True, False, True]).backward()


def of_several(layer):
    return layer.run([[[1], [2]], [[3], [4]]]).backward()


@pytest.mark.parametrize("kind", ["page", "summary"])
@pytest.mark.parametrize("runs", [with_a_gap, of_several])
@pytest.mark.parametrize("layer", BARE.values(), ids=BARE)
def test_what_a_cell_does_not_have_is_not_announced(layer, runs, kind):
    page = hand_calculation(runs(layer), "markdown", kind=kind)
    assert r"\begin{aligned}" in page
    assert not re.search(r"\\begin\{aligned\}\s*\\end", page)
    assert not re.search(r"^\|\s*\|$", page, re.MULTILINE)
    assert not re.search(r"(?:^[^\n]* are|:)\n\n(?!\$\$|\|)", page, re.MULTILINE)
    assert not re.search(
        r"^## (Given|Values|The gradients by the weights)\n\n#", page, re.MULTILINE
    )


def test_in_a_terminal_inputs_without_weights_have_their_heading():
    page = hand_calculation(BARE["Alone"].run([1, 2]), "terminal")
    assert re.search(r"h_t = h_\{t-1\} \+ k_t\n\nGiven\n─+\n\s*x_1 = 1", page)
    gradients = hand_calculation(with_a_gap(BARE["Alone"]), "terminal")
    assert not re.search(r"weights\n─+\n+(\s*─*\n)*\n", gradients)


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("kind", ["page", "summary", "slides"])
@pytest.mark.parametrize("layer", BARE.values(), ids=BARE)
def test_pages_of_cells_with_little_compile(compile_latex, layer, kind):
    for runs in (with_a_gap, of_several):
        compile_latex(hand_calculation(runs(layer), "latex", kind=kind))
