"""Numbers that a page asks for: a sheet has room for them, and its key shows where they go."""

from __future__ import annotations

import numpy as np

Places = frozenset[tuple[str, int | None]]
"""Values by name and time step; the gradient by a weight, a sum over all of them, has none."""
NO_BLANKS: Places = frozenset()
"""The values that a page leaves out that asks for nothing."""


class Blank(np.ndarray):
    """Numbers that a page leaves out, with room for what is written there.

    >>> entries = np.array([[1, 2]], dtype=object).view(Blank)
    >>> isinstance(entries, Blank), entries.shape
    (True, (1, 2))
    """


class Filled(np.ndarray):
    """Numbers that a page shows where another one, which asks for them, leaves them out."""
