"""What makes a system of equations a cell: checked when a cell is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sympy import Basic, OneMatrix, Transpose, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise, Quantity, Scaled, before, quantities, t
from symlstm.equations.nodes import Vectorwise
from symlstm.errors import CellError
from symlstm.passes.differentiate import DIFFERENTIABLE, adjoint, seed


def validate(
    equations: Sequence[Equation],
    x: Quantity,
    weights: Mapping[str, Quantity],
    groups: Mapping[str, Sequence[Quantity]],
) -> None:
    """Raise `CellError` unless every equation rests on what is known when it is computed.

    ``x`` is the input, and ``weights`` are by name; each is in one of the ``groups``.
    """
    computed = {equation.lhs.name for equation in equations}
    known = {x, *weights.values()}
    for equation in equations:
        _validate_sides(equation, known)
        for quantity in quantities(equation.rhs):
            recalled = quantity.time == before and quantity.name in computed
            if quantity not in known and not recalled:
                raise CellError(
                    f"{equation}: {quantity} is not known yet; compute it in an equation before"
                )
        known.add(equation.lhs)
    grouped = {quantity for members in groups.values() for quantity in members}
    for weight in weights.values():
        if weight not in grouped:
            raise CellError(f"the weight {weight} is in no group; name its letter in parameters")


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")


def validate_spelling(values: Iterable[Quantity]) -> None:
    """Raise `CellError` for a name that not every page can show, or that may be a helper's.

    In those of helpers, there is a space.
    """
    for value in values:
        if not _NAME.fullmatch(value.name):
            message = "begin with a letter, write letters and digits, what stands below after a "
            message += "single _, and Greek letters and accents as words: alpha, c_tilde"
            raise CellError(f"{value.name!r} is no name of a quantity; {message}")


def validate_names(values: Sequence[Quantity]) -> None:
    """Raise `CellError` unless no two quantities of the forward and the backward pass are alike.

    ``values`` are the input, what a step computes, pre-activations too, and the weights.
    """
    meanings = {value.name: f"{value.name} is in the cell" for value in values}
    if len(meanings) < len(values):
        names = [value.name for value in values]
        name = next(name for name in names if names.count(name) > 1)
        raise CellError(
            f"two quantities are called {name}; what an activation function is given is called z, "
            "with the name of what it is for below: choose another name"
        )
    for value in values:
        for helper, what in ((adjoint(value), "gradient"), (seed(value), "loss's gradient")):
            if helper.name in meanings:
                raise CellError(
                    f"{helper.name} is what the {what} by {value.name} is called; "
                    "choose another name for the cell's own"
                )


def _validate_sides(equation: Equation, known: set[Quantity]) -> None:
    lhs, rhs = equation.lhs, equation.rhs
    strange = next((part for part in _matrices(rhs) if not _is_known(part)), None)
    if strange is not None:
        raise CellError(
            f"the equation of {lhs} has {strange} in it; build it of add, subtract, scale, "
            "multiply, hadamard, apply, ones, and the operations in symlstm.equations.vocabulary"
        )
    if not all(part.factor.is_Rational for part in rhs.atoms(Scaled)):
        raise CellError(f"{equation}: scale by a number; a weight is given to hadamard or multiply")
    if lhs in known or lhs.time != t:
        raise CellError(f"{equation}: the left-hand side must be a new quantity at time t")
    if lhs.shape != rhs.shape:
        raise CellError(f"{equation}: shapes {lhs.shape} and {rhs.shape} differ")


def _is_known(part: Basic) -> bool:
    """Say whether an equation may have a part in it; of what is transposed, weights alone."""
    if isinstance(part, Transpose):
        return isinstance(part.args[0], Quantity) and part.args[0].time is None
    return type(part) in DIFFERENTIABLE


def _matrices(expression: MatrixExpr) -> Iterator[Basic]:
    """Yield an expression and the expressions that it is made of, down to its quantities."""
    yield expression
    if isinstance(expression, Elementwise | Vectorwise | Scaled):
        yield from _matrices(expression.argument)
    elif not isinstance(expression, Quantity | ZeroMatrix | OneMatrix):
        for part in expression.args:
            yield from _matrices(part)
