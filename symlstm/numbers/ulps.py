"""Distances between floats, counted in floats: units in the last place.

The floats of a format stand in a row, from minus infinity over zero to infinity. The distance
between two of them is how many steps along the row lead from one to the other. So

- neighbours are 1 apart, wherever they are: at a power of two, too, where their gap changes;
- near zero, subnormal numbers count as all others do;
- +0 and -0 are the same number, and between a negative and a positive number all floats count:
  from the smallest negative float to the smallest positive one it is 2;
- infinity is the next after the largest float;
- a NaN is infinitely far from every number, and no distance from another NaN: an implementation
  that says that there is no number is right where there is none, and wrong where there is one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ShapeError
from symlstm.numbers.floats import Format, as_array, bits, floats, format_named


def ulp_distance(actual: Any, reference: Any, dtype: str = "float32") -> NDArray[np.float64]:
    """Return how many floats of a format apart two arrays of its numbers are, entry by entry.

    ``dtype`` is ``"float64"``, ``"float32"``, ``"float16"`` or ``"bfloat16"``, whose numbers come
    in float32 arrays (or in a type of that name). Both arrays, or tensors, have the same shape,
    which is that of the result. Distances are whole numbers, exact up to 2^53, or infinite; see
    the module for what they are near zero, at infinities and for NaN.

    Raises `NumberError` for numbers of another type, and `ShapeError` for different shapes:
    nothing is cast or broadcast.

    >>> import numpy as np
    >>> actual = np.float32([1.0000001, 0.0, np.inf])
    >>> ulp_distance(actual, np.float32([1, -1e-45, np.nan]))
    array([ 1.,  1., inf])
    """
    format_ = format_named(dtype)
    first = floats(actual, format_, argument="actual")
    second = floats(reference, format_, argument="reference")
    if first.shape != second.shape:
        raise ShapeError(
            f"actual has shape {first.shape}, and reference {second.shape}; give the same shapes",
            argument="actual",
        )
    return _distance(first, second, format_)


def of_the_largest(actual: Any, reference: Any, dtype: str = "float32") -> NDArray[np.float64]:
    """Return how far apart two arrays are in gaps between floats at the reference's largest number.

    The arguments are those of `ulp_distance`, and so is what is said of infinities and NaN.

    >>> import numpy as np
    >>> of_the_largest(np.float32([1, 1e-8]), np.float32([1, 0])).round(3).tolist()
    [0.0, 0.084]
    """
    apart = ulp_distance(actual, reference, dtype)
    format_ = format_named(dtype)
    first, second = (as_array(one).astype(np.float64) for one in (actual, reference))
    finite = np.isfinite(first) & np.isfinite(second)
    largest = abs(second[np.isfinite(second)]).max(initial=2.0**format_.least)
    gap = 2.0 ** (np.floor(np.log2(largest)) + 1 - format_.precision)
    with np.errstate(all="ignore"):
        return np.where(finite, abs(first - second) / gap, apart)


def counted(ulps: float) -> str:
    """Return a distance in words: ``"1 ulp"``, ``"2 ulps"``, ``"1.23e+09 ulps"``."""
    return f"{plain(ulps)} ulp{'' if ulps == 1 else 's'}"


def plain(ulps: float) -> str:
    """Return a distance: a whole number as far as that is short."""
    return f"{ulps:.0f}" if ulps < 1e6 and ulps == int(ulps) else f"{ulps:.3g}"


def _distance(first: Any, second: Any, format_: Format) -> NDArray[np.float64]:
    """Return distances of arrays of one shape.

    All steps are on unsigned integers of 64 bits: the steps from zero to the largest number of a
    format fill less than half of what they hold.
    """
    near, far = _from_zero(first, format_), _from_zero(second, format_)
    same_side = np.signbit(first) == np.signbit(second)
    steps = np.where(same_side, np.maximum(near, far) - np.minimum(near, far), near + far)
    distance = steps.astype(np.float64)
    no_numbers = np.isnan(first).astype(int) + np.isnan(second)
    return np.where(no_numbers == 1, np.inf, np.where(no_numbers == 2, 0.0, distance))


def _from_zero(array: Any, format_: Format) -> NDArray[np.uint64]:
    """Return how many floats of the format lie between zero and each, itself counted."""
    sign = np.uint64(1 << (8 * array.dtype.itemsize - 1))
    return (bits(array) & ~sign) >> np.uint64(format_.unused)
