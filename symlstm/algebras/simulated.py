"""Float64 as someone's coarser arithmetic has it: products of rounded numbers, other functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from symlstm.algebras.floating import FloatAlgebra, Floats
from symlstm.equations.activations import Activation
from symlstm.numbers.floats import Format

Rounding = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """How someone computes: what is rounded before a product with a matrix, what after anything.

    ``functions`` are those that are computed in another way, by the names of activations.
    """

    before_products: Rounding | None = None
    after: Rounding | None = None
    functions: Mapping[str, Rounding] = field(default_factory=dict)


class SimulatedAlgebra(FloatAlgebra):
    """NumPy's float64, with the roundings and functions of an arithmetic in it."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        self.arithmetic = arithmetic

    def multiply(self, matrix: Floats, vector: Floats) -> Floats:
        rounded = self.arithmetic.before_products
        if rounded is None:
            return super().multiply(matrix, vector)
        return super().multiply(rounded(matrix), rounded(vector))

    def apply(self, function: Activation, argument: Floats) -> Floats:
        other = self.arithmetic.functions.get(function.name)
        return super().apply(function, argument) if other is None else other(argument)

    def assign(self, name: str, step: int, value: Floats) -> Floats:
        """Return the value as the arithmetic keeps it."""
        rounded = self.arithmetic.after
        return value if rounded is None else rounded(value)


def nearest(values: Floats, format_: Format) -> Floats:
    """Return floats as the nearest ones of a format, of two the one with an even significand.

    >>> from symlstm.numbers.floats import FORMATS
    >>> nearest(np.array([1 / 3, 1e-7, 1e9]), FORMATS["float16"])
    array([3.33251953e-01, 1.19209290e-07,            inf])
    """
    with np.errstate(all="ignore"):
        if format_.unused == 0:
            return values.astype(format_.dtype).astype(np.float64)
        return significant(values, format_.precision)


def significant(values: Floats, bits: int) -> Floats:
    """Return floats with so many bits of their significands, the last one rounded to nearest.

    >>> significant(np.array([1 / 3, -1 / 3, 0.0]), 3)
    array([ 0.3125, -0.3125,  0.    ])
    """
    mantissas, exponents = np.frexp(values)
    return np.ldexp(np.rint(np.ldexp(mantissas, bits)), exponents - bits)


def shortened(values: Floats, bits: int) -> Floats:
    """Return floats with so many bits of their significands, the others cut off."""
    mantissas, exponents = np.frexp(values)
    return np.ldexp(np.trunc(np.ldexp(mantissas, bits)), exponents - bits)


def lambert(terms: int) -> Rounding:
    """Return tanh as the beginning of Lambert's continued fraction, between -1 and 1.

    J. H. Lambert, "Mémoire sur quelques propriétés remarquables des quantités transcendentes"
    (1768): tanh x = x / (1 + x² / (3 + x² / (5 + …))).

    >>> import math
    >>> abs(float(lambert(7)(np.float64(1))) - math.tanh(1)) < 1e-9
    True
    """

    def tanh(values: Floats) -> Floats:
        square, below = values**2, np.full_like(values, 2 * terms - 1)
        for odd in range(2 * terms - 3, 0, -2):
            below = odd + square / below
        return np.clip(values / below, -1, 1)

    return tanh


def rational_tanh(values: Floats) -> Floats:
    """Return tanh as A. Vaneev's quotient of polynomials in x and |x| has it.

    NeuralAmpModelerCore, NAM/activations.h, ``fast_tanh``.

    >>> import math
    >>> abs(float(rational_tanh(np.float64(1))) - math.tanh(1)) < 1e-3
    True
    """
    size, square = abs(values), values**2
    first, second, third = 2.45550750702956, 0.893229853513558, 0.821226666969744
    above = values * (first + first * size + (second + third * size) * square)
    fourth = 2.44506634652299
    inner = abs(values + 0.814642734961073 * values * size)
    return above / (fourth + (fourth + square) * inner)


def pade_tanh(values: Floats) -> Floats:
    """Return tanh as x (27 + x²) / (27 + 9 x²), a Padé approximation, between -1 and 1.

    >>> float(pade_tanh(np.float64(3)))
    1.0
    """
    square = values**2
    return np.clip(values * (27 + square) / (27 + 9 * square), -1, 1)


def sigmoid_of(tanh: Rounding) -> Rounding:
    """Return σ by way of a tanh."""
    return lambda values: 0.5 * (tanh(0.5 * values) + 1)
