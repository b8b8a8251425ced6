"""Activation functions and their derivatives, against Keras and PyTorch in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import CORNERS

from symlstm.algebras.floating import FloatAlgebra
from symlstm.equations.activation_table import ALIASES, FAMILIES
from symlstm.equations.activations import activation
from symlstm.equations.functions import NOT_VECTORS, VECTOR_FAMILIES

WITHOUT_PARAMETERS = sorted(
    set(FAMILIES) - {"threshold", "affine", "thresholded_relu", "scaled_tanh", "clip"}
)
"""What Keras has under the same name; its threshold has no parameters to leave out."""

VARIANTS = {
    "elu(alpha=5/2)": {"alpha": 2.5},
    "celu(alpha=1/4)": {"alpha": 0.25},
    "leaky_relu(negative_slope=3)": {"negative_slope": 3.0},
    "hard_shrink(threshold=2)": {"threshold": 2.0},
    "soft_shrink(threshold=0)": {"threshold": 0.0},
    "squareplus(b=1/8)": {"b": 0.125},
    "threshold(threshold=3/2, default_value=-1)": {"threshold": 1.5, "default_value": -1.0},
}

LOOSER = {"softplus": 1e-8, "hard_sigmoid'": 1e-8, "softplus'": 1e-8}
"""PyTorch's softplus is x above 20, and its slope of hard_sigmoid is one sixth in float32."""


def by_keras(keras, name, points):
    """Return the values and, by PyTorch's autograd, the slopes."""
    import torch

    def sigmoid_plus(z):  # as in the code of Feng et al., which Keras does not have
        return torch.where(z >= 0, z + 0.5, torch.sigmoid(z))

    known = {"sigmoid_plus": sigmoid_plus}
    function = known.get(name) or getattr(keras.activations, name.partition("(")[0])
    argument = torch.tensor(points, requires_grad=True)
    values = function(argument, **VARIANTS.get(name, {}))
    values.sum().backward()
    return values.detach().numpy(), argument.grad.numpy()


def assert_near(row, points, theirs):
    """Near is 4 units in the last place of the largest number that the formula meets."""
    assert theirs.dtype == np.float64
    floats = FloatAlgebra()
    with floats.context():
        ours = floats.apply(row, points)
    largest = np.maximum(np.maximum(1, np.abs(points)), np.abs(ours))
    assert np.all(np.abs(ours - theirs) <= LOOSER.get(row.name, 4 * 2.0**-52) * largest), row.name


@pytest.mark.parametrize("name", [*WITHOUT_PARAMETERS, *VARIANTS])
@given(seed=st.integers(0, 2**32), size=st.sampled_from([0.01, 1, 5, 30]))
@settings(max_examples=10)
def test_values_and_slopes_are_those_of_keras(keras, name, seed, size):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=100) * size
    row = activation(name)
    for function, theirs in zip((row, row.prime), by_keras(keras, name, points), strict=True):
        assert_near(function, points, theirs)


@pytest.mark.parametrize("name", [*WITHOUT_PARAMETERS, *VARIANTS])
def test_corners_are_as_in_keras(keras, name):
    points = np.array([float(corner) for corner in CORNERS] + [-2.0, 1.5, 2.0])
    row = activation(name)
    values, slopes = by_keras(keras, name, points)
    assert_near(row, points, values)
    if name == "soft_shrink(threshold=0)":  # the identity, which PyTorch gives the slope 0 at 0
        points, slopes = points[points != 0], slopes[points != 0]
    assert_near(row.prime, points, slopes)


def test_every_activation_of_keras_is_known(keras):
    theirs = {name for name in dir(keras.activations) if not name.startswith("_")}
    theirs -= {"get", "serialize", "deserialize"}
    assert theirs - NOT_VECTORS <= {*FAMILIES, *ALIASES, *VECTOR_FAMILIES}
    assert theirs >= {*NOT_VECTORS, "softmax", "log_softmax"}
    for alias, name in ALIASES.items():
        assert getattr(keras.activations, alias) is getattr(keras.activations, name)
