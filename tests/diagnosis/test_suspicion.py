"""The mistake that is said beside a failure."""

import numpy as np
import pytest

import symlstm
from symlstm import LSTM
from symlstm.testing import assert_right, assert_ulp

UNITS, INPUT_DIM = 3, 2
SAID = "in the equation of h_t, tanh is missing"


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.fixture
def layer():
    numbers = np.random.default_rng(7)
    shapes = {"kernel": (INPUT_DIM, 4 * UNITS), "recurrent_kernel": (UNITS, 4 * UNITS)}
    shapes["bias"] = (4 * UNITS,)
    weights = {n: numbers.normal(0, 0.6, s).astype(np.float32) for n, s in shapes.items()}
    return LSTM(UNITS, INPUT_DIM).bind(**weights)


@pytest.fixture
def without_tanh(layer):
    """An LSTM written by hand, whose output is o ⊙ c."""
    kernel, recurrent, bias = (
        np.asarray(layer.stacked(name), dtype=np.float32)
        for name in ("kernel", "recurrent_kernel", "bias")
    )

    def run(x):
        h = c = np.zeros((len(x), UNITS), np.float32)
        outputs = []
        for at in range(x.shape[1]):
            i, f, new, o = np.split(x[:, at] @ kernel + h @ recurrent + bias, 4, axis=1)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(new)
            h = _sigmoid(o) * c
            outputs.append(h)
        return np.stack(outputs, axis=1)

    return run


@pytest.fixture
def inputs():
    return np.random.default_rng(8).normal(size=(2, 4, INPUT_DIM)).astype(np.float32)


@pytest.mark.parametrize(
    "check", [assert_right, lambda *both: assert_ulp(*both, max_ulp=8, of="largest")]
)
def test_a_failure_says_which_mistake_explains_it(layer, without_tanh, inputs, check):
    with pytest.raises(AssertionError, match="It agrees, to") as failure:
        check(without_tanh(inputs), layer.reference(inputs))
    assert SAID in " ".join(str(failure.value).split())


def test_noise_is_not_explained(layer, inputs):
    noise = np.random.default_rng(9).normal(size=(2, 4, UNITS)).astype(np.float32)
    with pytest.raises(AssertionError) as failure:
        assert_right(noise, layer.reference(inputs))
    assert "It agrees" not in str(failure.value)


def test_an_audit_says_it_below_its_table(layer, without_tanh):
    options = {"cases": 2, "steps": 4, "dtype": "float32", "workers": 1}
    found = symlstm.audit(without_tanh, layer=layer, **options)
    (words,) = found.agreements.values()
    assert SAID in words
    assert " ".join(str(found).split()).endswith(words)


def test_a_mistake_that_changes_nothing_explains_nothing(layer, inputs):
    # Initial states of zero can be exchanged; a tanh that is off is another thing.
    reference = layer.reference(inputs)
    for factor in (1 + 1e-7, 1 + 3e-6):
        with pytest.raises(AssertionError) as failure:
            assert_ulp(reference.sequence_out * np.float32(factor), reference, max_ulp=0)
        assert "initial state" not in str(failure.value)
