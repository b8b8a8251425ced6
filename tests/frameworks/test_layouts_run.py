"""What frameworks themselves compute with the arrays that a layer hands them.

Beside those of the extras, they are TensorFlow with tf_keras, Flax, Haiku and OpenVINO, and, with
NumPy below 1.24, Chainer, DyNet and MXNet: whichever is installed is run.
"""

import os
from importlib.util import find_spec

import numpy as np
import pytest
import running
import running_gru

from symlstm import GRU, LSTM, PeepholeLSTM, ProjectedLSTM

os.environ.setdefault("KERAS_BACKEND", "torch")
INSTALLED = [layout for layout, package in running.PACKAGES.items() if find_spec(package)]
"""The layouts whose framework is here: none is required, and the suite of each is its own."""
CELLS = [
    *((layout, LSTM(units, 2)) for layout in running.PACKAGES for units in (3, 2)),
    *((layout, PeepholeLSTM(3, 2)) for layout in ("onnx", "tf1", "tf_block", "tf_block_v2")),
    *((layout, ProjectedLSTM(3, 2, proj_size=2)) for layout in ("mxnet", "tf1")),
    *((layout, GRU(units, 2)) for layout in running_gru.AFTER for units in (3, 2)),
    *((layout, GRU(3, 2, reset_after=False)) for layout in running_gru.BEFORE),
]
HERE = [(layout, cell) for layout, cell in CELLS if layout in INSTALLED]


def run(cell, layout, arrays, x):
    if isinstance(cell, GRU):
        return getattr(running_gru, layout)(arrays, x, cell.reset_after)
    return getattr(running, layout)(arrays, x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("layout", "cell"), HERE, ids=str)
def test_a_framework_computes_what_the_layer_does_with_its_arrays(layout, cell):
    rng = np.random.default_rng(2)
    groups = dict.fromkeys(cell.groups, 0)
    zeros = cell.bind(**groups)
    sizes = {group: zeros.stacked(group).shape for group in groups}
    quarters = {group: rng.integers(-6, 7, size) / 4 for group, size in sizes.items()}
    layer = cell.bind(**quarters)
    arrays = {name: a.astype("f4") for name, a in layer.stacked(layout=layout).items()}
    x = rng.normal(size=(4, 2)).astype("f4")
    computed = run(cell, layout, arrays, x)
    expected = layer.run(x, algebra="float").sequence_out
    assert np.allclose(computed, expected, atol=3e-6)
    again = cell.bind(layout=layout, **arrays)
    assert all((again.weights[name] == layer.weights[name]).all() for name in cell.weights)
