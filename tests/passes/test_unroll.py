"""Equations of a time step against SymPy's own replacement of the time in them."""

import pytest
from every_cell import every_cell
from sympy import Integer

from symlstm.equations.expression import before, t
from symlstm.passes.unroll import at_step, unroll


@pytest.mark.parametrize("cell", every_cell(units=2), ids=repr)
def test_the_equations_of_a_step_are_those_at_time_t_with_its_number(cell):
    for system in (cell.equations, cell.program, cell.adjoint_equations):
        for step in (1, 7):
            now = {t: Integer(step), before: Integer(step - 1)}
            assert at_step(system, step) == tuple(one.xreplace(now) for one in system)
        assert unroll(system, 2) == at_step(system, 1) + at_step(system, 2)
