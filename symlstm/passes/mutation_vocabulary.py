"""What can be wrong with quotients, sums over entries, maxima, roots and functions of a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Rational
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activations import activation, vector_row_named
from symlstm.equations.expression import Elementwise, add, apply, hadamard, scale, subtract
from symlstm.equations.functions import FUNCTIONS
from symlstm.equations.nodes import Maximum, Vectorwise
from symlstm.equations.operands import EntrywiseProduct, Multiplication
from symlstm.equations.rebuild import put
from symlstm.equations.vocabulary import (
    divide,
    maximum,
    mean,
    number_of,
    quotient_of,
    reciprocal_root,
    reduction_of,
    square,
    square_root,
    summed,
)
from symlstm.passes.mutation_places import OTHERS, Around, Found, spelled

EPSILONS = ("1e-3", "1e-5", "1e-6", "1e-8", "1e-12", "0")
"""What frameworks add to a variance: Keras, PyTorch, Flax, TensorFlow Lite, TensorFlow 1, none."""
NEAR_ZERO = ("1e-5", "1e-6", "1e-8")
"""What is added to something lest it be zero where something is divided by it."""
OTHER_FUNCTIONS: Mapping[str, Sequence[str]] = {
    "square": ("absolute",),
    "absolute": ("square",),
    "reciprocal": ("reciprocal_root",),
    "reciprocal_root": ("reciprocal", "square_root"),
    "square_root": ("reciprocal_root",),
}
"""Functions of every entry that are taken for each other, beside being left out."""


def compared(expression: Maximum, _around: Around) -> Found:
    """Yield what may stand for the larger one of two: the smaller, one of them, or their sum."""
    left, right = expression.args
    whole = spelled(expression)
    smaller = scale(-1, maximum(scale(-1, left), scale(-1, right)))
    yield "another comparison", f"the smaller one stands for {whole}", smaller
    for one, other in ((left, right), (right, left)):
        yield "term missing", f"{spelled(other)} is missing from {whole}", one
    yield "another comparison", f"the sum stands for {whole}", add(left, right)


def divided(expression: EntrywiseProduct, around: Around) -> Found:
    """Yield quotients that are none, the other way round, or kept from a division by zero."""
    above, below = quotient_of(expression)
    for k, divisor in enumerate(below):
        rest = [*above, *(divide(1, other) for j, other in enumerate(below) if j != k)]
        whole, name = spelled(hadamard(*rest)) if rest else "1", spelled(divisor)
        if rest:
            yield "not divided", f"{whole} is not divided by {name}", hadamard(*rest)
        yield "not divided", f"{whole} is multiplied by {name}", hadamard(*rest, divisor)
        for words, kept in _kept_from_zero(divisor).items():
            yield "another divisor", words, hadamard(*rest, divide(1, kept))
    if above and below:
        turned = divide(hadamard(*below), hadamard(*above))
        yield "turned over", f"{spelled(turned)} stands for {spelled(expression)}", turned
    for row in around.activations if below and not around.backward else ():
        for part in (expression, *above):
            words = f"{row.name} of {spelled(part)} stands for {spelled(part)}"
            yield "activation added", words, put(expression, {part: apply(row, part)})


def _kept_from_zero(divisor: MatrixExpr) -> dict[str, MatrixExpr]:
    """Return what may divide instead of something that may be zero, by what is wrong with that."""
    name = spelled(divisor)
    more = {f"{one} is added to {name} before it divides": add(divisor, one) for one in NEAR_ZERO}
    return {f"max(1, {name}) divides, not {name}": maximum(1, divisor), **more}


def reduced(expression: Multiplication, _around: Around) -> Found:
    """Yield a sum over entries for a mean, a mean for a sum, and one over n - 1 for n."""
    kind, vector = reduction_of(expression), expression.args[1]
    if kind:
        whole, count = spelled(expression), int(vector.shape[0])
        shares: dict[str, MatrixExpr] = {"sum": summed(vector), "mean": mean(vector)}
        if kind == "mean" and count > 1:
            shares["sum over n - 1"] = scale(Rational(1, count - 1), summed(vector))
        for words, other in shares.items():
            if words != kind:
                yield "another mean", f"the {words} stands for {whole}", other
    number = number_of(expression)
    if number is not None and reduction_of(number) and number.args[1].shape == expression.shape:
        name = spelled(number.args[1])
        yield "not summed", f"{name} stands for {spelled(number)}", number.args[1]


def other_functions(expression: Elementwise) -> Found:
    """Yield what may stand for a root, a square, a logarithm and the like."""
    name, argument = expression.activation.name, expression.argument
    whole = spelled(expression)
    yield "activation missing", f"{spelled(argument)} stands for {whole}", argument
    for other in OTHER_FUNCTIONS.get(name, ()):
        stands = apply(FUNCTIONS[other], argument)
        yield "another activation", f"{spelled(stands)} stands for {whole}", stands


def of_a_vector(expression: Vectorwise, around: Around) -> Found:
    """Yield what may stand for a function of a whole vector."""
    if not around.backward:
        yield from vector_variants(expression)


def vector_variants(expression: Vectorwise) -> Found:
    """Yield the same, which may be so in all equations."""
    row, argument = expression.activation, expression.argument
    yield "activation missing", f"{row.name} is missing", argument
    settings = dict(row.settings)
    if "epsilon" in settings:
        yield from _other_norms(expression, settings["epsilon"])
        return
    for other in map(activation, ("softmax", "log_softmax", "exponential", *OTHERS)):
        if other.name != row.name:
            stands = apply(other, argument)
            yield "another activation", f"{other.name} stands for {row.name}", stands
    turned = apply(row, scale(-1, argument))
    yield "argument scaled", f"{row.name} is of -1 times its argument", turned
    yield "activation twice", f"{row.name} is applied twice", apply(row, expression)


def _other_norms(expression: Vectorwise, epsilon: Rational) -> Found:
    family, argument = expression.activation.family, expression.argument
    for other in EPSILONS:
        if Rational(other) != epsilon:
            stands = apply(vector_row_named(f"{family}(epsilon={other})"), argument)
            yield "another epsilon", f"epsilon is {other}, not {epsilon}, in norm", stands
    centred = subtract(argument, mean(argument))
    variance = mean(square(centred))
    outside = divide(centred, add(square_root(variance), epsilon))
    yield "another epsilon", "epsilon is added to the root, not the variance, in norm", outside
    yield "not divided", "only the mean is taken away in norm", centred
    yield (
        "not centred",
        "the mean is not taken away in norm",
        _over_root(argument, argument, epsilon),
    )
    around_zero = _over_root(centred, argument, epsilon)
    yield "not centred", "the mean is taken away, but not before squares, in norm", around_zero
    over_variance = divide(centred, add(variance, epsilon))
    yield "another root", "the variance divides, not its root, in norm", over_variance
    count = int(argument.shape[0])
    if count > 1:
        spread = scale(Rational(1, count - 1), summed(square(centred)))
        unbiased = hadamard(reciprocal_root(add(spread, epsilon)), centred)
        yield "another mean", "the variance is over n - 1 in norm", unbiased


def _over_root(value: MatrixExpr, of: MatrixExpr, epsilon: Rational) -> MatrixExpr:
    """Return a value over the root of the mean square of something, and epsilon."""
    return hadamard(reciprocal_root(add(mean(square(of)), epsilon)), value)
