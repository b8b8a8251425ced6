"""Testing: an implementation's numbers in; how far they are off, as a failure of your tests, out.

What is here is loaded when it is first used: pytest imports the plugin whether or not a test needs
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symlstm.testing.assertion import assert_ulp

__all__ = ["assert_ulp"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from symlstm.testing import assertion

        return getattr(assertion, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
