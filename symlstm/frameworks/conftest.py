"""The examples of this folder run where their framework is installed."""

import os
from importlib.util import find_spec

PACKAGES = {"keras.py": "keras", "onnx.py": "onnx", "torch.py": "torch"}

collect_ignore = [file for file, package in PACKAGES.items() if find_spec(package) is None]
os.environ.setdefault("KERAS_BACKEND", "torch")
