"""Remember what was found of arrays that nobody can write to, for as long as they are there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import ref

from numpy.typing import NDArray

Found = TypeVar("Found")


def remembered(function: Callable[[NDArray[Any]], Found]) -> Callable[[NDArray[Any]], Found]:
    """Return a function of an array that finds nothing out twice of one that cannot be written to.

    Weights are such arrays, and there may be millions of them.
    """
    known: dict[int, tuple[ref[NDArray[Any]], Found]] = {}

    @wraps(function)
    def found(array: NDArray[Any]) -> Found:
        if array.flags.writeable:
            return function(array)
        key = id(array)
        before = known.get(key)
        if before is not None and before[0]() is array:
            return before[1]
        result = function(array)
        known[key] = ref(array, lambda gone: _forget(known, key, gone)), result
        return result

    return found


def _forget(known: dict[int, tuple[ref[NDArray[Any]], Any]], key: int, gone: Any) -> None:
    before = known.get(key)
    if before is not None and before[0] is gone:
        del known[key]
