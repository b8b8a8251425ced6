"""Activation functions of rational numbers, correctly rounded to decimals.

A value is enclosed in balls of rising precision until one decimal is nearest to all of the ball:
A. Ziv, "Fast Evaluation of Elementary Mathematical Functions with Correctly Rounded Last Bit"
(1991). A value half way between two decimals is decided by no ball; but it is rational.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_mat, fmpq

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.rational_values import rational_entry, rational_value
from symlstm.equations.activation_rows import VectorActivation
from symlstm.equations.activations import Activation
from symlstm.errors import PrecisionError, TooLargeError
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import shown
from symlstm.numbers.places import Places

BITS_PER_DIGIT = 3.3219281
MARGIN = 32
"""How many bits more than the digits ask for to begin with; few values need more."""
MOST = 2**18
"""How many bits are tried before giving up, or four times those to begin with."""


Ends: TypeAlias = tuple[arb, arb]
"""The ends of a ball, both exact."""


def rounded(
    function: Activation, arguments: Sequence[fmpq], places: Places, longest: int
) -> Iterator[fmpq]:
    """Yield the decimals nearest to a function of each of some numbers.

    Raises `TooLargeError` for a value beyond 10^±``longest``, and `PrecisionError` for one that
    stays undecided.

    >>> from symlstm.equations.activations import activation
    >>> list(rounded(activation("sigmoid"), [fmpq(0), fmpq(1), fmpq(40)], Places(digits=4), 1000))
    [1/2, 7311/10000, 1]
    """
    yield from _nearest(
        partial(_enclosed, function, arguments),
        lambda k: rational_value(function, arguments[k]),
        lambda k: f"{function.name} of {shown(arguments[k])}",
        places,
        longest,
    )


def rounded_together(
    function: VectorActivation,
    formula: Callable[[Algebra[Any], Any], Any],
    arguments: Sequence[fmpq],
    places: Places,
    longest: int,
) -> Iterator[fmpq]:
    """Yield the decimals nearest to the entries of a function of a vector, likewise.

    ``formula`` computes it.
    """

    def enclosed(bits: int) -> list[Ends]:
        algebra = _balls(bits)
        with algebra.context():
            return _ends(formula(algebra, algebra.convert(_column(arguments))))

    def exact(k: int) -> fmpq | None:
        return rational_entry(function, arguments, k)

    def what(k: int) -> str:
        return f"entry {k} of {function.name}"

    yield from _nearest(enclosed, exact, what, places, longest)


def _nearest(
    enclosed: Callable[[int], list[Ends]],
    exact: Callable[[int], fmpq | None],
    what: Callable[[int], str],
    places: Places,
    longest: int,
) -> Iterator[fmpq]:
    """Yield decimals nearest to values, of which ``enclosed`` gives the ends at so many bits."""
    for k, ends in enumerate(enclosed(_first(places))):
        value = _decided(ends, places, longest)
        if value is None:
            known = exact(k)
            value = places.nearest(known) if known is not None else None
        yield _settled(enclosed, k, what(k), places, longest) if value is None else value


def _settled(
    enclosed: Callable[[int], list[Ends]], k: int, what: str, places: Places, longest: int
) -> fmpq:
    """Return the decimal nearest to a value that the first precision has not decided."""
    bits = _first(places)
    last = max(MOST, 4 * bits)
    while 2 * bits <= last:
        bits *= 2
        ends = enclosed(bits)[k]
        value = _decided(ends, places, longest)
        if value is not None:
            return value
        if _is_beyond(ends, longest):
            raise TooLargeError(
                f"{what} is beyond 10^±{longest:,}, as far as decimals go here; give numbers "
                "nearer to 1, allow more with a larger max_digits or, for what is near to zero, "
                "round to decimals",
                argument="max_digits",
            )
    message = f"to which of two numbers of {places} {what} is nearer is not decided"
    raise PrecisionError(f"{message}, not at {bits} bits either; ask for more of them, or fewer")


def _first(places: Places) -> int:
    return int(places.count * BITS_PER_DIGIT) + MARGIN


def _enclosed(function: Activation, arguments: Sequence[fmpq], bits: int) -> list[Ends]:
    """Return the ends of enclosures of a function's values, computed with so many bits."""
    algebra = _balls(bits)
    with algebra.context():
        return _ends(algebra.apply(function, algebra.convert(_column(arguments))))


def _column(arguments: Sequence[fmpq]) -> Array:
    column = np.empty((len(arguments), 1), dtype=object)
    column[:, 0] = arguments
    return column


def _ends(balls: arb_mat) -> list[Ends]:
    return [(ball.lower(), ball.upper()) for ball in balls.entries()]


@lru_cache(maxsize=32)
def _balls(bits: int) -> BallAlgebra:
    return BallAlgebra(bits)


def _decided(ends: Ends, places: Places, longest: int) -> fmpq | None:
    """Return the decimal nearest to all that is between two ends, or ``None``."""
    low, high = (_written_out(end, side, longest) for end, side in zip(ends, (-1, 1), strict=True))
    return None if low is None or high is None else places.decided(low, high)


def _written_out(end: arb, outward: int, longest: int) -> fmpq | None:
    """Return an end as a rational number; next to zero, one of so many digits further outward.

    ``None`` is for what is too large to be written out.
    """
    most = longest * BITS_PER_DIGIT
    if not end.is_finite() or _size(end) > most:
        return None
    mantissa, exponent = map(int, end.man_exp())
    if mantissa and _size(end) < -most:
        return fmpq(outward, 10**longest) if mantissa * outward > 0 else fmpq(0)
    power = fmpq(2) ** abs(exponent)
    return fmpq(mantissa) * power if exponent >= 0 else fmpq(mantissa) / power


def _is_beyond(ends: Ends, longest: int) -> bool:
    """Whether all that is between two ends is too large, or too near to zero, to be written out."""
    if not all(end.is_finite() for end in ends):
        return False
    (low, high), most = ends, longest * BITS_PER_DIGIT
    sizes = [_size(end) for end in ends if not end.is_zero()]
    return max(sizes) < -most or (bool(low > 0 or high < 0) and min(sizes) > most)


def _size(end: arb) -> int:
    """Return the power of two above an exact ball; that of zero is 0."""
    mantissa, exponent = map(int, end.man_exp())
    return mantissa.bit_length() + exponent if mantissa else 0
