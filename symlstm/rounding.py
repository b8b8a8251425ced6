"""Round rational numbers, and proven enclosures, to the nearest float."""

from __future__ import annotations

import numpy as np
from flint import arb, fmpq, fmpz

from symlstm.certify import exactly
from symlstm.floats import Format


def nearest(value: fmpq, format_: Format) -> float:
    """Return the float nearest to a rational number, of two the one with an even significand.

    Beyond the largest float by half a unit in its last place, it is an infinity.

    >>> from symlstm.floats import FORMATS
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
