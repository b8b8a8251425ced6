"""Testing: an implementation's numbers in; how far they are off, as a failure of your tests, out.

What is here is loaded when it is first used: pytest imports the plugin whether or not a test needs
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symlstm.judging.judge import judge
    from symlstm.judging.verdict import Verdict
    from symlstm.testing.assertion import assert_right, assert_ulp

__all__ = ["Verdict", "assert_right", "assert_ulp", "judge"]

MODULES = {
    "Verdict": "judging.verdict",
    "assert_right": "testing.assertion",
    "assert_ulp": "testing.assertion",
    "judge": "judging.judge",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f"symlstm.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
