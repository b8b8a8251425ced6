"""Recursion as deep as memory allows.

Python ends its own at a thousand calls or so, and formulas of long sequences go deeper.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

Calls: TypeAlias = Generator[tuple[Any, ...], Any, Result]
"""What yields arguments where it would call itself, is sent the results, and returns its own."""


def deep(function: Callable[Parameters, Calls[Result]]) -> Callable[Parameters, Result]:
    """Return the recursive function of a generator that yields where it would call itself.

    >>> @deep
    ... def total(number):
    ...     return number + (yield (number - 1,)) if number else 0
    >>> total(100_000)
    5000050000
    """
    again: Callable[..., Calls[Result]] = function

    @wraps(function)
    def call(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        calls = [function(*arguments, **options)]
        result: Any = None
        while calls:
            try:
                inner = calls[-1].send(result)
            except StopIteration as returned:
                calls.pop()
                result = returned.value
            else:
                calls.append(again(*inner))
                result = None
        return cast(Result, result)

    return call
