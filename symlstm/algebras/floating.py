"""IEEE double precision, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

import numpy as np
import sympy
from flint import fmpq
from numpy.typing import NDArray

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.forms import RECIPROCAL, Compiled, Operations
from symlstm.equations.activations import Activation
from symlstm.equations.stable_forms import Erfc, Expm1, Log1p, TanhShrink, WherePositive
from symlstm.numbers.arrays import Array, in_floats
from symlstm.numbers.exact import to_float
from symlstm.numbers.remembered import remembered

Floats: TypeAlias = NDArray[np.float64]


class FloatAlgebra(Algebra[Floats]):
    """What NumPy computes in float64; an overflow is an infinity, as IEEE 754 has it."""

    name = "float"
    exact = False
    at_once = True
    sums_at_once = True
    operations: ClassVar[Operations] = {
        sympy.Add: np.add,
        sympy.Mul: np.multiply,
        sympy.Pow: np.power,
        RECIPROCAL: np.reciprocal,
        sympy.sqrt: np.sqrt,
        sympy.Max: np.maximum,
        sympy.Min: np.minimum,
        sympy.Abs: np.abs,
        sympy.Heaviside: np.heaviside,
        sympy.exp: np.exp,
        sympy.tanh: np.tanh,
        sympy.log: np.log,
        sympy.sech: lambda argument: np.reciprocal(np.cosh(argument)),
        sympy.erf: np.vectorize(math.erf, otypes=[np.float64]),
        Expm1: np.expm1,
        Log1p: np.log1p,
        Erfc: np.vectorize(math.erfc, otypes=[np.float64]),
        TanhShrink: lambda argument: argument - np.tanh(argument),
        WherePositive: lambda argument, *values: np.where(argument > 0, *values),
        type(sympy.pi): lambda: math.pi,
    }

    def convert(self, entries: Array) -> Floats:
        return in_floats(entries)

    def constants(
        self, weights: Mapping[str, Array], sizes: Mapping[str, Array]
    ) -> dict[str, Floats]:
        return dict(zip(weights, _all_in_floats(*weights.values()), strict=True))

    def columns(self, rows: Array) -> Sequence[Floats]:
        if rows.dtype == np.float64:
            return list(rows[..., None])
        floats = np.zeros(rows.shape)
        given = rows.any(axis=-1)  # what comes from outside to a long run is zero but at its end
        floats[given] = in_floats(rows[given])
        return list(floats[..., None])

    def zeros(self, shape: Sequence[Any]) -> Floats:
        return np.zeros([int(size) for size in shape])

    def export(self, value: Floats) -> Array:
        return value

    def number(self, constant: fmpq) -> float:
        return to_float(constant)

    def add(self, *terms: Floats) -> Floats:
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    def multiply(self, matrix: Floats, vector: Floats) -> Floats:
        if vector.ndim == 2 and matrix.ndim == 2:
            return matrix.dot(vector)
        if matrix.ndim > 2 or vector.shape[-1] > 1:
            return matrix @ vector
        # Of several columns, one beside the other: NumPy multiplies by each of them else.
        rows = vector.reshape(-1, vector.shape[-2]).dot(matrix.T)
        return rows.reshape(*vector.shape[:-2], -1, 1)

    def sum_of_products(self, lefts: Sequence[Floats], rights: Sequence[Floats]) -> Floats:
        left, right = np.asarray(lefts)[..., 0], np.asarray(rights)[..., 0]
        if left.ndim == 2:
            return left.T @ right
        return left.transpose(1, 2, 0) @ right.transpose(1, 0, 2)

    def sum_over_time(self, columns: Sequence[Floats]) -> Floats:
        total: Floats = np.add.reduce(np.asarray(columns))
        return total

    def transpose(self, matrix: Floats) -> Floats:
        return matrix.swapaxes(-1, -2)

    def stack(self, *parts: Floats) -> Floats:
        """Return matrices one below the other, each as often as others have axes in front."""
        return _stacked(*parts)

    def rows(self, matrix: Floats, rows: slice) -> Floats:
        """Return some rows of a matrix."""
        return matrix[..., rows, :]

    def hadamard(self, *factors: Floats) -> Floats:
        product = factors[0]
        for factor in factors[1:]:
            product = product * factor
        return product

    def scale(self, factor: Floats, argument: Floats) -> Floats:
        return factor * argument

    def maximum(self, left: Floats, right: Floats) -> Floats:
        larger: Floats = np.maximum(left, right)
        return larger

    def shift(self, argument: Floats) -> Floats:
        largest: Floats = np.max(argument, axis=-2, keepdims=True)
        return largest

    def apply(self, function: Activation, argument: Floats) -> Floats:
        value = _scalar(function)(argument)
        # A derivative may be a constant, whose scalar is one number for all entries.
        return value if isinstance(value, np.ndarray) else np.full_like(argument, value)

    def context(self) -> AbstractContextManager[Any]:
        """Overflow is a result here, which `Trace.check` reports; no warning is due."""
        return np.errstate(all="ignore")


# Each run has the same weights.
@remembered
def _all_in_floats(*arrays: Array) -> list[Floats]:
    return list(map(in_floats, arrays))


@remembered
def _stacked(*parts: Floats) -> Floats:
    try:
        return np.concatenate(parts, -2)
    except ValueError:  # some have more axes in front
        axes = np.broadcast_shapes(*(part.shape[:-2] for part in parts))
        whole = [np.broadcast_to(part, (*axes, *part.shape[-2:])) for part in parts]
        return np.concatenate(whole, -2)


@lru_cache(maxsize=256)
def _scalar(function: Activation) -> Compiled:
    """Return an activation function as NumPy computes it, compiled once for all runs."""
    return FloatAlgebra().scalar(function)
