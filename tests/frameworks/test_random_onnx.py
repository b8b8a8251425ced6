"""Whatever a model of ONNX is, it is a layer or one clear error, soon and in little memory."""

import contextlib
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from models import model
from random_models import random_models

from symlstm import Layer, Network
from symlstm.errors import SymlstmError
from symlstm.frameworks.onnx import from_onnx

pytestmark = pytest.mark.usefixtures("onnx")

SECONDS = 2
"""Of the processor's time, which machines that are shared do not stretch."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("models") / "model.onnx"


@settings(
    max_examples=300,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(proto=random_models())
def test_any_model_is_a_layer_or_one_clear_error(path, proto):
    if isinstance(proto, bytes):
        path.write_bytes(proto)
    given_ = path if isinstance(proto, bytes) else proto
    begun = time.process_time()
    with contextlib.suppress(SymlstmError):
        assert isinstance(from_onnx(given_), Layer | Network)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", ["W", "R", "B", "initial_h"])
@pytest.mark.parametrize(
    "dims",
    [(2**40,), (1, 2**40, 3), (2**40, 2**40, 2**40), (1, 8, 2**63 - 1), (2**40, 0, 2**40),
     (2**62,) * 8, (1,) * 10_000],
    ids=str,
)  # fmt: skip
def test_huge_dimensions_take_no_memory(name, dims):
    stored = {"initial_h": np.ones((1, 1, 2), "f4")}
    proto = model(np.random.default_rng(0), stored=stored)
    tensor = next(one for one in proto.graph.initializer if one.name == name)
    tensor.dims[:] = dims
    tracemalloc.start()
    try:
        with pytest.raises(SymlstmError, match=name):
            from_onnx(proto)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
