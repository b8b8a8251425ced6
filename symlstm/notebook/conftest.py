"""The examples of this folder run where pandas is installed."""

from importlib.util import find_spec

collect_ignore = ["frames.py"] if find_spec("pandas") is None else []
