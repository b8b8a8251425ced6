"""Components that a test needs and that a machine may not have."""

from importlib import import_module
from typing import NoReturn

import pytest


def missing(component: str) -> NoReturn:
    """Skip the test; where every component is installed, the session then fails."""
    pytest.skip(f"{component} is not installed")


def required(component, *packages):
    """Return the packages of a component; where one is not installed, the test is skipped."""
    try:
        return [import_module(package) for package in packages]
    except ImportError:
        missing(component)
