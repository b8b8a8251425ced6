"""What can go wrong in an equation: rules, of which each knows one kind of expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sympy import Basic, Transpose
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activation_rows import Prime
from symlstm.equations.activations import row_named
from symlstm.equations.expression import (
    Elementwise,
    Quantity,
    Scaled,
    add,
    apply,
    before,
    hadamard,
    multiply,
    ones,
    quantities,
    scale,
    subtract,
    t,
    transpose,
)
from symlstm.equations.functions import EntryFunction
from symlstm.equations.nodes import Maximum, Vectorwise
from symlstm.equations.operands import Addition, EntrywiseProduct, Multiplication
from symlstm.equations.rebuild import put
from symlstm.equations.vocabulary import quotient_of
from symlstm.passes.mutation_moves import (
    extra_factor,
    extra_term,
    one_added,
    product_after,
    product_before,
    scaled,
    spread,
    taken_out,
)
from symlstm.passes.mutation_places import (
    OTHERS,
    RARER,
    Around,
    Found,
    is_helper,
    spelled,
    with_part,
)
from symlstm.passes.mutation_vocabulary import (
    compared,
    divided,
    of_a_vector,
    other_functions,
    reduced,
)


def anywhere(expression: Basic, around: Around) -> Found:
    """Yield an expression with a mistake at one place in it."""
    for rule in RULES.get(type(expression), ()):
        if not (around.backward and rule in MOVES):
            yield from rule(expression, around)
    if isinstance(expression, Quantity):
        return
    for k, part in enumerate(expression.args):
        if isinstance(part, MatrixExpr):
            for name, words, changed in anywhere(part, around):
                yield name, words, with_part(expression, k, changed)


def _terms(expression: Addition, around: Around) -> Found:
    for k, term in enumerate(expression.args):
        others = [*expression.args[:k], *expression.args[k + 1 :]]
        words = spelled(term)
        yield "term missing", f"{words} is missing", add(*others)
        yield "term doubled", f"{words} is added twice", with_part(expression, k, scale(2, term))
        yield "sign", f"{words} has the other sign", with_part(expression, k, scale(-1, term))
    if len(expression.args) == 2 and not around.backward:
        words = " and ".join(map(spelled, expression.args))
        yield "sum as product", f"{words} are multiplied, not added", hadamard(*expression.args)


def _factors(expression: EntrywiseProduct, _around: Around) -> Found:
    above, below = quotient_of(expression)
    if not below:
        words = " and ".join(map(spelled, expression.args))
        yield "product as sum", f"{words} are added, not multiplied", add(*expression.args)
    for k, factor in enumerate(expression.args):
        if factor not in above:
            continue  # what it is divided by is told as that
        others = [*expression.args[:k], *expression.args[k + 1 :]]
        rest = hadamard(*others)
        yield "factor missing", f"{spelled(factor)} is missing from {spelled(expression)}", rest


def _activated(expression: Elementwise, _around: Around) -> Found:
    if isinstance(expression.activation, EntryFunction):
        yield from other_functions(expression)
        return
    yield from slopes(expression)
    if isinstance(expression.activation, Prime):
        return
    name, argument = expression.activation.name, expression.argument
    yield "activation missing", f"{name} is missing", argument
    yield "activation twice", f"{name} is applied twice", apply(expression.activation, expression)
    others = {
        **dict.fromkeys(RARER, "a rarer activation"),
        **dict.fromkeys(OTHERS, "another activation"),
    }
    for other, rule in reversed(others.items()):
        row = row_named(other)
        if row.name != name:
            yield rule, f"{row.name} stands for {name}", apply(row, argument)


def slopes(expression: Elementwise) -> Found:
    """Yield what may stand for the derivative of a function: what it is told in terms of, say."""
    slope, argument = expression.activation, expression.argument
    if not isinstance(slope, Prime):
        return
    of = slope.of
    value = apply(of, argument)
    square, name = hadamard(value, value), spelled(expression)
    yield "activated twice", f"{name} is taken at {spelled(value)}", apply(of.prime, value)
    yield "another derivative", f"{spelled(value)} stands for {name}", value
    one = ones(value)
    for words, stands in (
        ("1 - y", subtract(one, value)),
        ("y²", square),
        ("1 - y²", subtract(one, square)),
        ("y (1 - y)", hadamard(value, subtract(one, value))),
    ):
        yield "another derivative", f"{words} of y = {spelled(value)} stands for {name}", stands
    for words, stands in (
        ("1 - y²", subtract(one, hadamard(argument, argument))),
        ("y (1 - y)", hadamard(argument, subtract(one, argument))),
    ):
        yield "not activated", f"{words} of y = {spelled(argument)} stands for {name}", stands
    for other in OTHERS:
        row = row_named(other)
        if row.name != of.name:
            words = f"{row.prime.name} stands for {of.prime.name}"
            yield "another derivative", words, apply(row.prime, argument)


def _multiplied(expression: Multiplication, _around: Around) -> Found:
    matrix, vector = expression.args
    turned = turned_over(matrix)
    if turned is not None and matrix.shape[0] == matrix.shape[1] > 1:
        yield "transposed", f"{spelled(matrix)} is transposed", multiply(turned, vector)
    if isinstance(vector, Transpose) and matrix.shape[0] == vector.shape[1] > 1:
        other = multiply(vector.args[0], transpose(matrix))
        yield "transposed", f"{spelled(expression)} is transposed", other


def turned_over(matrix: Basic) -> MatrixExpr | None:
    """Return the transpose of a weight, or the weight whose transpose it is."""
    if isinstance(matrix, Quantity):
        return transpose(matrix)
    is_turned = isinstance(matrix, Transpose) and isinstance(matrix.args[0], Quantity)
    return matrix.args[0] if is_turned else None


def _scaled(expression: Scaled, _around: Around) -> Found:
    yield "factor missing", f"the factor {expression.factor} is missing", expression.argument


def _named(quantity: Quantity, around: Around) -> Found:
    if quantity.time is None:
        letter = str(quantity.name).partition("_")[0]
        for other in around.weights:
            same = str(other.name).partition("_")[0] == letter and other.shape == quantity.shape
            if same and other != quantity:
                yield "another weight", f"{other} stands for {quantity}", other
        return
    yield from _shifted(quantity, around)
    for other in around.others_of(quantity):
        if around.could_be(quantity, other):
            yield "another operand", f"{other} stands for {quantity}", other
    if quantity in around.gates:
        yield "complement", f"1 - {quantity} stands for {quantity}", _complement(quantity)
        for other in around.gates:
            if other != quantity and other.shape == quantity.shape:
                words = f"1 - {other} stands for {quantity}"
                yield "coupled", words, _complement(other)


def _complement(quantity: Quantity) -> MatrixExpr:
    return subtract(ones(quantity), quantity)


def _shifted(quantity: Quantity, around: Around) -> Found:
    """Yield a quantity a step late, or early where it is computed by then."""
    if around.backward:
        yield from _shifted_backward(quantity, around)
        return
    computed = [q for q in around.vectors if q.time == t]
    is_input = quantity.time == t and quantity.name == "x"
    if quantity.time == t and not is_input and not is_helper(quantity):
        yield "a step late", f"{quantity.previous} stands for {quantity}", quantity.previous
    if quantity.time == before and quantity.at(t) in computed:
        yield "a step early", f"{quantity.at(t)} stands for {quantity}", quantity.at(t)


def _shifted_backward(quantity: Quantity, around: Around) -> Found:
    """Yield an adjoint of the step after, or before where it is known; a value of the next step."""
    name, now = quantity.name, quantity.at(t)
    if name == around.equation.lhs.name or is_helper(quantity):
        return
    is_state = any(q.name == name and q.time == before for q in around.vectors)
    known = now in around.vectors or name not in around.computed
    if quantity.time != t and known:
        yield "another time", f"{now} stands for {quantity}", now
    if quantity.time == t and name in around.computed:
        yield "another time", f"{quantity.at(t + 1)} stands for {quantity}", quantity.at(t + 1)
    if quantity.time == t and is_state:
        yield "another time", f"{quantity.previous} stands for {quantity}", quantity.previous


RULES: Mapping[type, Sequence[Callable[[Any, Around], Found]]] = {
    Addition: (_terms, extra_term, spread),
    EntrywiseProduct: (_factors, divided, taken_out, product_before, extra_factor),
    Elementwise: (_activated, scaled),
    Multiplication: (_multiplied, reduced, product_after),
    Scaled: (_scaled,),
    Maximum: (compared,),
    Vectorwise: (of_a_vector,),
    Quantity: (_named, one_added),
}
"""What can be wrong with each kind of expression."""

MOVES = (
    extra_term,
    spread,
    taken_out,
    product_before,
    extra_factor,
    scaled,
    product_after,
    one_added,
)
"""Rules for what a cell computes, and not for what runs back through it."""


def exchanged(around: Around) -> Found:
    """Yield an equation with two of its quantities exchanged."""
    used = [q for q in dict.fromkeys(quantities(around.equation.rhs)) if q.time is not None]
    for k, one in enumerate(used):
        for other in used[k + 1 :]:
            if around.could_be(one, other) and around.could_be(other, one):
                swapped = put(around.equation.rhs, {one: other, other: one})
                yield "exchanged", f"{one} and {other} are exchanged", swapped
        if around.backward or _count(around.equation.rhs, one) < 2:
            continue
        for other in around.vectors:
            if around.could_be(one, other):
                changed = put(around.equation.rhs, {one: other})
                yield "another operand", f"{other} stands for {one} each time", changed


def _count(expression: Basic, quantity: Quantity) -> int:
    return sum(one == quantity for one in quantities(expression))


def terms_of(expression: Basic) -> Sequence[Basic]:
    """Return the terms of a sum, or what is none as the only one."""
    return expression.args if isinstance(expression, Addition) else [expression]


def as_a_whole(around: Around) -> Found:
    """Yield an equation run backward with another sign, or doubled, where it is no sum."""
    rhs = around.equation.rhs
    if around.backward and not isinstance(rhs, Addition):
        yield "sign", f"{spelled(rhs)} has the other sign", scale(-1, rhs)
        yield "term doubled", f"{spelled(rhs)} is added twice", scale(2, rhs)
