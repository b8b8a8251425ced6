"""Readings: values over time as floats that can be drawn, of whatever numbers a run was in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from flint import arb
from numpy.typing import NDArray

from symlstm.errors import CellError, choices
from symlstm.numbers.arrays import Array
from symlstm.numbers.budget import afford
from symlstm.runs.trace import Trace

Floats = NDArray[np.float64]

BEYOND = 308.0
"""The logarithm from which on numbers are beyond the range of floats."""


class Reading(NamedTuple):
    """Numbers, and the logarithms to base 10 of their absolute values.

    A number beyond the range of floats is infinite, and its logarithm is not. What is no finite
    number is NaN, or infinite in both.
    """

    value: Floats
    size: Floats


def is_number(value: Floats, size: Floats) -> NDArray[np.bool_]:
    """Say which values of a reading are finite numbers."""
    return ~np.isnan(value) & ~np.isposinf(size)


class Course(NamedTuple):
    """A quantity over time: its ``middle``, of shape (rows, steps), and what encloses it, if any.

    The first column is that of time step ``first``.
    """

    name: str
    first: int
    middle: Reading
    ends: tuple[Reading, Reading] | None


def courses(trace: Trace[Any], names: Iterable[str], sequence: int = 0) -> list[Course]:
    """Return values of one sequence over time; states from their initial ones, at time step 0.

    Where a mask hides a step, and where floats are none, there is no number.

    Raises `CellError` for a name that the trace does not have and for a symbolic trace, and
    `TooLargeError` for more numbers than a page may be about.
    """
    if trace.given is None:
        raise CellError("a symbolic trace has no numbers to draw; bind the cell and run it")
    known = {"x": trace.cell.x, **trace.cell.computed}
    for name in names:
        if name not in known:
            message = f"there is no value {name!r}; {choices(name, known)}"
            raise CellError(message, argument="name")
    rows = sum(int(known[name].shape[0]) for name in names)
    afford("page_numbers", rows * len(trace), what=f"a figure of {len(trace)} steps")
    return [_course(trace, name, int(known[name].shape[0]), sequence) for name in names]


def _course(trace: Trace[Any], name: str, rows: int, sequence: int) -> Course:
    first = 0 if name in trace.cell.states else 1
    steps = range(first, len(trace) + 1)
    columns = _columns(trace, name, steps, sequence)
    middles = reading(columns, rows, middle)
    entries = (entry for column in columns if column is not None for entry in column)
    if not any(isinstance(entry, arb) for entry in entries):
        return Course(name, first, middles, None)
    return Course(
        name, first, middles, (reading(columns, rows, _low), reading(columns, rows, _high))
    )


def over_time(
    trace: Trace[Any], name: str, rows: int, steps: Iterable[int], sequence: int
) -> Reading:
    """Return a value at time steps, balls by their middles; a masked step has no numbers."""
    return reading(_columns(trace, name, steps, sequence), rows, middle)


def _columns(
    trace: Trace[Any], name: str, steps: Iterable[int], sequence: int
) -> list[Array | None]:
    history = trace.histories[sequence]
    return [
        trace.entries(name, step, sequence)[:, 0] if name in history[step] else None
        for step in steps
    ]


def reading(columns: Sequence[Array | None], rows: int, part: Callable[[Any], Any]) -> Reading:
    """Return columns of numbers side by side; ``part`` is what is taken of each exact one."""
    value, size = (np.full((rows, len(columns)), np.nan) for _ in range(2))
    for k, column in enumerate(columns):
        if column is None:
            continue
        if column.dtype == object:
            pairs = [_pair(part(entry)) for entry in column]
            value[:, k], size[:, k] = zip(*pairs, strict=True)
        else:
            value[:, k] = column
            with np.errstate(divide="ignore"):
                size[:, k] = np.log10(np.abs(value[:, k]))
    return Reading(value, size)


def middle(entry: Any) -> Any:
    """Return the middle of a ball, or a number itself."""
    return entry.mid() if isinstance(entry, arb) and entry.is_finite() else entry


def _low(entry: Any) -> Any:
    return entry.lower() if isinstance(entry, arb) and entry.is_finite() else entry


def _high(entry: Any) -> Any:
    return entry.upper() if isinstance(entry, arb) and entry.is_finite() else entry


def _pair(number: Any) -> tuple[float, float]:
    """Return an exact number, or a ball without a radius, as a float, and its logarithm."""
    if isinstance(number, arb):
        if not number.is_finite():
            return math.nan, math.nan
        mantissa, exponent = map(int, number.mid().man_exp())
        return _scaled(mantissa, exponent)
    return _ratio(int(number.p), int(number.q))


def _scaled(mantissa: int, exponent: int) -> tuple[float, float]:
    if mantissa == 0:
        return 0.0, -math.inf
    size = math.log10(abs(mantissa)) + exponent * math.log10(2)
    if size > BEYOND:
        return _infinite(mantissa), size
    bits = mantissa.bit_length()
    return math.ldexp(mantissa / 2**bits, exponent + bits), size


def _ratio(p: int, q: int) -> tuple[float, float]:
    if p == 0:
        return 0.0, -math.inf
    size = math.log10(abs(p)) - math.log10(q)
    return (_infinite(p) if size > BEYOND else p / q), size


def _infinite(number: int) -> float:
    return math.inf if number > 0 else -math.inf
