"""What all tests of audits share."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import symlstm


@pytest.fixture
def audit():
    """An audit in threads of this process, which start at once."""
    with ThreadPoolExecutor(2) as executor:
        yield lambda *args, **options: symlstm.audit(*args, executor=executor, **options)
