"""Components that a test needs and that a machine may not have."""

from typing import NoReturn

import pytest


def missing(component: str) -> NoReturn:
    """Skip the test; where every component is installed, the session then fails."""
    pytest.skip(f"{component} is not installed")
