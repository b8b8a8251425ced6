"""Products in products: the same values, and less for a step to do."""

import pytest
from every_cell import every_cell
from test_part import terms

from symlstm import LSTM
from symlstm.equations.operands import EntrywiseProduct
from symlstm.equations.rebuild import put
from symlstm.passes.part import parted, waiting
from symlstm.passes.shorten import shortened

CELLS = every_cell(2, 2)
PROGRAMS = [program for cell in CELLS for program in (cell.program, tuple(cell.adjoint_equations))]


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_with_all_products_in_their_places_the_equations_are_the_same(program):
    products = {}
    for one in program:
        if isinstance(one.rhs, EntrywiseProduct):
            products[one.lhs] = put(one.rhs, products)
    shorter = shortened(program)
    assert [one.lhs for one in shorter] == [one.lhs for one in program]
    for one, other in zip(program, shorter, strict=True):
        assert terms(put(other.rhs, products)) == terms(put(one.rhs, products))


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_no_step_waits_for_more(program):
    shorter = shortened(program)
    assert {one.lhs for one in waiting(shorter)} <= {one.lhs for one in waiting(program)}


def test_of_an_lstm_no_step_waits_for_the_gradients_by_its_gates():
    backward = tuple(LSTM(2, 2).adjoint_equations)
    step = {one.lhs.name for one in parted(shortened(backward)).step}
    gates = {"i_bar", "f_bar", "c_tilde_bar", "o_bar"}
    assert gates <= {one.lhs.name for one in parted(backward).step}
    assert not gates & step
