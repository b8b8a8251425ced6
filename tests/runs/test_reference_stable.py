"""References where textbook formulas cancel: at zero, and in saturated gates."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import TRANSCENDENTAL

from symlstm import LSTM, SimpleRNN

SELU_SLOPE = Fraction("1.6732632423543772848170429916717") * Fraction(
    "1.0507009873554804934193349852946"
)
AT_ZERO = {
    "elu(alpha=5/2)": Fraction(5, 2),
    "elu(alpha=1/3)": Fraction(1, 3),
    "selu": SELU_SLOPE,
    "celu(alpha=2)": Fraction(1),
    "celu(alpha=1/3)": Fraction(1),
    "tanh": Fraction(1),
    "gelu": Fraction(1, 2),
    "silu": Fraction(1, 2),
    "tanh_shrink": Fraction(0),
}
"""The slopes of functions that are zero at zero."""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", AT_ZERO)
def test_zeros_are_decided_forward_and_backward(name, dtype):
    """All gates are one half, and the candidate, the state and the output zero."""
    layer = LSTM(1, activation=name).bind(kernel=1, recurrent_kernel=1, bias=0)
    reference = layer.reference([0, 0], dtype=dtype)
    assert not reference.sequence_out.any()
    assert reference.state_c == 0
    gradients, slope = reference.backward(), AT_ZERO[name]
    by_c = slope / 2
    by_candidate = by_c / 2 * slope
    # The candidate of the first step acts by the state, and by the output that the second reads.
    first = (by_c / 2 + by_candidate * slope / 2) / 2 * slope
    assert not gradients.kernel.any()
    assert gradients.bias.tolist() == [0, 0, np.dtype(dtype).type(float(by_candidate + first)), 0]
    assert gradients.initial_state[1].dtype == dtype


@pytest.mark.parametrize("z", [300, -300, 200])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slopes_of_saturated_gates_are_decided_at_the_first_precision(z, dtype):
    layer = LSTM(2, 2).bind(kernel=z, recurrent_kernel="1/3", bias="1/7")
    gradients = layer.reference([[1, 0], [0, 1], [1, "1/2"]], dtype=dtype).backward()
    first = gradients.attempts.result()
    for values in (*gradients.layers[0].initial_state, gradients.inputs, gradients.kernel):
        assert np.isfinite(values).all()
    for group in ("kernel", "recurrent_kernel", "bias"):
        assert gradients[group].dtype == dtype
    assert gradients.attempts.result() is first


@given(st.floats(-700, 700), st.sampled_from(["tanh", "sigmoid", "softplus", "mish", "gelu"]))
@settings(max_examples=60)
def test_a_slope_is_the_float64_nearest_to_that_of_mpmath(z, name):
    layer = SimpleRNN(1, activation=name).bind(kernel=1, recurrent_kernel=0, bias=0)
    gradients = layer.reference([z], dtype="float64").backward()
    f = {**TRANSCENDENTAL, "gelu": lambda z: z * mpmath.ncdf(z)}[name]
    with mpmath.workdps(1000):
        small = mpmath.mpf(10) ** -100
        slope = (f(mpmath.mpf(z) + small) - f(mpmath.mpf(z) - small)) / (2 * small)
        nearest = mpmath.libmp.to_rational(slope._mpf_)
    assert gradients["b"] == Fraction(*map(int, nearest)).__float__()
