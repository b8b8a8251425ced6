"""What all tests of ONNX share."""

import pytest
from components import missing


@pytest.fixture(scope="module")
def _onnx():
    try:
        import onnx
        import onnxruntime  # noqa: F401
    except ImportError:
        missing("onnx and onnxruntime")
    return onnx
