"""The parts of an expression against SymPy's own walk through it."""

import pytest
from every_cell import every_cell
from sympy import preorder_traversal

from symlstm.equations.expression import Elementwise, Quantity, parts, quantities
from symlstm.equations.operands import EntrywiseProduct


@pytest.mark.parametrize("cell", every_cell(units=2), ids=repr)
def test_parts_come_in_the_order_in_which_they_are_met_and_as_often(cell):
    for equation in (*cell.equations, *cell.adjoint_equations):
        walked = list(preorder_traversal(equation))
        for kind in (Elementwise, EntrywiseProduct, Quantity):
            assert list(parts(equation, kind)) == [one for one in walked if isinstance(one, kind)]
        assert list(quantities(equation)) == list(parts(equation, Quantity))
