from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS, TRANSCENDENTAL
from strategies import rationals

from symlstm import SimpleRNN
from symlstm.errors import CellError


@given(
    st.lists(rationals, min_size=9, max_size=9),
    st.lists(rationals, min_size=1, max_size=4),
    st.sampled_from(sorted(FRACTION_ACTIVATIONS)),
)
def test_it_is_the_cell_in_fractions(numbers, inputs, activation):
    kernel, recurrent, bias = numbers[:2], [numbers[2:4], numbers[4:6]], numbers[6:8]
    cell = SimpleRNN(2, activation=activation)
    layer = cell.bind(kernel=[kernel], recurrent_kernel=recurrent, bias=bias)
    trace = layer.run(inputs, initial_state=[numbers[8]])
    h = [numbers[8]] * 2
    for step, x in enumerate(inputs, start=1):
        z = [
            kernel[j] * x + sum(h[k] * recurrent[k][j] for k in range(2)) + bias[j]
            for j in range(2)
        ]
        h = [FRACTION_ACTIVATIONS[activation](Fraction(value)) for value in z]
        assert trace[step].h.tolist() == h


@pytest.mark.parametrize("activation", TRANSCENDENTAL)
def test_with_any_other_activation_it_is_the_cell_at_60_digits(activation):
    layer = SimpleRNN(1, activation=activation).bind(kernel=0.75, recurrent_kernel=-0.5, bias=0.25)
    inputs = [1, -2, 0.5]
    with mpmath.workdps(60):
        h, outputs = mpmath.mpf(0), []
        for x in inputs:
            h = TRANSCENDENTAL[activation](mpmath.mpf(3) / 4 * x - h / 2 + mpmath.mpf(1) / 4)
            outputs.append(float(h))
    assert layer.reference(inputs, dtype="float64").sequence_out.tolist() == outputs


def test_it_has_no_gates_and_no_cell_state():
    layer = SimpleRNN(1, activation="linear").bind(kernel=2, recurrent_kernel=3, bias=0)
    trace = layer.run([1, 1])
    assert (trace.state_h, trace[1].h) == (8, 2)
    gradients = trace.backward()
    assert (gradients["W"], gradients["U"], gradients["b"]) == (4, 2, 4)
    assert np.array_equal(gradients.kernel, [[4]])
    with pytest.raises(CellError, match="has no gates"):
        SimpleRNN(1).bind(kernel={"i": 1}, recurrent_kernel=0, bias=0)
    with pytest.raises(CellError, match="has no state 'c'"):
        trace.backward(grad_state_c=1)
