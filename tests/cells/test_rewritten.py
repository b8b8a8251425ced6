"""Cells with other equations: what mutations make of a cell can be run, whatever it is."""

import numpy as np
from sympy import Transpose

from symlstm import Cell, Equation, Layer, SimpleRNN
from symlstm.cells.rewritten import rewritten
from symlstm.equations import add, multiply
from symlstm.passes.mutate import mutations

CELL = SimpleRNN(2, 2)
LAYER = CELL.bind(kernel=[[1, 2], [3, -4]], recurrent_kernel=[[0.5, 0], [1, -0.5]], bias=[1, 0])


def test_a_function_that_is_applied_twice_has_a_helper_of_its_own():
    twice = next(one for one in mutations(CELL.program) if one.rule == "activation twice")
    layer = Layer(rewritten(CELL, twice.changes, {}), LAYER.weights)
    out = layer.run([[0.5, 0.25]], algebra="float").sequence_out
    z = np.array([0.5, 0.25]) @ [[1, 2], [3, -4]] + [1, 0]
    np.testing.assert_allclose(out[0], np.tanh(np.tanh(z)), rtol=1e-15)


def test_a_state_that_nothing_recalls_stays_a_state():
    never = next(one for one in mutations(CELL.program) if one.rule == "never recalled")
    assert list(rewritten(CELL, never.changes, {}).states) == ["h"]


class Turned(Cell):
    """A cell whose recurrent weights are transposed."""

    def define(self):
        z = add(multiply(self.W(), self.x), multiply(Transpose(self.U()), self.h.previous))
        return (Equation(self.h, self.phi(z)),)


def test_the_gradient_by_a_transposed_weight_is_that_of_its_transpose():
    kernel, recurrent = [[1, 2], [3, -4]], np.array([[1, 2], [-1, 3]])
    turned = Turned(2, 2, activation="relu").bind(kernel=kernel, recurrent_kernel=recurrent)
    plain = SimpleRNN(2, 2, activation="relu", use_bias=False).bind(
        kernel=kernel, recurrent_kernel=recurrent.T
    )
    ours, theirs = (one.run([[1, 1], [2, 0], [1, 3]]) for one in (turned, plain))
    assert (ours.sequence_out == theirs.sequence_out).all()
    ours, theirs = ours.backward(), theirs.backward()
    assert (ours["U"] == theirs["U"].T).all()
    assert (ours["W"] == theirs["W"]).all()
