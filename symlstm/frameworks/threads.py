"""On how many threads PyTorch computes, under whatever runs on it: itself, Keras, or a function."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Have PyTorch compute on one thread, if it is in use.

    How sums are split among threads changes their rounding: so the numbers are the same on any
    machine. And threads of PyTorch wait for each other without rest, which takes tens of times
    longer than the numbers do as soon as other processes want the processors.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
