"""Sums over time that are told apart, against the running sums that they are made of."""

import numpy as np
import own_cells
import pytest
from every_cell import every_cell

from symlstm import LSTM
from symlstm.algebras.ball import BallAlgebra
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, multiply, scale, t, transpose
from symlstm.gradients.backward_equations import adjoint_equations
from symlstm.passes.differentiate import adjoint
from symlstm.passes.sums import sums_apart

OWN = [own_cells.GRU, own_cells.TwoStates, own_cells.Highway, own_cells.Deep, own_cells.Linear]
CELLS = [*every_cell(2, 2), *(kind(2, 2) for kind in OWN)]
A, B, C = (Quantity(name, 2, time=t) for name in "abc")
TOTAL = Quantity("S", 2, 2, t)


def given(cell):
    """Return what some run of a cell is given."""
    rng = np.random.default_rng(0)
    groups = {name: np.shape(cell.stack(name, lambda w: np.zeros(w.shape))) for name in cell.groups}
    weights = {name: rng.integers(-3, 4, shape) / 4 for name, shape in groups.items()}
    return cell.bind(**weights).run(rng.integers(-3, 4, (3, 4, 2)) / 2, algebra="float").given


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_every_gradient_by_a_weight_is_a_sum_of_products(cell):
    step = adjoint_equations(cell, (cell.output.name,)).step
    names = [adjoint(weight).name for weight in cell.weights.values()]
    others, sums = sums_apart(step, names)
    assert sorted(total.name for total in sums) == sorted(names)
    assert {e.lhs for e in others} == {e.lhs for e in step} - set(sums)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_balls_of_sums_at_once_overlap_those_of_running_sums(cell):
    trace = given(cell).run(BallAlgebra(80))
    gradients = trace.backward()
    running = gradients.with_running_sums()
    for name in cell.weights:
        pairs = list(zip(np.ravel(gradients[name]), np.ravel(running[name]), strict=True))
        assert all(one.overlaps(other) for one, other in pairs)
    held = {adjoint(weight).name for weight in cell.weights.values()}
    kept = [held & set(values) for values in gradients.adjoints.histories[0].values()]
    assert kept == [set(), held, set(), set(), set(), *[set()] * (len(kept) - 5)]
    assert all(held <= set(running.adjoints.histories[0][step]) for step in range(1, 5))


@pytest.mark.parametrize(
    "right",
    [
        add(TOTAL.at(t + 1), hadamard(multiply(A, transpose(B)), TOTAL.at(t + 1))),
        add(TOTAL.at(t + 1), hadamard(multiply(A, transpose(B)), multiply(B, transpose(C)))),
        add(scale(2, TOTAL.at(t + 1)), multiply(A, transpose(B))),
        multiply(A, transpose(B)),
        TOTAL.at(t + 1),
    ],
    ids=repr,
)
def test_what_is_no_sum_of_products_stays_as_it_is(right):
    equation = Equation(TOTAL, right)
    assert sums_apart([equation], ["S"]) == ((equation,), {})


def test_a_sum_that_something_else_uses_stays_too():
    equations = LSTM(1).adjoint_equations
    total = next(e.lhs for e in equations if e.lhs.name == "b_bar_i")
    reads = Equation(Quantity("r", 1, time=t), total)
    assert total not in sums_apart([*equations, reads], ["b_bar_i"])[1]
    assert total in sums_apart(equations, ["b_bar_i"])[1]
