"""SymPy expressions: every quantity that is computed becomes a symbol with a definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
import sympy
from flint import fmpq

from symlstm.algebras import canonical
from symlstm.algebras.algebra import Algebra
from symlstm.algebras.forms import Operations
from symlstm.equations.activations import Activation
from symlstm.numbers.arrays import Array, exported
from symlstm.numbers.exact import to_sympy


def symbols(name: str, rows: int, columns: int | None = None) -> Array:
    """Return the real symbols of a matrix's entries or, without ``columns``, of a vector's.

    They are called ``W_i[0, 1]`` or ``b_i[0]``, and where there is a single one, ``b_i``.

    >>> symbols("W_i", 1, 2)
    array([[W_i[0, 0], W_i[0, 1]]], dtype=object)
    """
    entries = np.empty((rows, columns or 1), dtype=object)
    for row, column in np.ndindex(entries.shape):
        index = f"[{row}]" if columns is None else f"[{row}, {column}]"
        index = "" if entries.size == 1 else index
        entries[row, column] = sympy.Symbol(f"{name}{index}", real=True)
    return entries


class SymbolicAlgebra(Algebra[Array]):
    """Expressions over the names of the step they are computed in, never over whole trees.

    ``definitions`` gives each symbol its expression, in the order of computation: the unrolled
    cell as a straight-line program, whose size grows linearly with the number of steps.
    """

    name = "symbolic"
    exact = True
    operations: ClassVar[Operations] = {}

    def __init__(self) -> None:
        self.definitions: dict[sympy.Symbol, sympy.Expr] = {}

    def fork(self) -> SymbolicAlgebra:
        forked = SymbolicAlgebra()
        forked.definitions.update(self.definitions)
        return forked

    def convert(self, entries: Array) -> Array:
        return exported(entries)

    def export(self, value: Array) -> Array:
        return value

    def number(self, constant: fmpq) -> sympy.Rational:
        return to_sympy(constant)

    def add(self, *terms: Array) -> Array:
        return _entrywise(canonical.add, *terms)

    def multiply(self, matrix: Array, vector: Array) -> Array:
        product = np.empty((len(matrix), vector.shape[1]), dtype=object)
        for row, column in np.ndindex(product.shape):
            pairs = zip(matrix[row], vector[:, column], strict=True)
            product[row, column] = canonical.add([*map(canonical.multiply, pairs)])
        return product

    def transpose(self, matrix: Array) -> Array:
        return matrix.T

    def hadamard(self, *factors: Array) -> Array:
        return _entrywise(canonical.multiply, *factors)

    def scale(self, factor: Array, argument: Array) -> Array:
        return _entrywise(canonical.multiply, factor, argument)

    def apply(self, function: Activation, argument: Array) -> Array:
        return _entrywise(lambda entries: canonical.apply(function, *entries), argument)

    def maximum(self, left: Array, right: Array) -> Array:
        return _entrywise(lambda entries: sympy.Max(*entries), left, right)

    def shift(self, argument: Array) -> Array:
        """Return zero: nothing overflows here, and a formula is shorter so."""
        return np.full((1, 1), sympy.Integer(0), dtype=object)

    def assign(self, name: str, step: int, value: Array) -> Array:
        rows, columns = value.shape
        names = symbols(f"{name}_{step}", rows, columns if columns > 1 else None)
        self.definitions.update(zip(names.flat, value.flat, strict=True))
        return names


def _entrywise(function: Callable[[Sequence[sympy.Expr]], sympy.Expr], *matrices: Array) -> Array:
    """Return a function of the entries that matrices have at every place."""
    places = np.broadcast(*matrices)
    return np.fromiter(map(function, places), dtype=object, count=places.size).reshape(places.shape)
