"""The budget: how much of what may be asked for, in one table, and how to ask for more.

Numbers that a user gives become work, memory or pages. Before any of it is begun, what it would
come to is counted and held against a row here. The limits are far beyond honest work, and each can
be raised: ``symlstm derive FILE --limit updates=100000``, or in Python

>>> from symlstm import budget
>>> with budget(updates=100_000):
...     pass
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from symlstm.errors import SymlstmError, TooLargeError, choices

LIMITS: Mapping[str, tuple[int, str]] = {
    "weights": (10_000_000, "numbers in all its weights"),
    "values": (20_000_000, "numbers in an array"),
    "operations": (1_000_000_000, "multiplications, none of them in floats"),
    "float_operations": (1_000_000_000_000, "multiplications in floats"),
    "symbolic_terms": (100_000, "products of symbols"),
    "nodes": (1_000_000, "nodes of an expression"),
    "page_nodes": (100_000, "nodes of a closed form on a page"),
    "exact_values": (200_000, "exact values"),
    "ball_operations": (500_000, "values in balls, those of many digits counted manifold"),
    "certified_digits": (10_000, "digits, each of them proven"),
    "integer_digits": (100_000_000, "digits of an integer"),
    "fraction_digits": (1_000_000, "digits of a fraction"),
    "literal_digits": (10_000, "digits of a number that is written out"),
    "updates": (10_000, "updates of the weights"),
    "workers": (256, "processes"),
    "cases": (100_000, "cases"),
    "lines": (12_000, "lines of values, of a hundred digits each"),
    "page_numbers": (100_000, "numbers that a page is about"),
    "page_characters": (20_000_000, "characters of a page"),
    "prose_characters": (30_000, "characters of prose"),
    "drawn_values": (20_000, "values with their wires in a figure"),
    "drawn_points": (1_000_000, "points in a figure"),
    "text_bytes": (2_000_000, "bytes of text"),
    "tables": (10_000, "tables"),
    "nesting": (32, "levels of nesting"),
    "model_nodes": (200_000, "nodes of a model, those of a function once a call"),
    "folded": (20_000, "tensors that a model computes of stored ones"),
    "data_bytes": (500_000_000, "bytes of data"),
}
"""What is counted, by name: the most that there may be, and what it is called."""

_raised: ContextVar[Mapping[str, int]] = ContextVar("raised", default=MappingProxyType({}))


@contextmanager
def budget(**limits: int) -> Iterator[None]:
    """Set other limits, by their names in `LIMITS`, for what is done inside of ``with``.

    Raises `SymlstmError` for a name that is not there, or a limit that is no whole number.

    >>> from symlstm import LSTM, budget
    >>> with budget(weights=10):
    ...     LSTM(units=1)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    symlstm.errors.TooLargeError: units is 1: that comes to 12 numbers in all its weights, ...
    """
    for name, limit in limits.items():
        if name not in LIMITS:
            message = f"there is no limit {name!r}; {choices(name, LIMITS)}"
            raise SymlstmError(message, argument=name)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
            message = f"the limit {name} is {limit!r}; give a whole number, 0 or more"
            raise SymlstmError(message, argument=name)
    token = _raised.set({**_raised.get(), **limits})
    try:
        yield
    finally:
        _raised.reset(token)


def most(limit: str) -> int:
    """Return the most that there may be of what a row counts."""
    return _raised.get().get(limit, LIMITS[limit][0])


def afford(limit: str, amount: int, *, what: str, argument: str | None = None) -> int:
    """Raise `TooLargeError` for more than a row of the table allows; return what it allows.

    ``what`` is what comes to that ``amount``, and ``argument`` what it was asked for with.
    """
    allowed = most(limit)
    if amount > allowed:
        raise TooLargeError(
            f"{what}: that comes to {written(amount)} {LIMITS[limit][1]}, more than the "
            f"{allowed:,} that are allowed; ask for less, or allow more with --limit "
            f"{limit}=..., in Python with symlstm.budget({limit}=...)",
            argument=argument,
        )
    return allowed


def written(amount: int) -> str:
    """Return an amount as a message has it: in full as far as that is short.

    >>> written(12_345), written(10**30)
    ('12,345', 'about 10^30')
    """
    size = amount.bit_length()
    return f"{amount:,}" if size < 50 else f"about 10^{(size - 1) * 0.30103:.0f}"
