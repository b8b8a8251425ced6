"""What is taken from itself is zero, in balls, too; and nothing else changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, SLSTM
from symlstm.passes.cancel import cancelled


def drawn(cell, seed):
    rng = np.random.default_rng(seed)
    weights = {
        name: rng.normal(size=w.shape if w in cell.matrices else w.shape[:1])
        for name, w in cell.weights.items()
    }
    return cell.bind(**weights), rng.normal(size=(4, cell.input_dim))


def zero(ball):
    return ball == 0


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["sigmoid", "exponential"]))
def test_of_the_exponents_of_an_slstm_one_is_zero(seed, forget):
    layer, inputs = drawn(SLSTM(3, 2, forget_activation=forget), seed)
    trace = layer.run(inputs, algebra="ball", digits=10)
    for step in range(1, 5):
        pairs = zip(trace.told("z_i", step).flat, trace.told("z_f", step).flat, strict=True)
        assert all(zero(i) != zero(f) for i, f in pairs)


def test_values_are_those_of_the_equations_as_they_are_written():
    layer, inputs = drawn(SLSTM(3, 2), 1)
    balls, floats = (layer.run(inputs, algebra=one) for one in ("ball", "float"))
    for name in ("z_i", "z_f", "m", "h"):
        for step in range(1, 5):
            ball, value = (np.asarray(t.told(name, step), float) for t in (balls, floats))
            np.testing.assert_allclose(ball, value, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("cell", [LSTM(2), SLSTM(2, stabilised=False)], ids=repr)
def test_where_nothing_is_compared_the_equations_stay(cell):
    assert cancelled(cell.program) == cell.program
