"""Every cell of the package in a case of its own: what is right is right, and little is noticed."""

import pytest
from every_cell import every_cell

from symlstm.testing.layer_case import random_case


@pytest.mark.parametrize("cell", every_cell(2), ids=repr)
def test_a_case_is_right_as_it_is_and_wrong_when_one_number_is(cell):
    case = random_case(cell=cell, batch=2, steps=3, initial_state=True)
    right = case.reference.sequence_out
    case.assert_right(right)
    wrong = right.copy()
    wrong[1, 1, 0] += 0.001
    with pytest.raises(AssertionError, match="sequence_out"):
        case.assert_right(wrong)
