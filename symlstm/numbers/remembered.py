"""Remember what was found: of an object, or of an array that nobody can write to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, TypeVar
from weakref import ref

from numpy.typing import NDArray

Found = TypeVar("Found")


class cached_property(functools.cached_property[Found]):  # noqa: N801 (as Python's own)
    """A property that is computed once, without a lock: as Python's own has been since 3.12.

    Before, one lock was for the property of all objects. Whoever waited for it while computing with
    balls, and whoever held it and waited for the balls' precision, would have waited for ever. Two
    threads may now compute the same; they come to the same.
    """

    def __init__(self, function: Callable[[Any], Found]) -> None:
        super().__init__(function)
        self.lock = nullcontext()


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
