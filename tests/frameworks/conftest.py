"""Keras in float64, as it is meant."""

import pytest
from components import missing


@pytest.fixture(scope="session")
def keras(tmp_path_factory):
    """Keras on PyTorch, which CI installs; its settings file goes elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        try:
            import keras
        except ImportError:
            missing("Keras on PyTorch")
        yield keras
