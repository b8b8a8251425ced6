"""Equations that are alike stacked: what they compute is there, and fewer of them compute it."""

import own_cells
import pytest
from every_cell import every_cell

from symlstm import GRU, LSTM
from symlstm.equations.expression import Quantity, quantities, t
from symlstm.equations.nodes import Rows
from symlstm.equations.operands import Multiplication
from symlstm.passes.part import parted
from symlstm.passes.stack import stacked

CELLS = [*every_cell(2, 2), *(kind(2, 2) for kind in own_cells.EVERY)]
PROGRAMS = [program for cell in CELLS for program in (cell.program, tuple(cell.adjoint_equations))]


def products(cell_equations):
    """Return how many products each step has to wait for."""
    step = parted(stacked(tuple(cell_equations)).program).step
    return sum(len(one.rhs.atoms(Multiplication)) for one in step)


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_all_is_computed_once_and_before_it_is_used(program):
    found = stacked(program)
    names = [one.lhs for one in found.program]
    stacks = {one.lhs: one.rhs.args for one in found.stacks}
    assert sorted(names, key=str) == sorted([*stacks, *(one.lhs for one in program)], key=str)
    known = set()
    for one in found.program:
        now = {q for q in quantities(one.rhs) if q in names and q.time == t}
        assert now <= known
        known.add(one.lhs)


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_what_is_in_a_stack_are_its_rows_in_turn(program):
    found = stacked(program)
    right = {one.lhs: one.rhs for one in found.program}
    for one in found.stacks:
        before = 0
        for part in one.rhs.args:
            assert right[part] == Rows(one.lhs, before, part.shape[0])
            before += part.shape[0]
        assert (before, 1) == one.lhs.shape == right[one.lhs].shape


@pytest.mark.parametrize(("cell", "forward"), [(LSTM(2, 2), 1), (GRU(2, 2), 2)], ids=repr)
def test_a_step_has_as_few_products_as_by_hand(cell, forward):
    assert products(cell.program) == forward
    without_sums = [one for one in cell.adjoint_equations if one.lhs.shape[1] == 1]
    without_sums = [one for one in without_sums if not one.lhs.name.startswith("b_")]
    assert products(without_sums) == 1


@pytest.mark.parametrize("cell", [LSTM(2, 2), GRU(2, 2)], ids=repr)
def test_gradients_by_inputs_are_one_product(cell):
    found = stacked(tuple(cell.adjoint_equations)).program
    by_inputs = next(one for one in found if one.lhs.name == "x_bar")
    assert len(by_inputs.rhs.atoms(Multiplication)) == 1


def test_names_of_a_cell_are_not_taken():
    program = LSTM(2, 2).program
    once = stacked(program).program
    again = stacked(once)
    taken = {q.name for one in once for q in one.atoms(Quantity)}
    assert not taken & {one.lhs.name for one in again.stacks}
