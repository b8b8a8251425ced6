"""Arrays of exact numbers, and of intervals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import starmap
from operator import methodcaller
from typing import Any, TypeAlias

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from symlstm.errors import NumberError, ShapeError
from symlstm.numbers.budget import afford
from symlstm.numbers.exact import (
    Interval,
    ball,
    computed,
    exactly,
    narrowed,
    rational,
    real,
    to_float,
    to_sympy,
)
from symlstm.numbers.floats import as_array
from symlstm.numbers.remembered import remembered

Array: TypeAlias = NDArray[Any]
"""An array of dtype object, whose entries are exact numbers or expressions."""
AS_THEY_ARE = (rational, real, computed)
"""What reads a finite float as the rational number that it is."""


def interval(middle: Any, radius: Any) -> Any:
    """Return the interval ``middle ± radius``, or an array of them for arrays of numbers.

    The two are broadcast as in NumPy. Where the radius is zero there is a plain number. A layer
    whose weights are intervals, and a run whose inputs or initial states are, stand for every
    layer, input and state in them; ``algebra="ball"`` takes them. Raises `NumberError` or
    `ShapeError` for what is no number or does not fit.

    >>> interval([1, "1/2"], "1e-3")
    array([1 ± 1/1000, 1/2 ± 1/1000], dtype=object)
    """
    middles = rational_array(middle, argument="middle")
    radii = rational_array(radius, argument="radius")
    try:
        shape = np.broadcast_shapes(middles.shape, radii.shape)
    except ValueError as error:
        raise ShapeError(
            f"middle has shape {middles.shape} and radius {radii.shape}; give a radius for each, "
            "or one for all",
            argument="radius",
        ) from error
    made = exported(np.vectorize(narrowed, otypes=[object])(middles, radii))
    return made if shape else made.item()


def rational_array(
    values: Any, *, argument: str = "values", read: Callable[..., Any] = rational
) -> Array:
    """Return the numbers in ``values``, nested to any depth, as an array of exact rationals.

    ``read`` is how an entry is read: with `real`, it may be an interval. Raises `ShapeError` when
    the nesting is ragged and `NumberError` when an entry is no number, or is masked.

    >>> rational_array([[1, "1/2"], [0.25, -3]])
    array([[1, 1/2],
           [1/4, -3]], dtype=object)
    """
    afford("values", _length(values), what=argument, argument=argument)
    # Only what has a mask can have masked entries; numpy.ma takes its time to import.
    if hasattr(values, "mask") and np.ma.is_masked(values):
        raise NumberError(f"{argument} has masked entries; fill them in", argument=argument)
    if hasattr(values, "dtype"):
        values = as_array(values)
        if read in AS_THEY_ARE and _are_finite(values):
            return exact(values)
    try:
        entries = np.asarray(values, dtype=object)
    except ValueError as error:
        raise _ragged(argument) from error
    result = np.empty(entries.shape, dtype=object)
    for index in np.ndindex(entries.shape):
        entry = entries[index]
        if isinstance(entry, list | tuple | np.ndarray):
            raise _ragged(argument)
        result[index] = read(entry, argument=argument + _subscript(index))
    return _read_only(result)


def as_given(
    values: Any, *, argument: str = "values", read: Callable[..., Any] = rational
) -> NDArray[Any]:
    """Return floats as they are, in float64, and any other numbers as `rational_array` does.

    Of floats, `exact` are the rationals that they stand for.
    """
    afford("values", _length(values), what=argument, argument=argument)
    if hasattr(values, "dtype") and not hasattr(values, "mask") and read in AS_THEY_ARE:
        array = as_array(values)
        if array.dtype.kind == "f" and _are_finite(array):
            return _read_only(array.astype(np.float64) + 0.0)  # -0.0 is zero, as a rational is
    return rational_array(values, argument=argument, read=read)


def as_floats(array: NDArray[Any]) -> NDArray[Any]:
    """Return rational numbers that float64 has as such, and any others as they are."""
    if array.dtype != object:
        return array
    floats = in_floats(array)
    finite = bool(np.isfinite(floats).all())
    return floats if finite and np.array_equal(exact(floats), array) else array


def _are_finite(array: NDArray[Any]) -> bool:
    """Say whether an array has floats that float64 holds, or integers, and no others."""
    known = array.dtype.kind in "iuf" and array.dtype.itemsize <= np.dtype(np.float64).itemsize
    return known and bool(np.isfinite(array).all())


def exact(array: NDArray[Any]) -> Array:
    """Return the rational numbers that floats, or integers, are; what is exact stays as it is."""
    if array.dtype == object:
        return array
    array = array.astype(np.float64) if array.dtype.kind == "f" else array
    ratios = map(methodcaller("as_integer_ratio"), array.ravel().tolist())
    result = np.fromiter(starmap(fmpq, ratios), dtype=object, count=array.size)
    return _read_only(result.reshape(array.shape))


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _length(values: Any) -> int:
    """Return how many entries there are at the least, before any of them is looked at."""
    size = getattr(values, "size", None)
    if isinstance(size, int):
        return size
    try:
        return len(values)
    except (TypeError, OverflowError):  # a single number, or more than Python counts
        return sys.maxsize if hasattr(values, "__len__") else 1


def added(left: Array, right: Array) -> Array:
    """Return the sum of two arrays; of a float that is no finite number, that float.

    Balls are added at the precision of the context.
    """
    return np.vectorize(_added, otypes=[object])(left, right)


def _added(left: Any, right: Any) -> Any:
    floats = [number for number in (left, right) if isinstance(number, float)]
    if floats:
        return sum(floats)
    balls = isinstance(left, arb) or isinstance(right, arb)
    return ball(left) + ball(right) if balls else left + right


def sums(arrays: Sequence[Array]) -> Array:
    """Return the sum of arrays of exact rationals, or of intervals of them."""
    total, *others = arrays
    for array in others:
        total = np.vectorize(_sum, otypes=[object])(total, array)
    return total


def _sum(left: fmpq | Interval, right: fmpq | Interval) -> fmpq | Interval:
    if not isinstance(left, Interval) and not isinstance(right, Interval):
        return left + right
    first, second = (
        one if isinstance(one, Interval) else Interval(one, fmpq(0)) for one in (left, right)
    )
    return narrowed(first.middle + second.middle, first.radius + second.radius)


def middles(array: Array) -> Array:
    """Return the numbers in an array, of a ball the one in its middle, as exact rationals."""
    return np.vectorize(_middle, otypes=[object])(array)


def _middle(number: Any) -> fmpq:
    return rational(exactly(number.mid()) if isinstance(number, arb) else number)


def filled(number: fmpq | int, shape: Sequence[Any]) -> Array:
    """Return an array of a shape that has one rational number everywhere."""
    return np.full([int(size) for size in shape], fmpq(number), dtype=object)


def zeros_like(numbers: NDArray[Any], shape: Sequence[Any]) -> NDArray[Any]:
    """Return an array of a shape that is zero everywhere, in floats if ``numbers`` are."""
    return filled(0, shape) if numbers.dtype == object else np.zeros([int(n) for n in shape])


def unit_matrix(size: int) -> Array:
    """Return the identity matrix, in exact rationals."""
    matrix = filled(0, (size, size))
    np.fill_diagonal(matrix, fmpq(1))
    return matrix


def exported(array: Array) -> Array:
    """Return an array of exact rationals as one of SymPy numbers; intervals stay what they are."""
    return np.vectorize(_ordinary, otypes=[object])(array)


def in_floats(array: Array) -> NDArray[np.float64]:
    """Return an array of exact rationals, or of floats, as the nearest float64 numbers."""
    return array if array.dtype == np.float64 else _nearest_floats(array)


@remembered
def _nearest_floats(array: Array) -> NDArray[np.float64]:
    result = np.zeros(array.shape)
    if array.any():  # most states are zero at first, and most of what comes from outside
        entries = (entry if isinstance(entry, float) else to_float(entry) for entry in array.flat)
        result = np.fromiter(entries, np.float64, array.size).reshape(array.shape)
    result.setflags(write=array.flags.writeable)
    return result


def _ragged(argument: str) -> ShapeError:
    return ShapeError(
        f"the rows of {argument} differ in length; give every row the same number of entries",
        argument=argument,
    )


def _subscript(index: tuple[int, ...]) -> str:
    return "".join(f"[{k}]" for k in index)


def _ordinary(value: fmpq | Interval | arb) -> Any:
    return value if isinstance(value, Interval | arb) else to_sympy(value)
