from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import cases

from symlstm import LSTM, ProjectedLSTM, SimpleRNN
from symlstm.errors import CellError


def test_the_carousel_of_the_articles_network(article):
    jacobian = article.run([1, 1, 1]).state_jacobian("c")
    assert [jacobian[t] for t in (1, 2, 3)] == [1, 2, 13]
    assert jacobian.alone() == 1 * 2 * 13
    assert (jacobian.total(), jacobian.through_others()) == (731, 705)
    assert (jacobian.total(2), jacobian.alone(2), jacobian.alone(3)) == (77, 13, 1)
    assert article.run([1, 1, 1]).state_jacobian("h")[3] == 663


@given(cases(max_steps=3, activations=["linear", "relu", "hard_tanh", "hard_sigmoid"]))
@settings(max_examples=30)
def test_the_total_is_what_the_backward_pass_comes_to(case):
    trace = case.run()
    weights = [k + 1 for k in range(case.units)]
    gradients = trace.backward(grad_state_h=0, grad_state_c=weights)
    total = trace.state_jacobian("c").total()
    assert (np.dot(weights, total) == gradients[0].c).all()


@given(cases(max_steps=3, peephole=False))
@settings(max_examples=30)
def test_what_an_lstm_carries_alone_is_the_product_of_its_forget_gates(case):
    trace = case.run()
    product = np.prod(trace["f"], axis=0)
    assert (trace.state_jacobian("c").alone() == np.diag(product)).all()


@given(cases(max_steps=3, activations=["linear", "relu", "hard_tanh", "hard_sigmoid"]))
@settings(max_examples=30)
def test_one_step_of_the_output_is_its_whole_derivative_with_the_cell_state_held_fixed(case):
    trace = case.run()
    jacobian = trace.state_jacobian("h")
    one_step = jacobian.total(len(trace) - 1)
    assert (jacobian[len(trace)] == one_step).all()
    assert not np.any(jacobian.through_others(len(trace) - 1))


def test_a_state_without_others_carries_everything():
    layer = SimpleRNN(2, activation="softsign").bind(
        kernel=1, recurrent_kernel=[[1, 2], [3, "1/2"]], bias=0
    )
    jacobian = layer.run([1, "1/2", -1]).state_jacobian("h")
    assert (jacobian.total() == jacobian.alone()).all()
    assert not jacobian.through_others().any()
    h = layer.run([1]).state_h
    slopes = [(1 - abs(Fraction(int(v.p), int(v.q)))) ** 2 for v in h]
    expected = [[slopes[0] * 1, slopes[0] * 3], [slopes[1] * 2, slopes[1] * Fraction(1, 2)]]
    assert jacobian[1].tolist() == expected


def test_batches_symbols_and_floats_have_theirs(article):
    batch = article.run([[[1], [1]], [[2], [1]]]).state_jacobian("c")
    assert batch.alone().shape == (2, 1, 1)
    assert batch[2].ravel().tolist() == [2, 9]
    cell = LSTM(1, use_bias=False)
    f_2 = cell.unroll(2)[2].f
    assert cell.unroll(2).state_jacobian("c")[2] == f_2
    floats = article.run([1, 1, 1], algebra="float").state_jacobian("c")
    assert (floats.alone(), floats.total()) == (26, 731)


def test_states_and_steps_that_are_not_there_are_named(article):
    trace = article.run([1, 1])
    with pytest.raises(CellError, match="no state 'i'; known: h, c"):
        trace.state_jacobian("i")
    with pytest.raises(CellError, match="no state"):
        trace.state_jacobian(["c"])
    jacobian = trace.state_jacobian("c")
    for misplaced in (lambda: jacobian[3], lambda: jacobian.alone(3), lambda: jacobian.alone(-1),
                      lambda: jacobian.total(3), lambda: jacobian.through_others(9)):  # fmt: skip
        with pytest.raises(IndexError, match="no step"):
            misplaced()


def test_a_projected_output_has_a_jacobian_of_its_own_size():
    cell = ProjectedLSTM(2, proj_size=1, activation="linear", recurrent_activation="linear")
    trace = cell.bind(kernel=1, recurrent_kernel=2, bias=0, projection=[[1], [-3]]).run([1, 2])
    assert trace.state_jacobian("c").total().shape == (2, 2)
    jacobian = trace.state_jacobian("h")
    gradients = trace.backward(grad_state_h=1)
    assert jacobian.total().tolist() == [gradients.initial_state[0].tolist()]
