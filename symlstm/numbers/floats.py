"""Binary floating-point formats: what they hold, and NumPy arrays of their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import NumberError, SymlstmError, choices


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: IEEE 754 (2019), sections 3.3 to 3.4, and bfloat16.

    ``precision`` counts the bits of a significand, the hidden one among them; the smallest normal
    number is 2^least and every finite one is below 2^(greatest + 1). ``dtype`` is the NumPy type
    that holds its numbers, and ``unused`` counts the last bits of it that are zero in all of them.
    """

    name: str
    precision: int
    least: int
    greatest: int
    dtype: type
    unused: int = 0


FORMATS = {
    "float64": Format("float64", 53, -1022, 1023, np.float64),
    "float32": Format("float32", 24, -126, 127, np.float32),
    "float16": Format("float16", 11, -14, 15, np.float16),
    "bfloat16": Format("bfloat16", 8, -126, 127, np.float32, unused=16),
}
"""The formats by name; NumPy has no bfloat16, whose numbers are float32 numbers, too."""


def format_named(dtype: Any) -> Format:
    """Return the format that a user calls by its name, or by NumPy's or PyTorch's type."""
    name = dtype
    if isinstance(dtype, np.dtype) or (isinstance(dtype, type) and issubclass(dtype, np.generic)):
        name = np.dtype(dtype).name
    elif type(dtype).__module__ == "torch":
        name = str(dtype).removeprefix("torch.")
    if not isinstance(name, str) or name not in FORMATS:
        raise SymlstmError(f"dtype is {dtype!r}; {choices(name, FORMATS)}", argument="dtype")
    return FORMATS[name]


def as_array(values: Any) -> NDArray[Any]:
    """Return what NumPy makes of ``values``; a tensor is taken off its graph and its device."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":  # NumPy has no such type
            values = values.float()
    array = np.asarray(values)
    # Of a NumPy type, the name takes longer than that of its class.
    return array.astype(np.float32) if array.dtype.type.__name__ == "bfloat16" else array


def floats(values: Any, format_: Format, *, argument: str) -> NDArray[Any]:
    """Return an array of numbers of a format, just as they are.

    Raises `NumberError` for numbers of another type, or with bits that the format does not have.
    """
    array = as_array(values)
    if array.dtype.type is not format_.dtype:
        raise NumberError(
            f"{argument} has numbers of type {array.dtype}, and {format_.name} is asked for; "
            f"{_mend(array.dtype.name, format_)}",
            argument=argument,
        )
    array = array.astype(format_.dtype, copy=False)  # of this machine's byte order
    if not np.array_equal(cut(array, format_), array, equal_nan=True):
        raise NumberError(
            f"{argument} has float32 numbers that are no {format_.name} numbers; round them, or "
            "ask for float32",
            argument=argument,
        )
    return array


def bits(array: NDArray[Any]) -> NDArray[np.uint64]:
    """Return the bits of each float, as an unsigned integer."""
    unsigned = f"u{array.dtype.itemsize}"
    return np.ascontiguousarray(array).view(unsigned).reshape(array.shape).astype(np.uint64)


def cut(array: NDArray[Any], format_: Format) -> NDArray[Any]:
    """Return floats without the bits that the format does not have; what is no number stays."""
    if not format_.unused:
        return array
    kept = bits(array) >> np.uint64(format_.unused) << np.uint64(format_.unused)
    numbers = kept.astype(f"u{array.dtype.itemsize}").view(array.dtype)
    return np.where(np.isnan(array), array, numbers)


def normal(
    rng: np.random.Generator, shape: tuple[int, ...], format_: Format, *, scale: float = 1
) -> NDArray[Any]:
    """Return random numbers of a format, distributed normally around zero."""
    return cut(rng.normal(scale=scale, size=shape).astype(format_.dtype), format_)


def _mend(name: str, format_: Format) -> str:
    cast = f"cast it to {np.dtype(format_.dtype).name}"
    return f"{cast}, or ask for a reference in {name}" if name in FORMATS else cast
