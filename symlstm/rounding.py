"""Round rational numbers, and proven enclosures, to the nearest float."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb, fmpq, fmpz

from symlstm.errors import SymlstmError, choices
from symlstm.numbers import exactly


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: IEEE 754 (2019), sections 3.3 to 3.4, and bfloat16.

    ``precision`` counts the bits of a significand, the hidden one among them; the smallest normal
    number is 2^least and every finite one is below 2^(greatest + 1).
    """

    precision: int
    least: int
    greatest: int
    dtype: type


FORMATS = {
    "float64": Format(53, -1022, 1023, np.float64),
    "float32": Format(24, -126, 127, np.float32),
    "float16": Format(11, -14, 15, np.float16),
    "bfloat16": Format(8, -126, 127, np.float32),
}
"""The formats by name; NumPy has no bfloat16, whose numbers are float32 numbers, too."""


def format_named(name: str) -> Format:
    """Return the format that a user calls ``name``."""
    if not isinstance(name, str) or name not in FORMATS:
        raise SymlstmError(f"dtype is {name!r}; {choices(name, FORMATS)}", argument="dtype")
    return FORMATS[name]


def nearest(value: fmpq, format_: Format) -> float:
    """Return the float nearest to a rational number, of two the one with an even significand.

    Beyond the largest float by half a unit in its last place, it is an infinity.

    >>> nearest(fmpq(1, 3), FORMATS["float16"])
    0.333251953125
    """
    if value == 0:
        return 0.0
    magnitude = abs(value)
    exponent = int(magnitude.p).bit_length() - int(magnitude.q).bit_length()
    if magnitude < fmpq(2) ** exponent:
        exponent -= 1
    unit = max(exponent, format_.least) - format_.precision + 1
    scaled = magnitude / fmpq(2) ** unit
    whole = fmpz(scaled.p) // fmpz(scaled.q)
    rest = scaled - whole
    half = fmpq(1, 2)
    if rest > half or (rest == half and int(whole) % 2):
        whole += 1
    rounded = fmpq(whole) * fmpq(2) ** unit
    if rounded >= fmpq(2) ** (format_.greatest + 1):
        rounded_float = float("inf")
    else:
        rounded_float = int(rounded.p) / int(rounded.q)
    return rounded_float if value > 0 else -rounded_float


def decided(value: arb | fmpq, format_: Format) -> float | None:
    """Return the float nearest to a rational number, or to all that a ball encloses.

    ``None`` means that the ball encloses numbers with different nearest floats.
    """
    if isinstance(value, fmpq):
        return nearest(value, format_)
    if not value.is_finite():
        return None
    middle, radius = exactly(value.mid()), exactly(value.rad())
    low, high = nearest(middle - radius, format_), nearest(middle + radius, format_)
    return low if low == high and np.signbit(low) == np.signbit(high) else None
