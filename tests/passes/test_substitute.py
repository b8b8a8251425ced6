from itertools import pairwise

import sympy
from sympy import ZeroMatrix

from symlstm import LSTM
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.passes.substitute import Definitions
from symlstm.passes.unroll import at_step, unroll


def test_unrolling_puts_numbers_for_time():
    equations = LSTM(2).equations
    assert [str(e) for e in at_step(equations, 3)][4] == "c_3 = f_3 ⊙ c_2 + i_3 ⊙ c̃_3"
    assert unroll(equations, 3) == sum((at_step(equations, k) for k in (1, 2, 3)), ())


def test_closed_forms_in_vector_form_keep_the_order_of_the_formulas():
    cell = LSTM(3, 2, activation="linear", use_bias=False)
    h = cell.vector("h")
    zeros = {state.at(0): ZeroMatrix(3, 1) for state in cell.states.values()}
    definitions = Definitions({**zeros, **{e.lhs: e.rhs for e in unroll(cell.equations, 2)}})
    closed = definitions.substitute(h.at(1))
    assert str(Equation(h.at(1), closed)) == "h_1 = σ(W_o x_1) ⊙ σ(W_i x_1) ⊙ (W_c x_1)"
    assert closed.atoms(Quantity) <= {cell.x.at(1), *cell.weights.values()}
    assert "U_f (σ(W_o x_1) ⊙ σ(W_i x_1) ⊙ (W_c x_1))" in str(
        Equation(h.at(2), definitions.substitute(h.at(2)))
    )


def test_work_grows_with_the_definitions_and_not_with_the_tree():
    names = sympy.symbols("a:400", real=True)
    doubled = {new: old * (old + 1) for old, new in pairwise(names)}
    assert Definitions(doubled).size(names[-1]) > 2**399
    few = Definitions(dict(list(doubled.items())[:3]))
    a = names[0]
    expected = a * (a + 1)
    for _ in range(2):
        expected = expected * (expected + 1)
    assert few.substitute(names[3]) == expected
