"""What an implementation of a layer returns, by the names that a run has for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symlstm.errors import SymlstmError
from symlstm.runs.packed import is_packed, unpacked

OUTPUTS = ("sequence_out", "state_h", "state_c")
"""What an LSTM returns, in the order in which frameworks return it."""


def returned(actual: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return by name what an implementation gave: a mapping, a tuple, or its output alone.

    ``names`` are those of a tuple's entries, which may be ``(out, (h, c))`` as well. What is packed
    comes back padded with zeros.
    """
    if isinstance(actual, Mapping):
        return {name: _padded(value) for name, value in actual.items()}
    if is_packed(actual) or not isinstance(actual, tuple):
        return {"sequence_out": _padded(actual)}
    if len(actual) == 2 and isinstance(actual[1], tuple | list):
        actual = (actual[0], *actual[1])
    if len(actual) > len(names):
        raise SymlstmError(
            f"the implementation gave a tuple of {len(actual)}, and the reference has "
            f"{', '.join(names)}; give those, in this order",
            argument="actual",
        )
    return dict(zip(names, map(_padded, actual), strict=False))


def _padded(value: Any) -> Any:
    return unpacked(value, None, None)[0]
