"""The precision of balls: FLINT's own, one for all threads of a process.

Whoever computes with balls holds it meanwhile, and gives it back as it was. Nobody yields while
holding it: a generator may go on in another thread, or never.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flint import ctx

_HELD = threading.RLock()
"""Held by the thread whose balls are computed with; it may ask for another precision meanwhile."""

if hasattr(os, "register_at_fork"):
    # A process forks when no other thread is at work, whose precision it would keep, with a lock
    # that nobody is left to open.
    os.register_at_fork(
        before=_HELD.acquire, after_in_parent=_HELD.release, after_in_child=_HELD.release
    )


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Compute with balls at a precision, in bits, while all other threads wait with theirs.

    >>> with precision(200):
    ...     with precision(10):
    ...         pass
    ...     ctx.prec
    200
    """
    with _HELD, ctx.workprec(bits):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Print balls with as many digits as their user has set, and no other thread meanwhile."""
    with _HELD:
        yield
