"""Components that a test needs and that a machine may not have."""

import os
from typing import NoReturn

import pytest


def missing(component: str) -> NoReturn:
    """Skip the test, or fail it in CI, which installs every component."""
    if os.environ.get("CI"):
        pytest.fail(f"{component} is not installed, and CI may not do without")
    pytest.skip(f"{component} is not installed")
