"""The fixture ``layer_case``, of a cell that is no LSTM."""

OWN_GRU = """
import numpy as np
import pytest

import symlstm

@pytest.mark.layer_case(cell=symlstm.GRU(3, 2), dtype="float64", steps=4)
def test_gru(layer_case):
    arrays = layer_case.layer.stacked(layout="torch")
    W, U, b, d = (array.astype("float64") for array in arrays.values())
    (h,), out = layer_case.initial_state, []
    sigma = lambda z: 1 / (1 + np.exp(-z))
    for x in layer_case.inputs.swapaxes(0, 1):
        (r, z, n), (s, y, m) = (np.split(a, 3, axis=-1) for a in (x @ W.T + b, h @ U.T + d))
        r, z = sigma(r + s), sigma(z + y)
        h = (1 - z) * np.tanh(n + r * m) + z * h
        out.append(h)
    layer_case.assert_right(np.stack(out, axis=1))
    assert layer_case.recurrent_bias.shape == (3,)

@pytest.mark.layer_case(cell=symlstm.SimpleRNN(2, 1, activation="relu"), batch=None, steps=3)
def test_simple(layer_case):
    h, out = np.zeros(2, np.float32), []
    for x in layer_case.inputs:
        h = np.maximum(x @ layer_case.kernel + h @ layer_case.recurrent_kernel + layer_case.bias, 0)
        out.append(h)
    layer_case.assert_right(np.stack(out))

@pytest.mark.layer_case(3)
def test_unnamed(layer_case):
    pass
"""


def test_someones_own_gru_is_tested_with_the_fixture(pytester):
    pytester.makepyfile(OWN_GRU)
    result = pytester.runpytest_subprocess("--strict-markers", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*layer_case takes its options by name, not (3,)*"])
