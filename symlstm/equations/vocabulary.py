"""More operations of equations: quotients, sums over entries, maxima, functions of every entry.

>>> from symlstm.equations import Equation, Quantity, add, t
>>> a, y = Quantity("a", 4, time=t), Quantity("y", 4, time=t)
>>> deviation = subtract(a, mean(a))
>>> print(Equation(y, divide(deviation, square_root(add(mean(square(deviation)), "1e-6")))))
y_t = (a_t - mean(a_t)) ⊘ (mean((a_t - mean(a_t))²) + 1/1000000)^(1/2)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Basic, OneMatrix, Rational, ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activations import ACTIVATIONS, vector_row_named
from symlstm.equations.expression import Elementwise, apply, hadamard, multiply
from symlstm.equations.functions import FUNCTIONS
from symlstm.equations.nodes import Maximum, Shift
from symlstm.equations.operands import (
    EntrywiseProduct,
    Multiplication,
    Scaled,
    add,
    alike,
    scale,
    subtract,
)


def divide(left: Any, right: Any) -> MatrixExpr:
    """Return the entrywise quotient.

    Where an entry of ``right`` is zero, exact algebras raise, float has an infinity, and balls
    enclose nothing.
    """
    left, right = alike("divide", (left, right))
    below = apply(FUNCTIONS["reciprocal"], right)
    return below if isinstance(left, OneMatrix) else hadamard(left, below)


def maximum(left: Any, right: Any) -> MatrixExpr:
    """Return the larger one of two entries at every place.

    Of a gradient, each of two equal ones gets half, as of ``torch.maximum`` and ``jnp.maximum``.
    """
    return Maximum(*alike("maximum", (left, right)))


def summed(vector: MatrixExpr) -> MatrixExpr:
    """Return the sum of the entries of a vector, which has a single entry."""
    rows = vector.shape[0]
    return vector if rows == 1 else multiply(OneMatrix(1, rows), vector)


def mean(vector: MatrixExpr) -> MatrixExpr:
    """Return the mean of the entries of a vector, which has a single entry."""
    rows = vector.shape[0]
    shares = scale(Rational(1, rows), OneMatrix(1, rows))  # of the matrix, so that it prints as one
    return vector if rows == 1 else multiply(shares, vector)


def square(argument: MatrixExpr) -> MatrixExpr:
    """Return the square of every entry."""
    return apply(FUNCTIONS["square"], argument)


def square_root(argument: MatrixExpr) -> MatrixExpr:
    """Return the square root of every entry."""
    return apply(FUNCTIONS["square_root"], argument)


def reciprocal_root(argument: MatrixExpr) -> MatrixExpr:
    """Return one over the square root of every entry."""
    return apply(FUNCTIONS["reciprocal_root"], argument)


def exp(argument: MatrixExpr) -> MatrixExpr:
    """Return the exponential of every entry."""
    return apply(ACTIVATIONS["exponential"], argument)


def log(argument: MatrixExpr) -> MatrixExpr:
    """Return the natural logarithm of every entry."""
    return apply(FUNCTIONS["log"], argument)


def absolute(argument: MatrixExpr) -> MatrixExpr:
    """Return the absolute value of every entry."""
    return apply(FUNCTIONS["absolute"], argument)


SLOPES: Mapping[str, Callable[[MatrixExpr], MatrixExpr]] = {
    "exponential": exp,
    "reciprocal": lambda x: scale(-1, divide(1, square(x))),
    "square": lambda x: scale(2, x),
    "square_root": lambda x: scale(Rational(1, 2), reciprocal_root(x)),
    "reciprocal_root": lambda x: scale(Rational(-1, 2), divide(reciprocal_root(x), x)),
    "log": lambda x: divide(1, x),
    "absolute": lambda x: apply(FUNCTIONS["sign"], x),
    "sign": lambda x: ZeroMatrix(*x.shape),
    "step": lambda x: ZeroMatrix(*x.shape),
}
"""The derivatives of functions that are told by the vocabulary, and not as f'."""


