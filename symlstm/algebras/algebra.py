"""What an algebra is, and how it reads the form of an activation function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import sympy
from flint import fmpq

from symlstm import activations
from symlstm.activations import Activation
from symlstm.errors import NotExactError
from symlstm.numbers import Array

Value = TypeVar("Value")
Scalar: TypeAlias = Callable[[Any], Any]


class Algebra(ABC, Generic[Value]):
    """Gives the operations a meaning, on matrices of a type ``Value`` of its own.

    ``operations`` says what the scalar functions that an activation's form is made of mean here:
    for each SymPy class a function of as many arguments. A power takes an integer as its exponent;
    there are no others.
    """

    name: ClassVar[str]
    exact: ClassVar[bool]
    """Whether values are the true ones, and not approximations."""
    operations: ClassVar[Mapping[type, Callable[..., Any]]]

    @abstractmethod
    def convert(self, entries: Array) -> Value:
        """Return a matrix, given as exact rationals of shape (rows, columns), as a value."""

    @abstractmethod
    def export(self, value: Value) -> Array:
        """Return a value as an array of the same shape that holds ordinary numbers."""

    @abstractmethod
    def number(self, constant: fmpq) -> Any:
        """Return a constant in an activation's form as a scalar."""

    @abstractmethod
    def add(self, *terms: Value) -> Value:
        """Return the sum."""

    @abstractmethod
    def multiply(self, matrix: Value, vector: Value) -> Value:
        """Return the product of two matrices."""

    @abstractmethod
    def transpose(self, matrix: Value) -> Value:
        """Return the transpose."""

    @abstractmethod
    def hadamard(self, *factors: Value) -> Value:
        """Return the entrywise product."""

    @abstractmethod
    def scale(self, factor: Value, argument: Value) -> Value:
        """Return a matrix times the only entry of ``factor``."""

    @abstractmethod
    def apply(self, function: Activation, argument: Value) -> Value:
        """Return an activation function of every entry."""

    def context(self) -> AbstractContextManager[Any]:
        """Return the context in which values are computed; what is global belongs in it."""
        return nullcontext()

    def assign(self, name: str, step: int, value: Value) -> Value:
        """Return what later equations use for a quantity that was just computed."""
        return value

    def fork(self) -> Algebra[Value]:
        """Return an algebra to go on with that leaves what this one has recorded alone."""
        return self

    def scalar(self, function: Activation) -> Scalar:
        """Return an activation function as one of this algebra's scalars.

        Raises `NotExactError` when its form needs an operation that the algebra does not have.
        """
        compiled: dict[Activation, Scalar] = self.__dict__.setdefault("_scalars", {})
        if function not in compiled:
            compiled[function] = _scalar(self, function)
        return compiled[function]


def _scalar(algebra: Algebra[Any], function: Activation) -> Scalar:
    try:
        return _compile(algebra, function.form)
    except KeyError:
        raise NotExactError(
            f"{function.name} takes rational numbers to irrational ones, so that it has no "
            f"exact values; use a rational activation ({', '.join(activations.rational_names())}), "
            "algebra='ball' for certified enclosures, or algebra='float' for values that are not "
            "exact",
            argument=function.name,
        ) from None


def _compile(algebra: Algebra[Any], form: sympy.Expr) -> Scalar:
    if form == activations.x:
        return lambda argument: argument
    if form.is_Rational:
        constant = algebra.number(fmpq(form.p, form.q))
        return lambda _: constant
    operation = algebra.operations[form.func]
    if form.is_Pow:
        if not form.exp.is_Integer:
            raise KeyError(sympy.root)
        base, exponent = _compile(algebra, form.base), int(form.exp)
        return lambda argument: operation(base(argument), exponent)
    parts = [_compile(algebra, part) for part in form.args]
    return lambda argument: operation(*(part(argument) for part in parts))
