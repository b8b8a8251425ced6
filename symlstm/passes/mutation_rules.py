"""What can go wrong in an equation: rules, of which each knows one kind of expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sympy import Basic, HadamardProduct, MatAdd, MatMul
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.activations import activation
from symlstm.equations.equation import Equation
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
    rebuild,
    scale,
    subtract,
    t,
    transpose,
)
from symlstm.equations.printer import Printer
from symlstm.notation import PLAIN, text

OTHERS = ("sigmoid", "tanh", "hard_sigmoid", "hard_sigmoid(alpha=1/5)", "relu", "softsign")
"""Activation functions that are taken for each other."""
GATES = frozenset({"sigmoid", "hard_sigmoid"})
"""Activation functions between 0 and 1, of which someone may take what is left of 1."""

Found: TypeAlias = Iterator[tuple[str, str, Basic]]
"""The rule, what is wrong, in words, and the expression with the mistake in it."""


@dataclass(frozen=True)
class Around:
    """What an equation stands among: what else of its size could stand where something does."""

    equation: Equation
    vectors: Sequence[Quantity]
    weights: Sequence[Quantity]
    gates: Sequence[Quantity]
    recalled: Sequence[Quantity]


def around(program: Sequence[Equation], k: int) -> Around:
    """Return what the equation in a place stands among."""
    equation, earlier = program[k], program[:k]
    used = [q for one in program for q in quantities(one.rhs)]
    weights = list(dict.fromkeys(q for q in used if q.time is None))
    recalled = list(dict.fromkeys(q for q in used if q.time == before))
    vectors = [one.lhs for one in earlier if not _is_helper(one.lhs)]
    inputs = [q for q in used if q.time == t and q not in {one.lhs for one in program}]
    gates = [one.lhs for one in earlier if _is_gate(one.rhs)]
    vectors += [*recalled, *dict.fromkeys(inputs)]
    return Around(equation, vectors, weights, gates, recalled)


def _is_helper(quantity: Quantity) -> bool:
    return str(quantity.name).startswith("z_")


def _is_gate(rhs: Basic) -> bool:
    name = rhs.activation.name if isinstance(rhs, Elementwise) else ""
    return name.partition("(")[0] in GATES


def anywhere(expression: Basic, around: Around) -> Found:
    """Yield an expression with a mistake at one place in it."""
    for rule in RULES.get(type(expression), ()):
        yield from rule(expression, around)
    if isinstance(expression, Quantity):
        return
    for k, part in enumerate(expression.args):
        if isinstance(part, MatrixExpr):
            for name, words, changed in anywhere(part, around):
                yield name, words, _with(expression, k, changed)


def spelled(expression: Basic) -> str:
    """Return an expression as a terminal shows it."""
    return text(Printer(PLAIN).formula(expression))


def _with(expression: Basic, k: int, part: Basic) -> Basic:
    return rebuild(expression, [*expression.args[:k], part, *expression.args[k + 1 :]])


def _terms(expression: MatAdd, _around: Around) -> Found:
    for k, term in enumerate(expression.args):
        others = [*expression.args[:k], *expression.args[k + 1 :]]
        words = spelled(term)
        yield "term missing", f"{words} is missing", add(*others)
        yield "term doubled", f"{words} is added twice", _with(expression, k, scale(2, term))
        yield "sign", f"{words} has the other sign", _with(expression, k, scale(-1, term))
    if len(expression.args) == 2:
        words = " and ".join(map(spelled, expression.args))
        yield "sum as product", f"{words} are multiplied, not added", hadamard(*expression.args)


def _factors(expression: HadamardProduct, _around: Around) -> Found:
    words = " and ".join(map(spelled, expression.args))
    yield "product as sum", f"{words} are added, not multiplied", add(*expression.args)
    for k, factor in enumerate(expression.args):
        others = [*expression.args[:k], *expression.args[k + 1 :]]
        rest = others[0] if len(others) == 1 else hadamard(*others)
        yield "factor missing", f"{spelled(factor)} is missing from {spelled(expression)}", rest


def _activated(expression: Elementwise, _around: Around) -> Found:
    name, argument = expression.activation.name, expression.argument
    yield "activation missing", f"{name} is missing", argument
    yield "activation twice", f"{name} is applied twice", apply(expression.activation, expression)
    for other in OTHERS:
        row = activation(other)
        if row.name != name and not name.endswith("'"):
            yield "another activation", f"{row.name} stands for {name}", apply(row, argument)


def _multiplied(expression: MatMul, _around: Around) -> Found:
    matrix, vector = expression.args
    if isinstance(matrix, Quantity) and matrix.shape[0] == matrix.shape[1] > 1:
        yield "transposed", f"{matrix} is transposed", multiply(transpose(matrix), vector)


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
    for other in around.vectors:
        if other.shape == quantity.shape and other != quantity and other.name != quantity.name:
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
    computed = [q for q in around.vectors if q.time == t]
    is_input = quantity.time == t and quantity.name == "x"
    if quantity.time == t and not is_input and not _is_helper(quantity):
        yield "a step late", f"{quantity.previous} stands for {quantity}", quantity.previous
    if quantity.time == before and quantity.at(t) in computed:
        yield "a step early", f"{quantity.at(t)} stands for {quantity}", quantity.at(t)


RULES: Mapping[type, Sequence[Callable[[Any, Around], Found]]] = {
    MatAdd: (_terms,),
    HadamardProduct: (_factors,),
    Elementwise: (_activated,),
    MatMul: (_multiplied,),
    Scaled: (_scaled,),
    Quantity: (_named,),
}
"""What can be wrong with each kind of expression."""


def exchanged(around: Around) -> Found:
    """Yield an equation with two of its quantities exchanged."""
    used = [q for q in dict.fromkeys(quantities(around.equation.rhs)) if q.time is not None]
    for k, one in enumerate(used):
        for other in used[k + 1 :]:
            if one.shape == other.shape and one.name != other.name:
                swapped = put(around.equation.rhs, {one: other, other: one})
                yield "exchanged", f"{one} and {other} are exchanged", swapped


def put(expression: Basic, values: Mapping[Basic, Basic]) -> Basic:
    """Return an expression with other expressions for some in it."""
    if expression in values:
        return values[expression]
    if isinstance(expression, Quantity):
        return expression
    return rebuild(expression, [put(part, values) for part in expression.args])