def above(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """Return 1 where an entry is above the other one, 0 where it is below, 1/2 where they meet."""
    return apply(FUNCTIONS["step"], subtract(left, right))


@dataclass(frozen=True)
class Formulas:
    """What a function of a whole vector is computed as, and what its Jacobian J makes of vectors.

    A gradient is handed back to the argument by the transpose of J, and a tangent of the argument
    is pushed forward by J. All take the argument, the others the gradient or tangent, too, and the
    family's parameters by name.
    """

    computed: Callable[..., MatrixExpr]
    handed_back: Callable[..., MatrixExpr]
    pushed_forward: Callable[..., MatrixExpr]


def softmax(argument: MatrixExpr) -> MatrixExpr:
    """Return e^x over the sum of all of them: Bridle (1990)."""
    return apply(vector_row_named("softmax"), argument)


def log_softmax(argument: MatrixExpr) -> MatrixExpr:
    """Return the logarithm of the softmax."""
    return apply(vector_row_named("log_softmax"), argument)


def _shifted(z: MatrixExpr) -> MatrixExpr:
    return subtract(z, Shift(z))


def _softmax(z: MatrixExpr) -> MatrixExpr:
    return divide(exp(_shifted(z)), summed(exp(_shifted(z))))


def _log_softmax(z: MatrixExpr) -> MatrixExpr:
    return subtract(_shifted(z), log(summed(exp(_shifted(z)))))


def _by_softmax(z: MatrixExpr, vector: MatrixExpr) -> MatrixExpr:
    """Return the product with the Jacobian of the softmax, which is symmetric."""
    value = softmax(z)
    return hadamard(value, subtract(vector, summed(hadamard(vector, value))))


def _log_softmax_back(z: MatrixExpr, gradient: MatrixExpr) -> MatrixExpr:
    return subtract(gradient, hadamard(softmax(z), summed(gradient)))


def _log_softmax_forward(z: MatrixExpr, tangent: MatrixExpr) -> MatrixExpr:
    return subtract(tangent, summed(hadamard(tangent, softmax(z))))


def norm(argument: MatrixExpr, epsilon: Any = "1/1000") -> MatrixExpr:
    """Return the deviations from the mean over the root of their mean square and ``epsilon``.

    Ba, Kiros and Hinton, "Layer Normalization" (2016), equation 3.
    """
    return apply(vector_row_named(f"norm(epsilon={epsilon})"), argument)


def _norm(z: MatrixExpr, epsilon: Rational) -> MatrixExpr:
    return hadamard(_over_deviation(z, epsilon), subtract(z, mean(z)))


def _over_deviation(z: MatrixExpr, epsilon: Rational) -> MatrixExpr:
    variance = mean(square(subtract(z, mean(z))))
    return reciprocal_root(add(variance, epsilon) if epsilon else variance)


def _by_norm(z: MatrixExpr, vector: MatrixExpr, epsilon: Rational) -> MatrixExpr:
    """Return the product with the Jacobian of the norm, which is symmetric."""
    value = norm(z, epsilon)
    along = hadamard(value, mean(hadamard(vector, value)))
    centred = add(vector, scale(-1, mean(vector)), scale(-1, along))
    return hadamard(_over_deviation(z, epsilon), centred)


VECTOR_FORMULAS: Mapping[str, Formulas] = {
    "softmax": Formulas(_softmax, _by_softmax, _by_softmax),
    "log_softmax": Formulas(_log_softmax, _log_softmax_back, _log_softmax_forward),
    "norm": Formulas(_norm, _by_norm, _by_norm),
}
"""By the name of the family. Exponentials are of what is at most about zero."""


def number_of(expression: Basic) -> MatrixExpr | None:
    """Return the number, of a single entry, that an expression has in all of them, if it does."""
    matrix, vector = _of_ones(expression)
    is_number = vector is not None and vector.shape == (1, 1)
    return scale(_factor(matrix), vector) if is_number else None


def reduction_of(expression: Basic) -> str | None:
    """Return whether an expression is a ``"sum"`` or a ``"mean"`` of entries, or nothing."""
    matrix, vector = _of_ones(expression)
    if vector is None or (matrix.shape[0], vector.shape[1]) != (1, 1):
        return None
    return "sum" if _factor(matrix) == 1 else "mean"


def quotient_of(
    expression: Basic, known: Container[Basic] = ()
) -> tuple[list[MatrixExpr], list[MatrixExpr]]:
    """Return the factors of a product, and what it is divided by; ``known`` are as they are."""
    factors = expression.args if isinstance(expression, EntrywiseProduct) else (expression,)
    below = [one for one in factors if _is_reciprocal(one) and one not in known]
    return [one for one in factors if one not in below], [one.argument for one in below]


def _is_reciprocal(factor: Basic) -> bool:
    return isinstance(factor, Elementwise) and factor.activation is FUNCTIONS["reciprocal"]


def _of_ones(expression: Basic) -> tuple[Any, MatrixExpr | None]:
    """Return the factors of a product whose matrix has one number everywhere, or nothing."""
    if not isinstance(expression, Multiplication) or len(expression.args) != 2:
        return None, None
    matrix, vector = expression.args
    inside = matrix.argument if isinstance(matrix, Scaled) else matrix
    return (matrix, vector) if isinstance(inside, OneMatrix) else (None, None)


def _factor(matrix: Basic) -> Any:
    return matrix.factor if isinstance(matrix, Scaled) else 1
