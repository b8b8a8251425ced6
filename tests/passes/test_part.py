"""Equations parted by what waits for what: the same equations, in an order that can be computed."""

import pytest
from every_cell import every_cell

from symlstm import LSTM
from symlstm.equations.expression import Quantity, quantities
from symlstm.equations.operands import Addition
from symlstm.equations.rebuild import put
from symlstm.passes.part import parted

CELLS = every_cell(2, 2)
PROGRAMS = [program for cell in CELLS for program in (cell.program, tuple(cell.adjoint_equations))]


def terms(expression):
    """Return a sum as its terms in one order, and what is no sum with sums in it so."""
    if isinstance(expression, Addition):
        parts = [part for one in expression.args for part in terms(one)]
        return sorted(parts, key=repr)
    if isinstance(expression, Quantity) or not expression.args:
        return [expression]
    return [(type(expression), *(tuple(terms(part)) for part in expression.args))]


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_parts_are_the_equations_but_for_the_order_of_terms(program):
    parts = parted(program)
    known = {one.lhs: one.rhs for one in parts.ahead}
    right = {one.lhs: one.rhs for one in (*parts.same, *parts.step, *parts.afterwards)}
    assert right.keys() == {one.lhs for one in program}
    for one in program:
        assert terms(put(right[one.lhs], known)) == terms(one.rhs)


@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_no_part_needs_what_is_computed_later(program):
    parts = parted(program)
    computed = {one.lhs.name for one in program}
    for one in (*parts.same, *parts.ahead):
        assert not computed & {q.name for q in quantities(one.rhs)}
    later = {one.lhs.name for one in parts.afterwards}
    for one in parts.step:
        assert not later & {q.name for q in quantities(one.rhs)}
    for one in parts.ahead:
        assert any(q.time is not None for q in quantities(one.rhs))


def test_steps_do_as_little_as_can_be():
    parts = parted(tuple(LSTM(2, 2).adjoint_equations))
    assert [one.lhs.name for one in parts.afterwards] == ["x_bar"]
    activations = [one for one in parts.step if "tanh" in str(one) or "σ" in str(one)]
    assert not activations
