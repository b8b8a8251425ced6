"""Remember what was found: of an object, or of an array that nobody can write to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial, wraps
from operator import is_
from typing import Any, Self, TypeVar, overload
from weakref import ref

from numpy.typing import NDArray

Found = TypeVar("Found")


class cached_property(functools.cached_property[Found]):  # noqa: N801 (as Python's own)
    """A property that is computed once, without a lock: as Python's own has been since 3.12.

    Before, one lock was for the property of all objects. Whoever waited for it while computing with
    balls, and whoever held it and waited for the balls' precision, would have waited for ever. Two
    threads may now compute the same; they come to the same.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Found: ...

    def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
        """Return what is found, and keep it where it is looked up before this is asked again."""
        if instance is None:
            return self
        found = vars(instance)[self.attrname or ""] = self.func(instance)
        return found


def remembered(function: Callable[..., Found]) -> Callable[..., Found]:
    """Return a function of arrays that finds nothing out twice of some that cannot be written to.

    Weights are such arrays, and there may be millions of them.
    """
    known: dict[tuple[int, ...], tuple[tuple[ref[NDArray[Any]], ...], Found]] = {}

    @wraps(function)
    def found(*arrays: NDArray[Any]) -> Found:
        for array in arrays:
            if array.flags.writeable:
                return function(*arrays)
        key = tuple(map(id, arrays))
        before = known.get(key)
        if before is not None and all(map(is_, map(ref.__call__, before[0]), arrays)):
            return before[1]
        result = function(*arrays)
        forget = partial(_forget, known, key)
        known[key] = tuple(ref(array, forget) for array in arrays), result
        return result

    return found


def _forget(known: dict[Any, tuple[tuple[ref[Any], ...], Any]], key: Any, gone: ref[Any]) -> None:
    before = known.get(key)
    if before is not None and any(one is gone for one in before[0]):
        del known[key]
