"""Equations of a time step against SymPy's own replacement of the time in them."""

import pytest
from every_cell import every_cell
from sympy import Integer

from symlstm.equations.expression import before, t
from symlstm.passes.unroll import Unrolled


@pytest.mark.parametrize("cell", every_cell(units=2), ids=repr)
def test_the_equations_of_a_step_are_those_at_time_t_with_its_number(cell):
    for system in (cell.equations, cell.program, cell.adjoint_equations):
        unrolled = Unrolled(system)
        for step in (1, 7):
            now = {t: Integer(step), before: Integer(step - 1)}
            assert unrolled.at(step) == tuple(one.xreplace(now) for one in system)
